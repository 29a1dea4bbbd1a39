CREATE TABLE auth_user (
  id integer NOT NULL PRIMARY KEY AUTOINCREMENT, password varchar(128) NOT NULL, last_login datetime NULL, is_superuser bool NOT NULL,
  username varchar(150) NOT NULL UNIQUE, last_name varchar(150) NOT NULL, email varchar(254) NOT NULL, is_staff bool NOT NULL,
  is_active bool NOT NULL, date_joined datetime NOT NULL, first_name varchar(150) NOT NULL);
CREATE TABLE auth_group (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name varchar(150) NOT NULL UNIQUE);
CREATE TABLE auth_user_groups (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, user_id integer NOT NULL REFERENCES auth_user (id),
  group_id integer NOT NULL REFERENCES auth_group (id));
CREATE TABLE auth_user_user_permissions (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, user_id integer NOT NULL REFERENCES auth_user (id), permission_id integer NOT NULL);
CREATE TABLE django_admin_log (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, action_time datetime NOT NULL, user_id integer NOT NULL REFERENCES auth_user (id));
INSERT INTO auth_user VALUES
  (1, '@django@', '2024-05-06 07:08:09.123456', 1, 'ada', 'Lovelace', 'ada@example.com', 1, 1, '2020-02-03 04:05:06', 'Ada'),
  (2, 'argon2@argon2@', NULL, 0, 'Bob', '', 'ada@example.com', 0, 0, '2020-02-03 04:05:06.5', ''),
  (3, '!abcdefghijklmnopqrstuvwxyzabcdefghijklmn', NULL, 0, 'cyd', '', '', 0, 1, '2020-02-03 04:05:06', '');
INSERT INTO auth_group VALUES (1, 'editors'), (2, 'readers');
INSERT INTO auth_user_groups (user_id, group_id) VALUES (1, 1), (1, 2);
INSERT INTO auth_user_user_permissions (user_id, permission_id) VALUES (1, 7);
INSERT INTO django_admin_log (action_time, user_id) VALUES ('2024-05-06 07:08:09', 1);
