-- IDBC's own user table on SQLite; `idbc check --create` makes it.
-- Times are UTC text, flags 0 or 1, metadata JSON.  An address is one address in any case.
CREATE TABLE IF NOT EXISTS idbc_users (
	id text NOT NULL PRIMARY KEY,
	email text,
	email_verified integer NOT NULL DEFAULT 0 CHECK (email_verified IN (0, 1)),
	username text,
	phone_number text,
	phone_verified integer NOT NULL DEFAULT 0 CHECK (phone_verified IN (0, 1)),
	name text,
	given_name text,
	family_name text,
	nickname text,
	picture text,
	password_hash varchar(255),
	blocked integer NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1)),
	created_at text,
	updated_at text,
	last_login text,
	last_ip text,
	logins_count integer NOT NULL DEFAULT 0,
	user_metadata text,
	app_metadata text
);
CREATE UNIQUE INDEX IF NOT EXISTS idbc_users_email ON idbc_users (lower(email));
CREATE UNIQUE INDEX IF NOT EXISTS idbc_users_username ON idbc_users (lower(username));
