/* drivers/sql/schema.c - our own user table, for connections without a mapping; the files
 * in examples/schema/ are the same for readers, a test compares.  Threads: constant.
 */
#include "sql/schema.h"

#include <stddef.h>

static const char *const mysql[] = {
	"CREATE TABLE IF NOT EXISTS idbc_users ( "
	"id varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, "
	"email varchar(254), "
	"email_verified tinyint(1) NOT NULL DEFAULT 0, "
	"username varchar(190), "
	"phone_number varchar(64), "
	"phone_verified tinyint(1) NOT NULL DEFAULT 0, "
	"name varchar(300), "
	"given_name varchar(150), "
	"family_name varchar(150), "
	"nickname varchar(300), "
	"picture varchar(2048), "
	"password_hash varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, "
	"blocked tinyint(1) NOT NULL DEFAULT 0, "
	"created_at datetime(3), "
	"updated_at datetime(3), "
	"last_login datetime(3), "
	"last_ip varchar(64), "
	"logins_count bigint NOT NULL DEFAULT 0, "
	"PRIMARY KEY (id), "
	"UNIQUE KEY idbc_users_email (email), "
	"UNIQUE KEY idbc_users_username (username) "
	") ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci",
	NULL,
};

static const char *const sqlite[] = {
	"CREATE TABLE IF NOT EXISTS idbc_users ( "
	"id text NOT NULL PRIMARY KEY, "
	"email text, "
	"email_verified integer NOT NULL DEFAULT 0 CHECK (email_verified IN (0, 1)), "
	"username text, "
	"phone_number text, "
	"phone_verified integer NOT NULL DEFAULT 0 CHECK (phone_verified IN (0, 1)), "
	"name text, "
	"given_name text, "
	"family_name text, "
	"nickname text, "
	"picture text, "
	"password_hash varchar(255), "
	"blocked integer NOT NULL DEFAULT 0 CHECK (blocked IN (0, 1)), "
	"created_at text, "
	"updated_at text, "
	"last_login text, "
	"last_ip text, "
	"logins_count integer NOT NULL DEFAULT 0 "
	")",

	"CREATE UNIQUE INDEX IF NOT EXISTS idbc_users_email ON idbc_users (lower(email))",

	"CREATE UNIQUE INDEX IF NOT EXISTS idbc_users_username ON idbc_users (lower(username))",
	NULL,
};

const char *const *schema_statements(uint32_t dialect)
{
	return dialect == SQL_SQLITE ? sqlite : mysql;
}
