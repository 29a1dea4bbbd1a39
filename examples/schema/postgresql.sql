-- IDBC's own user table on PostgreSQL; `idbc check --create` makes it.
-- An address is one address in any case.  Metadata is json, not jsonb: numbers and the
-- order of members stay as they were given.
CREATE TABLE IF NOT EXISTS idbc_users (
	id text NOT NULL PRIMARY KEY,
	email text,
	email_verified boolean NOT NULL DEFAULT false,
	username text,
	phone_number text,
	phone_verified boolean NOT NULL DEFAULT false,
	name text,
	given_name text,
	family_name text,
	nickname text,
	picture text,
	password_hash varchar(255),
	blocked boolean NOT NULL DEFAULT false,
	created_at timestamptz,
	updated_at timestamptz,
	last_login timestamptz,
	last_ip text,
	logins_count bigint NOT NULL DEFAULT 0,
	user_metadata json,
	app_metadata json
);
CREATE UNIQUE INDEX IF NOT EXISTS idbc_users_email ON idbc_users (lower(email));
CREATE UNIQUE INDEX IF NOT EXISTS idbc_users_username ON idbc_users (lower(username));
