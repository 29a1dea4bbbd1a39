CREATE TABLE users (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, username VARCHAR(100) NOT NULL UNIQUE, email VARCHAR(150) NOT NULL UNIQUE, is_email_confirmed TINYINT(1) NOT NULL DEFAULT 0,
  password VARCHAR(100) NOT NULL, avatar_url VARCHAR(100), preferences BLOB, joined_at DATETIME, last_seen_at DATETIME, marked_all_as_read_at DATETIME, read_notifications_at DATETIME,
  discussion_count INT UNSIGNED NOT NULL DEFAULT 0, comment_count INT UNSIGNED NOT NULL DEFAULT 0) COLLATE utf8mb4_unicode_ci;
CREATE TABLE `groups` (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, name_singular VARCHAR(100) NOT NULL);
CREATE TABLE group_user (user_id INT UNSIGNED NOT NULL, group_id INT UNSIGNED NOT NULL, PRIMARY KEY (user_id, group_id), FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE);
CREATE TABLE login_providers (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED NOT NULL, provider VARCHAR(100) NOT NULL, identifier VARCHAR(100) NOT NULL);
CREATE TABLE access_tokens (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, token VARCHAR(40) NOT NULL, user_id INT UNSIGNED NOT NULL);
CREATE TABLE email_tokens (token VARCHAR(100) NOT NULL PRIMARY KEY, email VARCHAR(150) NOT NULL, user_id INT UNSIGNED NOT NULL);
CREATE TABLE password_tokens (token VARCHAR(100) NOT NULL PRIMARY KEY, user_id INT UNSIGNED NOT NULL);
CREATE TABLE discussion_user (user_id INT UNSIGNED NOT NULL, discussion_id INT UNSIGNED NOT NULL, PRIMARY KEY (user_id, discussion_id));
CREATE TABLE notifications (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED NOT NULL);
CREATE TABLE discussions (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED, last_posted_user_id INT UNSIGNED);
CREATE TABLE posts (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, user_id INT UNSIGNED);
INSERT INTO users (username, email, is_email_confirmed, password, preferences, joined_at) VALUES
  ('Ada', 'Ada@example.com', 1, '@bcrypt@', '{"notify_discussionRenamed_alert":true,"discloseOnline":false,"locale":"de"}', '2020-02-03 04:05:06'),
  ('bob', 'bob@example.com', 0, '@bcrypt@', NULL, NULL);
INSERT INTO `groups` (name_singular) VALUES ('Admin');
INSERT INTO group_user VALUES (1, 1);
INSERT INTO login_providers (user_id, provider, identifier) VALUES (1, 'github', '4711');
INSERT INTO discussions (user_id, last_posted_user_id) VALUES (1, 1);
