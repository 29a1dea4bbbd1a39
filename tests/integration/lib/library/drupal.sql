CREATE TABLE users (uid INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, uuid VARCHAR(128) CHARACTER SET ascii NOT NULL UNIQUE, langcode VARCHAR(12) CHARACTER SET ascii NOT NULL);
CREATE TABLE users_field_data (
  uid INT UNSIGNED NOT NULL, langcode VARCHAR(12) CHARACTER SET ascii NOT NULL, preferred_langcode VARCHAR(12) CHARACTER SET ascii, name VARCHAR(60) NOT NULL, pass VARCHAR(255), mail VARCHAR(254),
  timezone VARCHAR(32), status TINYINT, created INT NOT NULL, changed INT, access INT NOT NULL, login INT, init VARCHAR(254), default_langcode TINYINT NOT NULL,
  PRIMARY KEY (uid, langcode), UNIQUE KEY (name, langcode)) COLLATE utf8mb4_general_ci;
CREATE TABLE user__roles (bundle VARCHAR(128) NOT NULL DEFAULT '', deleted TINYINT NOT NULL DEFAULT 0, entity_id INT UNSIGNED NOT NULL, delta INT UNSIGNED NOT NULL, roles_target_id VARCHAR(255) NOT NULL, PRIMARY KEY (entity_id, deleted, delta));
CREATE TABLE cache_entity (cid VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' PRIMARY KEY, data LONGBLOB);
CREATE TABLE sessions (uid INT UNSIGNED NOT NULL, sid VARCHAR(128) NOT NULL PRIMARY KEY);
INSERT INTO users VALUES (1, 'aaaaaaaa-0000-4000-8000-000000000001', 'en'), (2, 'aaaaaaaa-0000-4000-8000-000000000002', 'en'), (3, 'aaaaaaaa-0000-4000-8000-000000000003', 'en');
INSERT INTO users_field_data (uid, langcode, preferred_langcode, name, pass, mail, timezone, status, created, changed, access, login, default_langcode) VALUES
  (1, 'en', 'en', 'Ada', '@bcrypt@', 'Ada@example.com', 'UTC', 1, 1580702706, 1580702706, 0, 1580702706, 1),
  (2, 'en', 'en', 'bob', '@bcrypt@', 'bob@example.com', 'UTC', 0, 1580702706, 1580702706, 0, 0, 1),
  (3, 'en', 'en', 'cyd', '$S$E1234567890123456789012345678901234567890123456789012', 'cyd@example.com', 'UTC', 1, 1580702706, 1580702706, 0, 0, 1);
INSERT INTO user__roles (bundle, entity_id, delta, roles_target_id) VALUES ('user', 1, 0, 'administrator');
INSERT INTO cache_entity VALUES ('values:user:1', 'x'), ('values:user:2', 'x');
INSERT INTO sessions VALUES (1, 's1'), (0, 's0');
