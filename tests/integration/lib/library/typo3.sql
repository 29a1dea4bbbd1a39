CREATE TABLE fe_users (
  uid INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, pid INT UNSIGNED NOT NULL DEFAULT 0, tstamp INT UNSIGNED NOT NULL DEFAULT 0, crdate INT UNSIGNED NOT NULL DEFAULT 0,
  deleted SMALLINT UNSIGNED NOT NULL DEFAULT 0, disable SMALLINT UNSIGNED NOT NULL DEFAULT 0, starttime INT UNSIGNED NOT NULL DEFAULT 0, endtime INT UNSIGNED NOT NULL DEFAULT 0,
  username VARCHAR(255) NOT NULL DEFAULT '', password VARCHAR(100) NOT NULL DEFAULT '', usergroup VARCHAR(255) NOT NULL DEFAULT '', name VARCHAR(160) NOT NULL DEFAULT '',
  first_name VARCHAR(50) NOT NULL DEFAULT '', last_name VARCHAR(50) NOT NULL DEFAULT '', telephone VARCHAR(30) NOT NULL DEFAULT '', email VARCHAR(255) NOT NULL DEFAULT '',
  city VARCHAR(50) NOT NULL DEFAULT '', www VARCHAR(80) NOT NULL DEFAULT '', company VARCHAR(80) NOT NULL DEFAULT '', lastlogin INT NOT NULL DEFAULT 0,
  felogin_forgotHash VARCHAR(80) DEFAULT '', KEY (username(100))) COLLATE utf8mb4_unicode_ci;
CREATE TABLE fe_sessions (ses_id VARCHAR(190) NOT NULL PRIMARY KEY, ses_userid INT UNSIGNED NOT NULL DEFAULT 0);
INSERT INTO fe_users (pid, crdate, username, password, usergroup, name, first_name, email, disable, deleted) VALUES
  (2, 1580702706, 'ada', '@argon2@', '1,2', 'Ada L', 'Ada', 'Ada@example.com', 0, 0),
  (2, 1580702706, 'bob', '@phpass@', '1', 'Bob', '', 'bob@example.com', 1, 0),
  (2, 1580702706, 'cyd', '@bcrypt@', '1', 'Cyd', '', 'cyd@example.com', 0, 1),
  (9, 1580702706, 'dee', '@bcrypt@', '1', 'Dee', '', 'dee@example.com', 0, 0),
  (2, 1580702706, 'eve', '@bcrypt@', '1', 'Eve', '', 'eve@example.com', 0, 0);
UPDATE fe_users SET endtime = 1600000000 WHERE username = 'eve';
UPDATE fe_users SET endtime = 4000000000 WHERE username = 'ada';
INSERT INTO fe_sessions VALUES ('a', 1), ('b', 0);
