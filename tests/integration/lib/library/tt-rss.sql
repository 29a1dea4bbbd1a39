CREATE TABLE ttrss_users (
  id serial PRIMARY KEY, login varchar(120) NOT NULL UNIQUE, pwd_hash varchar(250) NOT NULL, last_login timestamp, access_level integer NOT NULL DEFAULT 0,
  email varchar(250) NOT NULL DEFAULT '', full_name varchar(250) NOT NULL DEFAULT '', email_digest boolean NOT NULL DEFAULT false, salt varchar(250) NOT NULL DEFAULT '',
  otp_enabled boolean NOT NULL DEFAULT false, otp_secret varchar(250), resetpass_token varchar(250), created timestamp);
CREATE TABLE ttrss_feeds (id serial PRIMARY KEY, owner_uid integer NOT NULL REFERENCES ttrss_users ON DELETE CASCADE, title varchar(200) NOT NULL);
CREATE TABLE ttrss_app_passwords (id serial PRIMARY KEY, pwd_hash text NOT NULL, owner_uid integer NOT NULL REFERENCES ttrss_users ON DELETE CASCADE);
INSERT INTO ttrss_users (login, pwd_hash, salt, access_level, email, full_name, created) VALUES
  ('admin', '@ttrss@', 'librarysalt', 10, 'ada@example.com', 'Ada L', '2020-02-03 04:05:06'), ('bob', '@ttrss@', 'librarysalt', -2, 'bob@example.com', '', NULL),
  ('cyd', 'SHA1:da39a3ee5e6b4b0d3255bfef95601890afd80709', '', 0, '', '', NULL);
INSERT INTO ttrss_feeds (owner_uid, title) VALUES (1, 'news');
