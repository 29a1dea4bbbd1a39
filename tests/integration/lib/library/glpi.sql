CREATE TABLE glpi_users (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(255), password VARCHAR(255), password_last_update TIMESTAMP NULL, phone VARCHAR(255), mobile VARCHAR(255),
  realname VARCHAR(255), firstname VARCHAR(255), language CHAR(10), is_active TINYINT NOT NULL DEFAULT 1, auths_id INT UNSIGNED NOT NULL DEFAULT 0, authtype INT NOT NULL DEFAULT 0,
  last_login TIMESTAMP NULL, date_mod TIMESTAMP NULL, is_deleted TINYINT NOT NULL DEFAULT 0, entities_id INT UNSIGNED NOT NULL DEFAULT 0,
  password_forget_token CHAR(40), password_forget_token_date TIMESTAMP NULL, date_creation TIMESTAMP NULL, begin_date TIMESTAMP NULL, end_date TIMESTAMP NULL,
  UNIQUE KEY unicityloginauth (name, authtype, auths_id)) COLLATE utf8mb4_unicode_ci;
CREATE TABLE glpi_useremails (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, users_id INT UNSIGNED NOT NULL DEFAULT 0, is_default TINYINT NOT NULL DEFAULT 0,
  is_dynamic TINYINT NOT NULL DEFAULT 0, email VARCHAR(255)) COLLATE utf8mb4_unicode_ci;
CREATE TABLE glpi_profiles (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(255), is_default TINYINT NOT NULL DEFAULT 0);
CREATE TABLE glpi_profiles_users (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, users_id INT UNSIGNED NOT NULL DEFAULT 0, profiles_id INT UNSIGNED NOT NULL DEFAULT 0,
  entities_id INT UNSIGNED NOT NULL DEFAULT 0, is_recursive TINYINT NOT NULL DEFAULT 1, is_dynamic TINYINT NOT NULL DEFAULT 0);
CREATE TABLE glpi_groups (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, completename TEXT);
CREATE TABLE glpi_groups_users (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, users_id INT UNSIGNED NOT NULL DEFAULT 0, groups_id INT UNSIGNED NOT NULL DEFAULT 0);
SET time_zone = '+00:00';
INSERT INTO glpi_users (name, password, realname, firstname, is_active, authtype, is_deleted, date_creation) VALUES
  ('ada', '@bcrypt@', 'Lovelace', 'Ada', 1, 1, 0, '2020-02-03 04:05:06'), ('bob', '@bcrypt@', 'B', 'Bob', 0, 1, 0, NULL),
  ('cyd', '@bcrypt@', 'C', 'Cyd', 1, 1, 1, NULL), ('dee', '', 'D', 'Dee', 1, 3, 0, NULL);
INSERT INTO glpi_users (name, password, authtype, end_date) VALUES ('eve', '@bcrypt@', 1, '2021-01-01');
INSERT INTO glpi_useremails (users_id, is_default, email) VALUES (1, 1, 'Ada@example.com'), (1, 0, 'second@example.com'), (2, 1, 'Ada@example.com');
INSERT INTO glpi_profiles (name, is_default) VALUES ('Self-Service', 1), ('Super-Admin', 0);
INSERT INTO glpi_profiles_users (users_id, profiles_id) VALUES (1, 2), (2, 1);
