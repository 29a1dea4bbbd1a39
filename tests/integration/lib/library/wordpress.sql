CREATE TABLE wp_users (
  ID BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, user_login VARCHAR(60) NOT NULL DEFAULT '',
  user_pass VARCHAR(255) NOT NULL DEFAULT '', user_nicename VARCHAR(50) NOT NULL DEFAULT '',
  user_email VARCHAR(100) NOT NULL DEFAULT '', user_url VARCHAR(100) NOT NULL DEFAULT '',
  user_registered DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00', user_activation_key VARCHAR(255) NOT NULL DEFAULT '',
  user_status INT NOT NULL DEFAULT 0, display_name VARCHAR(250) NOT NULL DEFAULT '',
  KEY (user_login), KEY (user_nicename), KEY (user_email)) COLLATE utf8mb4_unicode_520_ci;
CREATE TABLE wp_usermeta (
  umeta_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id BIGINT UNSIGNED NOT NULL DEFAULT 0,
  meta_key VARCHAR(255), meta_value LONGTEXT, KEY (user_id), KEY (meta_key(191))) COLLATE utf8mb4_unicode_520_ci;
CREATE TABLE wp_posts (ID BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, post_author BIGINT UNSIGNED NOT NULL DEFAULT 0, post_title TEXT NOT NULL);
CREATE TABLE wp_links (link_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, link_owner BIGINT UNSIGNED NOT NULL DEFAULT 1);
CREATE TABLE wp_comments (comment_ID BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id BIGINT UNSIGNED NOT NULL DEFAULT 0);
INSERT INTO wp_users (user_login, user_pass, user_nicename, user_email, user_registered, display_name) VALUES
  ('ada', '@phpass@', 'ada', 'Ada@example.com', '2020-02-03 04:05:06', 'Ada L'),
  ('bob', '@md5@', 'bob', 'bob@example.com', '0000-00-00 00:00:00', 'Bob'),
  ('Cyd', '@bcrypt@', 'cyd', 'cyd@example.com', '2021-01-01 00:00:00', 'Cyd'),
  ('dee', '', 'dee', 'dee@example.com', '2021-01-01 00:00:00', 'Dee');
INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES
  (1, 'first_name', 'Ada'), (1, 'wp_capabilities', 'a:1:{s:13:"administrator";b:1;}'), (1, 'wp_user_level', '10'), (2, 'first_name', 'Bob');
INSERT INTO wp_posts (post_author, post_title) VALUES (1, 'Hello world!');
