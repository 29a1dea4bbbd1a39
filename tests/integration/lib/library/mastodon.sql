CREATE TABLE user_roles (id bigserial PRIMARY KEY, name varchar NOT NULL DEFAULT '');
CREATE TABLE accounts (id bigint PRIMARY KEY, username varchar NOT NULL DEFAULT '', domain varchar, private_key text, public_key text NOT NULL DEFAULT '',
  display_name varchar NOT NULL DEFAULT '', suspended_at timestamp);
CREATE TABLE users (
  id bigserial PRIMARY KEY, email varchar NOT NULL DEFAULT '' UNIQUE, created_at timestamp NOT NULL, updated_at timestamp NOT NULL, encrypted_password varchar NOT NULL DEFAULT '',
  reset_password_token varchar, reset_password_sent_at timestamp, sign_in_count integer NOT NULL DEFAULT 0, current_sign_in_at timestamp, confirmation_token varchar UNIQUE,
  confirmed_at timestamp, unconfirmed_email varchar, locale varchar, account_id bigint NOT NULL REFERENCES accounts ON DELETE CASCADE, disabled boolean NOT NULL DEFAULT false,
  approved boolean NOT NULL DEFAULT true, role_id bigint REFERENCES user_roles);
CREATE TABLE identities (id bigserial PRIMARY KEY, provider varchar NOT NULL DEFAULT '', uid varchar NOT NULL DEFAULT '', user_id bigint REFERENCES users);
CREATE TABLE session_activations (id bigserial PRIMARY KEY, session_id varchar NOT NULL, user_id bigint NOT NULL);
CREATE TABLE oauth_access_tokens (id bigserial PRIMARY KEY, token varchar NOT NULL, resource_owner_id bigint, revoked_at timestamp);
INSERT INTO user_roles (name) VALUES ('Owner');
INSERT INTO accounts (id, username, display_name) VALUES (110000000000000001, 'Ada', 'Ada L'), (110000000000000002, 'bob', ''), (110000000000000003, 'cyd', ''), (110000000000000006, 'eve', '');
INSERT INTO accounts (id, username, suspended_at) VALUES (110000000000000004, 'dee', '2024-01-01');
INSERT INTO accounts (id, username, domain) VALUES (110000000000000005, 'ada', 'other.example');
INSERT INTO users (email, created_at, updated_at, encrypted_password, confirmed_at, account_id, disabled, role_id, sign_in_count, confirmation_token) VALUES
  ('ada@example.com', '2020-02-03 04:05:06.789', '2020-02-03 04:05:06', '@bcrypt@', '2020-02-03 04:05:06', 110000000000000001, false, 1, 7, NULL),
  ('bob@example.com', '2020-02-03 04:05:06', '2020-02-03 04:05:06', '@bcrypt@', '2020-02-03 04:05:06', 110000000000000002, true, NULL, 0, NULL),
  ('cyd@example.com', '2020-02-03 04:05:06', '2020-02-03 04:05:06', '@bcrypt@', NULL, 110000000000000003, false, NULL, 0, 'abc'),
  ('dee@example.com', '2020-02-03 04:05:06', '2020-02-03 04:05:06', '@bcrypt@', '2020-02-03 04:05:06', 110000000000000004, false, NULL, 0, NULL),
  ('eve@example.com', '2020-02-03 04:05:06', '2020-02-03 04:05:06', '@bcrypt@', '2020-02-03 04:05:06', 110000000000000006, false, NULL, 0, NULL);
UPDATE users SET approved = false WHERE email = 'eve@example.com';
INSERT INTO identities (provider, uid, user_id) VALUES ('github', '4711', 1);
INSERT INTO session_activations (session_id, user_id) VALUES ('s', 3);
INSERT INTO oauth_access_tokens (token, resource_owner_id) VALUES ('t', 3);
