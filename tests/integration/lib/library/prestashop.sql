CREATE TABLE ps_customer (
  id_customer INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, id_shop_group INT UNSIGNED NOT NULL DEFAULT 1, id_shop INT UNSIGNED NOT NULL DEFAULT 1,
  id_gender INT UNSIGNED NOT NULL, id_default_group INT UNSIGNED NOT NULL DEFAULT 1, id_lang INT UNSIGNED, company VARCHAR(255), firstname VARCHAR(255) NOT NULL,
  lastname VARCHAR(255) NOT NULL, email VARCHAR(255) NOT NULL, passwd VARCHAR(255) NOT NULL, last_passwd_gen TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, birthday DATE,
  newsletter TINYINT UNSIGNED NOT NULL DEFAULT 0, secure_key VARCHAR(32) NOT NULL DEFAULT '-1', active TINYINT UNSIGNED NOT NULL DEFAULT 0,
  is_guest TINYINT NOT NULL DEFAULT 0, deleted TINYINT NOT NULL DEFAULT 0, date_add DATETIME NOT NULL, date_upd DATETIME NOT NULL,
  reset_password_token VARCHAR(40), reset_password_validity DATETIME, KEY (email)) COLLATE utf8mb4_unicode_ci;
CREATE TABLE ps_customer_group (id_customer INT UNSIGNED NOT NULL, id_group INT UNSIGNED NOT NULL, PRIMARY KEY (id_customer, id_group));
CREATE TABLE ps_customer_session (id_customer_session INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, id_customer INT UNSIGNED, token VARCHAR(40));
CREATE TABLE ps_orders (id_order INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, id_customer INT UNSIGNED NOT NULL);
CREATE TABLE ps_address (id_address INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, id_customer INT UNSIGNED NOT NULL DEFAULT 0, deleted TINYINT NOT NULL DEFAULT 0);
INSERT INTO ps_customer (id_gender, firstname, lastname, email, passwd, active, is_guest, deleted, date_add, date_upd, birthday) VALUES
  (2, 'Ada', 'Lovelace', 'Ada@example.com', '@bcrypt@', 1, 0, 0, '2020-02-03 04:05:06', '2020-02-03 04:05:06', '1990-12-10'),
  (0, 'Bob', 'B', 'bob@example.com', '@bcrypt@', 0, 0, 0, '2020-02-03 04:05:06', '2020-02-03 04:05:06', NULL),
  (0, 'Cyd', 'C', 'cyd@example.com', '@bcrypt@', 1, 1, 0, '2020-02-03 04:05:06', '2020-02-03 04:05:06', NULL),
  (0, 'Dee', 'D', 'dee@example.com', '@bcrypt@', 0, 0, 1, '2020-02-03 04:05:06', '2020-02-03 04:05:06', NULL);
INSERT INTO ps_customer_group VALUES (1, 3), (2, 3), (3, 2);
INSERT INTO ps_orders (id_customer) VALUES (1);
INSERT INTO ps_address (id_customer) VALUES (1);
