CREATE TABLE oc_users (uid VARCHAR(64) NOT NULL DEFAULT '' PRIMARY KEY, displayname VARCHAR(64), password VARCHAR(255) NOT NULL DEFAULT '', uid_lower VARCHAR(64) DEFAULT '', KEY (uid_lower)) COLLATE utf8mb4_bin;
CREATE TABLE oc_preferences (userid VARCHAR(64) NOT NULL DEFAULT '', appid VARCHAR(32) NOT NULL DEFAULT '', configkey VARCHAR(64) NOT NULL DEFAULT '', configvalue LONGTEXT, PRIMARY KEY (userid, appid, configkey)) COLLATE utf8mb4_bin;
CREATE TABLE oc_group_user (gid VARCHAR(64) NOT NULL DEFAULT '', uid VARCHAR(64) NOT NULL DEFAULT '', PRIMARY KEY (gid, uid)) COLLATE utf8mb4_bin;
CREATE TABLE oc_authtoken (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, uid VARCHAR(64) NOT NULL DEFAULT '', token VARCHAR(200) NOT NULL DEFAULT '', type SMALLINT UNSIGNED DEFAULT 0) COLLATE utf8mb4_bin;
INSERT INTO oc_users VALUES ('Ada', 'Ada L', '3|@argon2@', 'ada'), ('bob', NULL, '3|@argon2@', 'bob'), ('cyd', NULL, '1|@bcrypt@', 'cyd');
INSERT INTO oc_preferences VALUES ('Ada', 'settings', 'email', 'Ada@example.com'), ('Ada', 'core', 'lang', 'de'), ('Ada', 'login', 'lastLogin', '1580702706'),
  ('bob', 'core', 'enabled', 'false'), ('bob', 'files', 'email', 'not@example.com');
INSERT INTO oc_group_user VALUES ('admin', 'Ada');
