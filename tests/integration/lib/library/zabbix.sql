CREATE TABLE users (
  userid BIGINT UNSIGNED NOT NULL PRIMARY KEY, username VARCHAR(100) NOT NULL DEFAULT '', name VARCHAR(100) NOT NULL DEFAULT '', surname VARCHAR(100) NOT NULL DEFAULT '',
  passwd VARCHAR(60) NOT NULL DEFAULT '', url VARCHAR(2048) NOT NULL DEFAULT '', autologin INT NOT NULL DEFAULT 0, autologout VARCHAR(32) NOT NULL DEFAULT '15m',
  lang VARCHAR(7) NOT NULL DEFAULT 'default', theme VARCHAR(128) NOT NULL DEFAULT 'default', attempt_failed INT NOT NULL DEFAULT 0, attempt_clock INT NOT NULL DEFAULT 0, timezone VARCHAR(50) NOT NULL DEFAULT 'default',
  roleid BIGINT UNSIGNED NOT NULL, UNIQUE KEY (username)) COLLATE utf8mb4_bin;
CREATE TABLE usrgrp (usrgrpid BIGINT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(64) NOT NULL DEFAULT '', users_status INT NOT NULL DEFAULT 0) COLLATE utf8mb4_bin;
CREATE TABLE users_groups (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, usrgrpid BIGINT UNSIGNED NOT NULL, userid BIGINT UNSIGNED NOT NULL, UNIQUE KEY (usrgrpid, userid),
  FOREIGN KEY (usrgrpid) REFERENCES usrgrp (usrgrpid), FOREIGN KEY (userid) REFERENCES users (userid) ON DELETE CASCADE);
CREATE TABLE media (mediaid BIGINT UNSIGNED NOT NULL PRIMARY KEY, userid BIGINT UNSIGNED NOT NULL REFERENCES users (userid), sendto VARCHAR(1024) NOT NULL DEFAULT '');
CREATE TABLE ids (table_name VARCHAR(64) NOT NULL DEFAULT '', field_name VARCHAR(64) NOT NULL DEFAULT '', nextid BIGINT UNSIGNED NOT NULL, PRIMARY KEY (table_name, field_name));
CREATE TABLE sessions (sessionid VARCHAR(32) NOT NULL DEFAULT '' PRIMARY KEY, userid BIGINT UNSIGNED NOT NULL REFERENCES users (userid));
CREATE TABLE profiles (profileid BIGINT UNSIGNED NOT NULL PRIMARY KEY, userid BIGINT UNSIGNED NOT NULL REFERENCES users (userid));
CREATE TABLE opmessage_usr (opmessage_usrid BIGINT UNSIGNED NOT NULL PRIMARY KEY, userid BIGINT UNSIGNED NOT NULL REFERENCES users (userid));
INSERT INTO users (userid, username, name, surname, passwd, roleid) VALUES
  (1, 'Admin', 'Ada', 'Lovelace', '@bcrypt@', 3), (2, 'guest', '', '', '', 4), (3, 'bob', 'Bob', '', '@bcrypt@', 1);
INSERT INTO usrgrp VALUES (7, 'Zabbix administrators', 0), (8, 'Guests', 0), (9, 'Disabled', 1);
INSERT INTO users_groups VALUES (4, 7, 1), (2, 8, 2), (3, 9, 2), (5, 9, 3);
INSERT INTO media VALUES (1, 1, 'ada@example.com');
INSERT INTO ids VALUES ('users', 'userid', 3), ('users_groups', 'id', 5), ('hosts', 'hostid', 10084);
