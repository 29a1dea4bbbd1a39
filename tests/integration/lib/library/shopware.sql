CREATE TABLE customer (
  id BINARY(16) NOT NULL PRIMARY KEY, auto_increment BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE, customer_group_id BINARY(16) NOT NULL, sales_channel_id BINARY(16) NOT NULL,
  language_id BINARY(16) NOT NULL, default_billing_address_id BINARY(16) NOT NULL, default_shipping_address_id BINARY(16) NOT NULL, customer_number VARCHAR(255) NOT NULL,
  first_name VARCHAR(255) NOT NULL, last_name VARCHAR(255) NOT NULL, company VARCHAR(255), email VARCHAR(254) NOT NULL, password VARCHAR(1024), legacy_password VARCHAR(255),
  legacy_encoder VARCHAR(255), active TINYINT(1) NOT NULL DEFAULT 1, guest TINYINT(1) NOT NULL DEFAULT 0, last_login DATETIME(3), birthday DATE, custom_fields JSON,
  created_at DATETIME(3) NOT NULL, updated_at DATETIME(3), KEY (email)) COLLATE utf8mb4_unicode_ci;
INSERT INTO customer (id, customer_group_id, sales_channel_id, language_id, default_billing_address_id, default_shipping_address_id, customer_number, first_name, last_name, email,
  password, legacy_password, legacy_encoder, active, guest, birthday, custom_fields, created_at) VALUES
  (UNHEX('0189AB00000070008000000000000001'), '', '', '', '', '', '10000', 'Ada', 'Lovelace', 'Ada@example.com', '@bcrypt@', NULL, NULL, 1, 0, '1990-12-10', '{"size":"XL"}', '2020-02-03 04:05:06.789'),
  (UNHEX('0189AB00000070008000000000000002'), '', '', '', '', '', '10001', 'Bob', 'B', 'bob@example.com', '@bcrypt@', NULL, NULL, 0, 0, NULL, NULL, '2020-02-03 04:05:06.789'),
  (UNHEX('0189AB00000070008000000000000003'), '', '', '', '', '', '10002', 'Cyd', 'C', 'cyd@example.com', NULL, 'x', 'Md5', 1, 0, NULL, NULL, '2020-02-03 04:05:06.789'),
  (UNHEX('0189AB00000070008000000000000004'), '', '', '', '', '', '10003', 'Dee', 'D', 'dee@example.com', NULL, NULL, NULL, 1, 1, NULL, NULL, '2020-02-03 04:05:06.789');
