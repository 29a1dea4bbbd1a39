CREATE TABLE jhi_user (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, login VARCHAR(50) NOT NULL UNIQUE, password_hash VARCHAR(60) NOT NULL, first_name VARCHAR(50), last_name VARCHAR(50),
  email VARCHAR(191) UNIQUE, image_url VARCHAR(256), activated BIT(1) NOT NULL, lang_key VARCHAR(10), activation_key VARCHAR(20), reset_key VARCHAR(20),
  created_by VARCHAR(50) NOT NULL, created_date TIMESTAMP NULL, reset_date TIMESTAMP NULL, last_modified_by VARCHAR(50), last_modified_date TIMESTAMP NULL) COLLATE utf8mb4_unicode_ci;
CREATE TABLE jhi_authority (name VARCHAR(50) NOT NULL PRIMARY KEY);
CREATE TABLE jhi_user_authority (user_id BIGINT NOT NULL, authority_name VARCHAR(50) NOT NULL, PRIMARY KEY (user_id, authority_name),
  FOREIGN KEY (user_id) REFERENCES jhi_user (id), FOREIGN KEY (authority_name) REFERENCES jhi_authority (name));
INSERT INTO jhi_authority VALUES ('ROLE_ADMIN'), ('ROLE_USER');
INSERT INTO jhi_user (login, password_hash, first_name, last_name, email, activated, lang_key, created_by, activation_key) VALUES
  ('ada', '@bcrypt@', 'Ada', 'Lovelace', 'ada@example.com', b'1', 'de', 'system', NULL), ('bob', '@bcrypt@', 'Bob', NULL, 'bob@example.com', b'0', 'en', 'system', 'abcdefghijklmnopqrst');
INSERT INTO jhi_user_authority VALUES (1, 'ROLE_ADMIN'), (1, 'ROLE_USER'), (2, 'ROLE_USER');
