CREATE TABLE users (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, login VARCHAR(255) NOT NULL DEFAULT '', hashed_password VARCHAR(40) NOT NULL DEFAULT '',
  firstname VARCHAR(30) NOT NULL DEFAULT '', lastname VARCHAR(255) NOT NULL DEFAULT '', admin TINYINT(1) NOT NULL DEFAULT 0,
  status INT NOT NULL DEFAULT 1, last_login_on DATETIME, language VARCHAR(5) DEFAULT '', auth_source_id INT,
  created_on TIMESTAMP NULL, updated_on TIMESTAMP NULL, type VARCHAR(255), mail_notification VARCHAR(255) NOT NULL DEFAULT '',
  salt VARCHAR(64), must_change_passwd TINYINT(1) NOT NULL DEFAULT 0, passwd_changed_on DATETIME) COLLATE utf8mb4_unicode_ci;
CREATE TABLE email_addresses (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL, address VARCHAR(255) NOT NULL,
  is_default TINYINT(1) NOT NULL DEFAULT 0, notify TINYINT(1) NOT NULL DEFAULT 1, created_on DATETIME NOT NULL, updated_on DATETIME NOT NULL);
CREATE TABLE user_preferences (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL DEFAULT 0, others TEXT);
CREATE TABLE tokens (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL DEFAULT 0, action VARCHAR(30) NOT NULL DEFAULT '', value VARCHAR(40) NOT NULL DEFAULT '' UNIQUE);
CREATE TABLE watchers (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT);
CREATE TABLE groups_users (group_id INT NOT NULL, user_id INT NOT NULL, UNIQUE (group_id, user_id));
CREATE TABLE members (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL DEFAULT 0);
CREATE TABLE member_roles (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, member_id INT NOT NULL, role_id INT NOT NULL);
CREATE TABLE custom_values (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, customized_type VARCHAR(30) NOT NULL DEFAULT '', customized_id INT NOT NULL DEFAULT 0, value TEXT);
CREATE TABLE queries (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL DEFAULT 0, visibility INT DEFAULT 0);
CREATE TABLE issues (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, author_id INT NOT NULL, assigned_to_id INT);
CREATE TABLE attachments (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, author_id INT NOT NULL DEFAULT 0);
CREATE TABLE comments (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, author_id INT NOT NULL DEFAULT 0);
CREATE TABLE journals (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT NOT NULL DEFAULT 0);
CREATE TABLE messages (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, author_id INT);
CREATE TABLE news (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, author_id INT NOT NULL DEFAULT 0);
CREATE TABLE time_entries (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, author_id INT, user_id INT NOT NULL);
CREATE TABLE wiki_contents (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, author_id INT);
CREATE TABLE wiki_content_versions (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, author_id INT);
CREATE TABLE changesets (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT);
INSERT INTO users (id, login, hashed_password, firstname, lastname, admin, status, language, auth_source_id, created_on, type, salt, must_change_passwd) VALUES
  (1, 'ada', '@redmine@', 'Ada', 'Lovelace', 1, 1, 'en', NULL, NULL, 'User', 'librarysalt', 0),
  (2, '', '', '', 'Anonymous', 0, 0, '', NULL, NULL, 'AnonymousUser', NULL, 0),
  (3, '', '', '', 'Makers', 0, 1, '', NULL, NULL, 'Group', NULL, 0),
  (4, 'bob', '@redmine@', 'Bob', 'B', 0, 3, 'de', NULL, NULL, 'User', 'librarysalt', 0),
  (5, 'cyd', '@redmine@', 'Cyd', 'C', 0, 2, 'en', NULL, NULL, 'User', 'librarysalt', 0),
  (6, 'dee', '', 'Dee', 'D', 0, 1, 'en', 1, NULL, 'User', NULL, 0),
  (7, 'eve', '@redmine@', 'Eve', 'E', 0, 1, 'en', NULL, NULL, 'User', 'librarysalt', 1);
INSERT INTO email_addresses (user_id, address, is_default, created_on, updated_on) VALUES
  (1, 'Ada@example.com', 1, '2020-01-01', '2020-01-01'), (1, 'second@example.com', 0, '2020-01-01', '2020-01-01'),
  (4, 'bob@example.com', 1, '2020-01-01', '2020-01-01');
INSERT INTO groups_users VALUES (3, 1);
INSERT INTO tokens (user_id, action, value) VALUES (1, 'session', 'a1'), (1, 'feeds', 'a2');
INSERT INTO issues (author_id, assigned_to_id) VALUES (1, 1);
INSERT INTO queries (user_id, visibility) VALUES (1, 0), (1, 2);
