CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT, username TEXT NOT NULL, password TEXT, is_ldap_user INTEGER DEFAULT 0, name TEXT, email TEXT, notifications_enabled INTEGER DEFAULT '0',
  timezone TEXT, language TEXT, nb_failed_login INTEGER DEFAULT 0, lock_expiration_date INTEGER DEFAULT 0, role TEXT NOT NULL DEFAULT 'app-user', is_active INTEGER DEFAULT 1);
CREATE UNIQUE INDEX users_username_idx ON users(username);
CREATE TABLE groups (id INTEGER PRIMARY KEY AUTOINCREMENT, external_id TEXT DEFAULT '', name TEXT NOCASE NOT NULL UNIQUE);
CREATE TABLE group_has_users (group_id INTEGER NOT NULL, user_id INTEGER NOT NULL, UNIQUE (group_id, user_id));
CREATE TABLE projects (id INTEGER PRIMARY KEY, name TEXT NOT NULL, owner_id INTEGER DEFAULT 0);
CREATE TABLE tasks (id INTEGER PRIMARY KEY, title TEXT NOT NULL, owner_id INTEGER DEFAULT 0, creator_id INTEGER DEFAULT 0);
CREATE TABLE subtasks (n INTEGER PRIMARY KEY, user_id INTEGER);
CREATE TABLE comments (n INTEGER PRIMARY KEY, user_id INTEGER);
CREATE TABLE custom_filters (n INTEGER PRIMARY KEY, user_id INTEGER);
CREATE TABLE last_logins (id INTEGER PRIMARY KEY, auth_type TEXT, user_id INTEGER, ip TEXT, date_creation INTEGER);
INSERT INTO last_logins (user_id, ip, date_creation) VALUES (1, '192.0.2.1', 1500000000), (1, '192.0.2.2', 1580702706), (2, '192.0.2.3', 1590000000);
CREATE TABLE password_reset (n INTEGER PRIMARY KEY, user_id INTEGER);
CREATE TABLE project_has_users (n INTEGER PRIMARY KEY, user_id INTEGER);
CREATE TABLE remember_me (n INTEGER PRIMARY KEY, user_id INTEGER);
CREATE TABLE user_has_metadata (n INTEGER PRIMARY KEY, user_id INTEGER);
CREATE TABLE user_has_notifications (n INTEGER PRIMARY KEY, user_id INTEGER);
INSERT INTO users (username, password, name, email, role, is_active) VALUES
  ('ada', '@bcrypt@', 'Ada L', 'ada@example.com', 'app-admin', 1), ('bob', '@bcrypt@', NULL, 'ada@example.com', 'app-user', 0), ('cyd', NULL, NULL, NULL, 'app-user', 1);
INSERT INTO groups (name) VALUES ('Builders');
INSERT INTO group_has_users VALUES (1, 1);
INSERT INTO tasks (title, owner_id, creator_id) VALUES ('first', 1, 1);
