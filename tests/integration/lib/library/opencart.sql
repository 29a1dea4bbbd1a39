CREATE TABLE oc_customer (
  customer_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_group_id INT NOT NULL, store_id INT NOT NULL DEFAULT 0, language_id INT NOT NULL,
  firstname VARCHAR(32) NOT NULL, lastname VARCHAR(32) NOT NULL, email VARCHAR(96) NOT NULL, telephone VARCHAR(32) NOT NULL, fax VARCHAR(32) NOT NULL,
  password VARCHAR(40) NOT NULL, salt VARCHAR(9) NOT NULL, cart TEXT, wishlist TEXT, newsletter TINYINT(1) NOT NULL DEFAULT 0, address_id INT NOT NULL DEFAULT 0,
  custom_field TEXT NOT NULL, ip VARCHAR(40) NOT NULL, status TINYINT(1) NOT NULL, safe TINYINT(1) NOT NULL, token TEXT NOT NULL, code VARCHAR(40) NOT NULL,
  date_added DATETIME NOT NULL) COLLATE utf8mb4_general_ci;
CREATE TABLE oc_customer_login (customer_login_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, email VARCHAR(96) NOT NULL, ip VARCHAR(40) NOT NULL);
CREATE TABLE oc_address (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE oc_customer_activity (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE oc_customer_history (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE oc_customer_ip (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE oc_customer_reward (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE oc_customer_transaction (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_id INT UNSIGNED NOT NULL DEFAULT 0);
CREATE TABLE oc_customer_wishlist (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_id INT UNSIGNED NOT NULL DEFAULT 0);
INSERT INTO oc_customer (customer_group_id, language_id, firstname, lastname, email, telephone, fax, password, salt, custom_field, ip, status, safe, token, code, date_added) VALUES
  (1, 1, 'Ada', 'Lovelace', 'Ada@example.com', '+49 30 1234567', '', '@opencart@', 'ocsalt123', '', '192.0.2.1', 1, 0, '', '', '2020-02-03 04:05:06'),
  (1, 1, 'Bob', 'B', 'bob@example.com', '', '', '@opencart@', 'ocsalt123', '', '', 0, 0, '', '', '2020-02-03 04:05:06'),
  (1, 1, 'Cyd', 'C', 'cyd@example.com', '', '', '@md5@', '', '', '', 1, 0, '', '', '2020-02-03 04:05:06');
INSERT INTO oc_address (customer_id) VALUES (1);
