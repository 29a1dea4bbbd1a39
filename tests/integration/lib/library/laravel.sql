CREATE TABLE users (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, name VARCHAR(255) NOT NULL, email VARCHAR(255) NOT NULL UNIQUE,
  email_verified_at TIMESTAMP NULL, password VARCHAR(255) NOT NULL, remember_token VARCHAR(100) NULL,
  created_at TIMESTAMP NULL, updated_at TIMESTAMP NULL) COLLATE utf8mb4_unicode_ci;
CREATE TABLE password_reset_tokens (email VARCHAR(255) NOT NULL PRIMARY KEY, token VARCHAR(255) NOT NULL, created_at TIMESTAMP NULL) COLLATE utf8mb4_unicode_ci;
CREATE TABLE sessions (id VARCHAR(255) NOT NULL PRIMARY KEY, user_id BIGINT UNSIGNED NULL, ip_address VARCHAR(45) NULL, user_agent TEXT NULL,
  payload LONGTEXT NOT NULL, last_activity INT NOT NULL, KEY (user_id)) COLLATE utf8mb4_unicode_ci;
SET time_zone = '+00:00';
INSERT INTO users (name, email, email_verified_at, password, remember_token, created_at) VALUES
  ('Ada L', 'ada@example.com', '2020-02-03 04:05:06', '@bcrypt@', 'abc', '2020-02-03 04:05:06'),
  ('Bob', 'Bob@example.com', NULL, '@argon2@', NULL, NULL);
INSERT INTO sessions (id, user_id, payload, last_activity) VALUES ('s1', 1, '', 1), ('s2', NULL, '', 1);
INSERT INTO password_reset_tokens (email, token) VALUES ('ada@example.com', 'x');
