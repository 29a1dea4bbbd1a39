CREATE TABLE jos_users (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(400) NOT NULL DEFAULT '', username VARCHAR(150) NOT NULL DEFAULT '', email VARCHAR(100) NOT NULL DEFAULT '',
  password VARCHAR(100) NOT NULL DEFAULT '', block TINYINT NOT NULL DEFAULT 0, sendEmail TINYINT DEFAULT 0, registerDate DATETIME NOT NULL, lastvisitDate DATETIME,
  activation VARCHAR(100) NOT NULL DEFAULT '', params TEXT NOT NULL, lastResetTime DATETIME, resetCount INT NOT NULL DEFAULT 0,
  requireReset TINYINT NOT NULL DEFAULT 0, authProvider VARCHAR(100) NOT NULL DEFAULT '', UNIQUE KEY (username), KEY (email)) COLLATE utf8mb4_unicode_ci;
CREATE TABLE jos_usergroups (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, title VARCHAR(100) NOT NULL DEFAULT '');
CREATE TABLE jos_user_usergroup_map (user_id INT UNSIGNED NOT NULL DEFAULT 0, group_id INT UNSIGNED NOT NULL DEFAULT 0, PRIMARY KEY (user_id, group_id));
CREATE TABLE jos_user_profiles (user_id INT NOT NULL, profile_key VARCHAR(100) NOT NULL, profile_value TEXT NOT NULL, UNIQUE KEY (user_id, profile_key));
CREATE TABLE jos_user_keys (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id VARCHAR(150) NOT NULL, token VARCHAR(255) NOT NULL) COLLATE utf8mb4_unicode_ci;
CREATE TABLE jos_webauthn_credentials (id VARCHAR(1000) NOT NULL, user_id VARCHAR(128) NOT NULL);
CREATE TABLE jos_messages (message_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id_from INT UNSIGNED NOT NULL DEFAULT 0, user_id_to INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE jos_session (session_id VARBINARY(192) NOT NULL PRIMARY KEY, userid INT DEFAULT 0, username VARCHAR(150) DEFAULT '');
CREATE TABLE jos_user_notes (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE jos_user_mfa (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE jos_messages_cfg (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED NOT NULL DEFAULT 0);
INSERT INTO jos_usergroups (title) VALUES ('Public'), ('Registered'), ('Author');
INSERT INTO jos_users (name, username, email, password, block, registerDate, params, requireReset) VALUES
  ('Ada L', 'ada', 'Ada@example.com', '@bcrypt@', 0, '2020-02-03 04:05:06', '{"language":"de-DE","timezone":"Europe/Berlin"}', 0),
  ('Bob', 'bob', 'bob@example.com', '@phpass@', 1, '2020-02-03 04:05:06', '{}', 0),
  ('Cyd', 'cyd', 'cyd@example.com', '@argon2@', 0, '2020-02-03 04:05:06', '', 1);
INSERT INTO jos_user_usergroup_map VALUES (1, 2), (1, 3), (2, 2);
INSERT INTO jos_user_keys (user_id, token) VALUES ('ada', 'x');
INSERT INTO jos_session VALUES ('a', 1, 'ada'), ('b', 0, '');
