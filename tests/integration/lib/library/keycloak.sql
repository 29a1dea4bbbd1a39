CREATE TABLE realm (id varchar(36) PRIMARY KEY, name varchar(255));
CREATE TABLE user_entity (
  id varchar(36) PRIMARY KEY, email varchar(255), email_constraint varchar(255), email_verified boolean NOT NULL DEFAULT false, enabled boolean NOT NULL DEFAULT false,
  federation_link varchar(255), first_name varchar(255), last_name varchar(255), realm_id varchar(255), username varchar(255), created_timestamp bigint,
  service_account_client_link varchar(255), not_before integer NOT NULL DEFAULT 0, UNIQUE (realm_id, username), UNIQUE (realm_id, email_constraint));
CREATE TABLE credential (id varchar(36) PRIMARY KEY, salt bytea, type varchar(255), user_id varchar(36) REFERENCES user_entity, created_date bigint, user_label varchar(255),
  secret_data text, credential_data text, priority integer);
CREATE TABLE user_attribute (id varchar(36) PRIMARY KEY, name varchar(255) NOT NULL, value varchar(255), user_id varchar(36) NOT NULL REFERENCES user_entity);
CREATE TABLE keycloak_role (id varchar(36) PRIMARY KEY, name varchar(255));
CREATE TABLE user_role_mapping (role_id varchar(255) NOT NULL, user_id varchar(36) NOT NULL REFERENCES user_entity, PRIMARY KEY (role_id, user_id));
CREATE TABLE keycloak_group (id varchar(36) PRIMARY KEY, name varchar(255));
CREATE TABLE user_group_membership (group_id varchar(36) NOT NULL, user_id varchar(36) NOT NULL REFERENCES user_entity, PRIMARY KEY (group_id, user_id));
CREATE TABLE user_required_action (user_id varchar(36) NOT NULL REFERENCES user_entity, required_action varchar(255) NOT NULL DEFAULT ' ', PRIMARY KEY (required_action, user_id));
CREATE TABLE federated_identity (identity_provider varchar(255) NOT NULL, realm_id varchar(36), federated_user_id varchar(255), federated_username varchar(255), token text,
  user_id varchar(36) NOT NULL REFERENCES user_entity, PRIMARY KEY (identity_provider, user_id));
INSERT INTO realm VALUES ('master', 'master'), ('9f4d0e5c-0000-4000-8000-000000000000', 'shop');
INSERT INTO user_entity (id, email, email_constraint, email_verified, enabled, first_name, last_name, realm_id, username, created_timestamp) VALUES
  ('22222222-0000-4000-8000-000000000001', 'ada@example.com', 'ada@example.com', true, true, 'Ada', 'Lovelace', 'master', 'ada', 1580702706789),
  ('22222222-0000-4000-8000-000000000002', NULL, 'x', false, false, NULL, NULL, 'master', 'bob', NULL),
  ('22222222-0000-4000-8000-000000000003', 'ada@example.com', 'ada@example.com', true, true, NULL, NULL, '9f4d0e5c-0000-4000-8000-000000000000', 'ada', 1580702706789);
INSERT INTO credential (id, type, user_id, secret_data, credential_data, priority) VALUES
  ('c1', 'password', '22222222-0000-4000-8000-000000000001', '@keycloak@', '{"hashIterations":1000,"algorithm":"pbkdf2-sha256","additionalParameters":{}}', 10);
INSERT INTO user_attribute VALUES ('a1', 'locale', 'de', '22222222-0000-4000-8000-000000000001'), ('a2', 'other', 'x', '22222222-0000-4000-8000-000000000001');
INSERT INTO keycloak_role VALUES ('r1', 'admin'), ('r2', 'user');
INSERT INTO user_role_mapping VALUES ('r1', '22222222-0000-4000-8000-000000000001'), ('r2', '22222222-0000-4000-8000-000000000001');
INSERT INTO federated_identity VALUES ('github', 'master', '4711', 'ada', NULL, '22222222-0000-4000-8000-000000000001');
