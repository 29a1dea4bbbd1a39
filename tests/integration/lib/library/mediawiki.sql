CREATE TABLE user (
  user_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, user_name VARBINARY(255) NOT NULL DEFAULT '', user_real_name VARBINARY(255) NOT NULL DEFAULT '',
  user_password TINYBLOB NOT NULL, user_newpassword TINYBLOB NOT NULL, user_newpass_time BINARY(14), user_email TINYBLOB NOT NULL, user_touched BINARY(14) NOT NULL,
  user_token BINARY(32) NOT NULL DEFAULT '', user_email_authenticated BINARY(14), user_email_token BINARY(32), user_email_token_expires BINARY(14),
  user_registration BINARY(14), user_editcount INT UNSIGNED, user_password_expires VARBINARY(14), UNIQUE KEY (user_name), KEY (user_email(50))) CHARACTER SET binary;
CREATE TABLE actor (actor_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, actor_user INT UNSIGNED UNIQUE, actor_name VARBINARY(255) NOT NULL UNIQUE) CHARACTER SET binary;
CREATE TABLE user_groups (ug_user INT UNSIGNED NOT NULL DEFAULT 0, ug_group VARBINARY(255) NOT NULL DEFAULT '', ug_expiry VARBINARY(14), PRIMARY KEY (ug_user, ug_group)) CHARACTER SET binary;
CREATE TABLE user_properties (up_user INT UNSIGNED NOT NULL, up_property VARBINARY(255) NOT NULL, up_value BLOB, PRIMARY KEY (up_user, up_property)) CHARACTER SET binary;
CREATE TABLE site_stats (ss_row_id INT UNSIGNED NOT NULL PRIMARY KEY, ss_users BIGINT UNSIGNED DEFAULT 0) CHARACTER SET binary;
INSERT INTO user (user_name, user_real_name, user_password, user_newpassword, user_email, user_touched, user_token, user_email_authenticated, user_registration, user_editcount) VALUES
  ('Ada', 'Ada L', ':argon2:@argon2@', '', 'Ada@example.com', '20240506070809', 'abcdefghijklmnopabcdefghijklmnop', '20200203040506', '20200203040506', 7),
  ('Zoé B', '', ':pbkdf2:sha512:30000:64:c2FsdHNhbHQ=:c2FsdHNhbHQ=', '', 'ada@example.com', '20240506070809', '', NULL, NULL, NULL);
INSERT INTO actor (actor_user, actor_name) VALUES (1, 'Ada'), (2, 'Zoé B'), (NULL, '192.0.2.1');
INSERT INTO user_groups (ug_user, ug_group) VALUES (1, 'bureaucrat'), (1, 'sysop');
INSERT INTO user_properties VALUES (1, 'language', 'de');
INSERT INTO site_stats VALUES (1, 2);
