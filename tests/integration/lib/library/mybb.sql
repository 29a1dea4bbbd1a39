CREATE TABLE mybb_users (
  uid INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, username VARCHAR(120) NOT NULL DEFAULT '', password VARCHAR(120) NOT NULL DEFAULT '',
  salt VARCHAR(10) NOT NULL DEFAULT '', loginkey VARCHAR(50) NOT NULL DEFAULT '', email VARCHAR(220) NOT NULL DEFAULT '', postnum INT UNSIGNED NOT NULL DEFAULT 0,
  avatar VARCHAR(200) NOT NULL DEFAULT '', usergroup SMALLINT UNSIGNED NOT NULL DEFAULT 0, usertitle VARCHAR(250) NOT NULL DEFAULT '',
  regdate INT UNSIGNED NOT NULL DEFAULT 0, lastactive INT UNSIGNED NOT NULL DEFAULT 0, lastvisit INT UNSIGNED NOT NULL DEFAULT 0,
  signature TEXT NOT NULL, allownotices TINYINT(1) NOT NULL DEFAULT 0, receivepms TINYINT(1) NOT NULL DEFAULT 0, pmnotice TINYINT(1) NOT NULL DEFAULT 0,
  timezone VARCHAR(5) NOT NULL DEFAULT '', buddylist TEXT NOT NULL, ignorelist TEXT NOT NULL, pmfolders TEXT NOT NULL, notepad TEXT NOT NULL,
  language VARCHAR(50) NOT NULL DEFAULT '', usernotes TEXT NOT NULL, UNIQUE KEY (username)) COLLATE utf8mb4_general_ci;
CREATE TABLE mybb_usergroups (gid SMALLINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, title VARCHAR(120) NOT NULL DEFAULT '');
CREATE TABLE mybb_userfields (ufid INT UNSIGNED NOT NULL DEFAULT 0 PRIMARY KEY, fid1 TEXT, fid2 TEXT);
CREATE TABLE mybb_banned (uid INT UNSIGNED NOT NULL DEFAULT 0, gid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mybb_posts (pid INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, uid INT UNSIGNED NOT NULL DEFAULT 0, username VARCHAR(80) NOT NULL DEFAULT '');
CREATE TABLE mybb_threads (tid INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, uid INT UNSIGNED NOT NULL DEFAULT 0, username VARCHAR(80) NOT NULL DEFAULT '', lastposteruid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mybb_forums (fid INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, lastposteruid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mybb_moderators (mid INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, id INT UNSIGNED NOT NULL DEFAULT 0, isgroup TINYINT(1) NOT NULL DEFAULT 0);
CREATE TABLE mybb_awaitingactivation (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, uid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mybb_events (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, uid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mybb_forumsubscriptions (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, uid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mybb_threadsubscriptions (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, uid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mybb_privatemessages (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, uid INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE mybb_sessions (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, uid INT UNSIGNED NOT NULL DEFAULT 0);
INSERT INTO mybb_usergroups (title) VALUES ('Guests'), ('Registered'), ('Super Moderators'), ('Administrators'), ('Awaiting Activation'), ('Moderators'), ('Banned');
INSERT INTO mybb_users (username, password, salt, loginkey, email, usergroup, regdate, signature, buddylist, ignorelist, pmfolders, notepad, usernotes) VALUES
  ('Ada', '@mybb@', 'mybbsalt', 'k1', 'Ada@example.com', 4, 1580702706, '', '', '', '', '', ''),
  ('bob', '@mybb@', 'mybbsalt', 'k2', 'bob@example.com', 7, 1580702706, '', '', '', '', '', ''),
  ('cyd', '@mybb@', 'mybbsalt', 'k3', 'cyd@example.com', 5, 1580702706, '', '', '', '', '', '');
INSERT INTO mybb_userfields (ufid, fid1) VALUES (1, 'London'), (2, NULL);
INSERT INTO mybb_banned (uid, gid) VALUES (2, 7);
INSERT INTO mybb_moderators (id, isgroup) VALUES (1, 0), (3, 1);
