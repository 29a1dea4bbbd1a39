CREATE TABLE users (name text UNIQUE, password_hash text, creation_ts bigint, admin smallint NOT NULL DEFAULT 0, is_guest smallint NOT NULL DEFAULT 0, appservice_id text,
  user_type text, deactivated smallint NOT NULL DEFAULT 0, shadow_banned boolean, approved boolean, locked boolean NOT NULL DEFAULT false);
CREATE TABLE profiles (user_id text NOT NULL UNIQUE, displayname text, avatar_url text, full_user_id text UNIQUE);
CREATE TABLE user_threepids (user_id text NOT NULL, medium text NOT NULL, address text NOT NULL, validated_at bigint NOT NULL, added_at bigint NOT NULL, UNIQUE (medium, address));
CREATE TABLE access_tokens (id bigint PRIMARY KEY, user_id text NOT NULL, token text NOT NULL UNIQUE);
CREATE TABLE refresh_tokens (id bigint PRIMARY KEY, user_id text NOT NULL, token text NOT NULL);
CREATE TABLE devices (user_id text NOT NULL, device_id text NOT NULL, UNIQUE (user_id, device_id));
CREATE TABLE pushers (id bigint PRIMARY KEY, user_name text NOT NULL);
CREATE TABLE users_pending_deactivation (user_id text NOT NULL);
INSERT INTO users (name, password_hash, creation_ts, admin, deactivated, locked, is_guest) VALUES
  ('@ada:example.com', '@bcrypt@', 1580702706, 1, 0, false, 0), ('@bob:example.com', '@bcrypt@', 1580702706, 0, 0, true, 0),
  ('@cyd:example.com', NULL, 1580702706, 0, 1, false, 0), ('@7:example.com', NULL, 1580702706, 0, 0, false, 1);
INSERT INTO profiles (user_id, displayname, full_user_id) VALUES
  ('ada', 'Ada L', '@ada:example.com'), ('bob', NULL, '@bob:example.com'), ('cyd', NULL, '@cyd:example.com'), ('7', NULL, '@7:example.com');
INSERT INTO user_threepids VALUES ('@ada:example.com', 'email', 'ada@example.com', 1580702706000, 1580702706000);
INSERT INTO access_tokens VALUES (1, '@ada:example.com', 't1');
