CREATE TABLE mdl_user (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, auth VARCHAR(20) NOT NULL DEFAULT 'manual', confirmed TINYINT(1) NOT NULL DEFAULT 0,
  deleted TINYINT(1) NOT NULL DEFAULT 0, suspended TINYINT(1) NOT NULL DEFAULT 0, mnethostid BIGINT NOT NULL DEFAULT 0, username VARCHAR(100) NOT NULL DEFAULT '',
  password VARCHAR(255) NOT NULL DEFAULT '', idnumber VARCHAR(255) NOT NULL DEFAULT '', firstname VARCHAR(100) NOT NULL DEFAULT '', lastname VARCHAR(100) NOT NULL DEFAULT '',
  email VARCHAR(100) NOT NULL DEFAULT '', phone1 VARCHAR(20) NOT NULL DEFAULT '', city VARCHAR(120) NOT NULL DEFAULT '', country VARCHAR(2) NOT NULL DEFAULT '',
  lang VARCHAR(30) NOT NULL DEFAULT 'en', timezone VARCHAR(100) NOT NULL DEFAULT '99', currentlogin BIGINT NOT NULL DEFAULT 0, lastip VARCHAR(45) NOT NULL DEFAULT '',
  picture BIGINT NOT NULL DEFAULT 0, timecreated BIGINT NOT NULL DEFAULT 0, timemodified BIGINT NOT NULL DEFAULT 0,
  UNIQUE KEY (mnethostid, username), KEY (email)) COLLATE utf8mb4_unicode_ci;
CREATE TABLE mdl_user_preferences (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, userid BIGINT NOT NULL, name VARCHAR(255) NOT NULL DEFAULT '', value VARCHAR(1333) NOT NULL DEFAULT '', UNIQUE KEY (userid, name));
CREATE TABLE mdl_cohort (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(254) NOT NULL DEFAULT '');
CREATE TABLE mdl_cohort_members (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, cohortid BIGINT NOT NULL, userid BIGINT NOT NULL);
CREATE TABLE mdl_external_tokens (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, token VARCHAR(128) NOT NULL DEFAULT '', tokentype SMALLINT NOT NULL, userid BIGINT NOT NULL);
CREATE TABLE mdl_my_pages (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, userid BIGINT DEFAULT 0, private TINYINT(1) NOT NULL DEFAULT 1);
CREATE TABLE mdl_role_assignments (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, userid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mdl_groups_members (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, userid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mdl_user_enrolments (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, userid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mdl_user_info_data (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, userid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mdl_user_password_history (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, userid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mdl_user_lastaccess (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, userid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mdl_external_services_users (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, userid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mdl_user_private_key (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, userid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mdl_sessions (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, userid INT UNSIGNED NOT NULL DEFAULT 0);
INSERT INTO mdl_user (id, confirmed, deleted, suspended, mnethostid, username, password, firstname, lastname, email, timecreated, auth) VALUES
  (1, 1, 0, 0, 1, 'guest', 'x', 'Guest', ' ', 'root@localhost', 0, 'manual'),
  (2, 1, 0, 0, 1, 'ada', '@sha512crypt@', 'Ada', 'Lovelace', 'Ada@example.com', 1580702706, 'manual'),
  (3, 1, 0, 1, 1, 'bob', '@bcrypt@', 'Bob', 'B', 'bob@example.com', 1580702706, 'manual'),
  (4, 0, 0, 0, 1, 'cyd', '@bcrypt@', 'Cyd', 'C', 'cyd@example.com', 1580702706, 'email'),
  (5, 1, 0, 0, 1, 'dee', '@bcrypt@', 'Dee', 'D', 'dee@example.com', 1580702706, 'manual'),
  (6, 1, 0, 0, 1, 'eve', 'not cached', 'Eve', 'E', 'eve@example.com', 1580702706, 'ldap'),
  (7, 1, 1, 0, 1, 'fay@example.com.1580702706', 'x', 'Fay', 'F', 'd41d8cd98f00b204e9800998ecf8427e', 0, 'manual'),
  (8, 1, 0, 0, 2, 'far', '@bcrypt@', 'Far', 'Away', 'far@example.com', 0, 'mnet');
INSERT INTO mdl_user_preferences (userid, name, value) VALUES (2, 'htmleditor', ''), (5, 'auth_forcepasswordchange', '1');
INSERT INTO mdl_cohort (name) VALUES ('Beginners');
INSERT INTO mdl_cohort_members (cohortid, userid) VALUES (1, 2);
INSERT INTO mdl_my_pages (userid, private) VALUES (NULL, 0), (2, 1);
