CREATE TABLE users (
  id varchar(26) PRIMARY KEY, createat bigint, updateat bigint, deleteat bigint, username varchar(64) UNIQUE, password varchar(128), authdata varchar(128) UNIQUE,
  authservice varchar(32), email varchar(128) UNIQUE, emailverified boolean, nickname varchar(64), firstname varchar(64), lastname varchar(64), roles varchar(256),
  allowmarketing boolean, props jsonb, notifyprops jsonb, lastpasswordupdate bigint, lastpictureupdate bigint, failedattempts integer, locale varchar(5), mfaactive boolean,
  mfasecret varchar(128), "position" varchar(128), timezone jsonb, remoteid varchar(26), lastlogin bigint NOT NULL DEFAULT 0);
CREATE TABLE teams (id varchar(26) PRIMARY KEY, name varchar(64) UNIQUE);
CREATE TABLE teammembers (teamid varchar(26) NOT NULL, userid varchar(26) NOT NULL, PRIMARY KEY (teamid, userid));
CREATE TABLE sessions (id varchar(26) PRIMARY KEY, token varchar(26), userid varchar(26));
INSERT INTO users (id, createat, updateat, deleteat, username, password, authservice, email, emailverified, nickname, firstname, lastname, roles, notifyprops, timezone, locale) VALUES
  ('aaaaaaaaaaaaaaaaaaaaaaaaa1', 1580702706789, 1580702706789, 0, 'ada', '@bcrypt@', '', 'ada@example.com', true, 'countess', 'Ada', 'Lovelace', 'system_admin system_user',
   '{"desktop": "all", "email": "true"}', '{"manualTimezone": "Europe/London"}', 'en'),
  ('aaaaaaaaaaaaaaaaaaaaaaaaa2', 1580702706789, 1580702706789, 1600000000000, 'bob', '@bcrypt@', '', 'bob@example.com', true, '', '', '', 'system_user', '{}', '{}', 'en'),
  ('aaaaaaaaaaaaaaaaaaaaaaaaa3', 1580702706789, 1580702706789, 0, 'cyd', '', 'ldap', 'cyd@example.com', true, '', '', '', 'system_user', '{}', '{}', 'en');
INSERT INTO teams VALUES ('ttttttttttttttttttttttttt1', 'makers');
INSERT INTO teammembers VALUES ('ttttttttttttttttttttttttt1', 'aaaaaaaaaaaaaaaaaaaaaaaaa1');
