CREATE TABLE directus_roles (id uuid PRIMARY KEY, name varchar(100) NOT NULL);
CREATE TABLE directus_users (
  id uuid PRIMARY KEY, first_name varchar(50), last_name varchar(50), email varchar(128) UNIQUE, password varchar(255), location varchar(255), title varchar(50), description text,
  tags json, avatar uuid, language varchar(255), tfa_secret varchar(255), status varchar(16) NOT NULL DEFAULT 'active', role uuid REFERENCES directus_roles ON DELETE SET NULL,
  token varchar(255) UNIQUE, last_access timestamptz, last_page varchar(255), provider varchar(128) NOT NULL DEFAULT 'default', external_identifier varchar(255) UNIQUE, auth_data json);
CREATE TABLE directus_sessions (token varchar(64) PRIMARY KEY, "user" uuid REFERENCES directus_users ON DELETE CASCADE);
CREATE TABLE directus_presets (id serial PRIMARY KEY, "user" uuid REFERENCES directus_users ON DELETE CASCADE);
CREATE TABLE directus_notifications (id serial PRIMARY KEY, recipient uuid NOT NULL REFERENCES directus_users ON DELETE CASCADE, sender uuid REFERENCES directus_users);
CREATE TABLE directus_files (id uuid PRIMARY KEY, uploaded_by uuid REFERENCES directus_users, modified_by uuid REFERENCES directus_users);
INSERT INTO directus_roles VALUES ('aaaaaaaa-0000-4000-8000-000000000001', 'Administrator');
INSERT INTO directus_users (id, first_name, last_name, email, password, status, role, tags, provider) VALUES
  ('11111111-0000-4000-8000-000000000001', 'Ada', 'Lovelace', 'ada@example.com', '@argon2@', 'active', 'aaaaaaaa-0000-4000-8000-000000000001', '["one", "two"]', 'default'),
  ('11111111-0000-4000-8000-000000000002', 'Bob', NULL, 'bob@example.com', '@argon2@', 'suspended', NULL, NULL, 'default'),
  ('11111111-0000-4000-8000-000000000003', 'Cyd', NULL, 'cyd@example.com', '@argon2@', 'unverified', NULL, NULL, 'default'),
  ('11111111-0000-4000-8000-000000000004', 'Dee', NULL, 'dee@example.com', NULL, 'active', NULL, NULL, 'github');
INSERT INTO directus_files VALUES ('bbbbbbbb-0000-4000-8000-000000000001', '11111111-0000-4000-8000-000000000001', NULL);
