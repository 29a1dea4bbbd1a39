CREATE TABLE domain (domain VARCHAR(255) NOT NULL PRIMARY KEY);
CREATE TABLE mailbox (
  username VARCHAR(255) NOT NULL PRIMARY KEY, password VARCHAR(255) NOT NULL, name VARCHAR(255) NOT NULL, maildir VARCHAR(255) NOT NULL, quota BIGINT NOT NULL DEFAULT 0,
  local_part VARCHAR(255) NOT NULL, domain VARCHAR(255) NOT NULL, created DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00', modified DATETIME NOT NULL DEFAULT '2000-01-01 00:00:00',
  active TINYINT(1) NOT NULL DEFAULT 1, phone VARCHAR(30) NOT NULL DEFAULT '', email_other VARCHAR(255) NOT NULL DEFAULT '', token VARCHAR(255) NOT NULL DEFAULT '',
  KEY (domain)) CHARACTER SET latin1;
CREATE TABLE alias (address VARCHAR(255) NOT NULL PRIMARY KEY, goto TEXT NOT NULL, domain VARCHAR(255) NOT NULL, created DATETIME NOT NULL, modified DATETIME NOT NULL, active TINYINT(1) NOT NULL DEFAULT 1) CHARACTER SET latin1;
CREATE TABLE quota2 (username VARCHAR(100) NOT NULL PRIMARY KEY, bytes BIGINT NOT NULL DEFAULT 0) CHARACTER SET latin1;
CREATE TABLE vacation (email VARCHAR(255) NOT NULL PRIMARY KEY, subject VARCHAR(255) NOT NULL) CHARACTER SET latin1;
CREATE TABLE vacation_notification (on_vacation VARCHAR(255) NOT NULL, notified VARCHAR(255) NOT NULL, PRIMARY KEY (on_vacation, notified),
  FOREIGN KEY (on_vacation) REFERENCES vacation (email) ON DELETE CASCADE) CHARACTER SET latin1;
INSERT INTO domain VALUES ('example.com');
INSERT INTO mailbox (username, password, name, maildir, local_part, domain, active) VALUES
  ('ada@example.com', '@sha512crypt@', 'Ada L', 'example.com/ada/', 'ada', 'example.com', 1), ('bob@example.com', '@bcrypt@', 'Bob', 'example.com/bob/', 'bob', 'example.com', 0);
INSERT INTO alias VALUES ('ada@example.com', 'ada@example.com', 'example.com', '2020-01-01', '2020-01-01', 1), ('info@example.com', 'ada@example.com', 'example.com', '2020-01-01', '2020-01-01', 1);
INSERT INTO quota2 VALUES ('ada@example.com', 4711);
