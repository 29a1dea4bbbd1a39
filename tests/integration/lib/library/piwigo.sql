CREATE TABLE piwigo_users (id MEDIUMINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, username VARCHAR(100) BINARY NOT NULL DEFAULT '', password VARCHAR(255), mail_address VARCHAR(255), UNIQUE KEY (username));
CREATE TABLE piwigo_user_infos (
  user_id MEDIUMINT UNSIGNED NOT NULL DEFAULT 0 PRIMARY KEY, nb_image_page SMALLINT UNSIGNED NOT NULL DEFAULT 15, status ENUM('webmaster','admin','normal','generic','guest') NOT NULL DEFAULT 'guest',
  language VARCHAR(50) NOT NULL DEFAULT 'en_UK', expand ENUM('true','false') NOT NULL DEFAULT 'false', theme VARCHAR(255) NOT NULL DEFAULT 'modus',
  registration_date DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00', level TINYINT UNSIGNED NOT NULL DEFAULT 0, last_visit DATETIME);
CREATE TABLE piwigo_groups (id SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(255) NOT NULL DEFAULT '');
CREATE TABLE piwigo_user_group (user_id MEDIUMINT UNSIGNED NOT NULL DEFAULT 0, group_id SMALLINT UNSIGNED NOT NULL DEFAULT 0, PRIMARY KEY (group_id, user_id));
CREATE TABLE piwigo_user_access (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE piwigo_user_cache (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE piwigo_user_cache_categories (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE piwigo_user_feed (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE piwigo_user_mail_notification (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE piwigo_favorites (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE piwigo_caddie (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED NOT NULL DEFAULT 0);
INSERT INTO piwigo_users (username, password, mail_address) VALUES ('Ada', '@phpass@', 'Ada@example.com'), ('guest', NULL, NULL), ('bob', '@md5@', 'bob@example.com');
INSERT INTO piwigo_user_infos (user_id, status, expand, last_visit) VALUES (1, 'webmaster', 'true', '2024-05-06 07:08:09'), (2, 'guest', 'false', NULL), (3, 'normal', 'false', NULL);
INSERT INTO piwigo_groups (name) VALUES ('Family');
INSERT INTO piwigo_user_group VALUES (1, 1);
