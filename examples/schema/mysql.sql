-- IDBC's own user table on MariaDB and MySQL; `idbc check --create` makes it.
-- Times are UTC.  The collation makes an address one address in any case; it also makes
-- zoe and zoé one, so the two cannot both sign up.  Ids are compared byte by byte.
CREATE TABLE IF NOT EXISTS idbc_users (
	id varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
	email varchar(254),
	email_verified tinyint(1) NOT NULL DEFAULT 0,
	username varchar(190),
	phone_number varchar(64),
	phone_verified tinyint(1) NOT NULL DEFAULT 0,
	name varchar(300),
	given_name varchar(150),
	family_name varchar(150),
	nickname varchar(300),
	picture varchar(2048),
	password_hash varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
	blocked tinyint(1) NOT NULL DEFAULT 0,
	created_at datetime(3),
	updated_at datetime(3),
	last_login datetime(3),
	last_ip varchar(64),
	logins_count bigint NOT NULL DEFAULT 0,
	user_metadata json,
	app_metadata json,
	PRIMARY KEY (id),
	UNIQUE KEY idbc_users_email (email),
	UNIQUE KEY idbc_users_username (username)
) ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
