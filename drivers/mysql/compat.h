/* drivers/mysql/compat.h - where Oracle's libmysqlclient and MariaDB's Connector/C differ.
 *
 * Everything else in this room is written against what both offer.  Connector/C calls
 * itself LIBMARIADB; its TLS options say less than Oracle's one SSL_MODE, so the caller
 * looks at the cipher after connecting, whatever was asked here.
 */
#ifndef DRIVERS_MYSQL_COMPAT_H
#define DRIVERS_MYSQL_COMPAT_H

#include <mysql.h>
#include <stdbool.h>
#include <string.h>

enum tls_mode { TLS_OFF, TLS_REQUIRED, TLS_VERIFY_CA, TLS_VERIFY_IDENTITY };

#ifdef LIBMARIADB

typedef my_bool compat_bool;

static inline int compat_socket(MYSQL *mysql)
{
	return mysql_get_socket(mysql);
}

static inline void compat_tls_mode(MYSQL *mysql, enum tls_mode mode)
{
	my_bool on = mode != TLS_OFF, verify = mode == TLS_VERIFY_IDENTITY;

	mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &on);
	mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
}

/* A server that is not known to be ours must not talk us into sending the password
 * itself (mysql_clear_password, dialog). */
static inline void compat_unverified(MYSQL *mysql, int loopback)
{
	(void)loopback;
#if MARIADB_PACKAGE_VERSION_ID >= 30300
	mysql_options(mysql, MARIADB_OPT_RESTRICTED_AUTH,
		      "mysql_native_password,client_ed25519,parsec,caching_sha2_password,"
		      "sha256_password,auth_gssapi_client");
#else
	(void)mysql;
#endif
}


#else

typedef bool compat_bool;

static inline int compat_socket(MYSQL *mysql)
{
	return (int)mysql->net.fd;
}

static inline void compat_tls_mode(MYSQL *mysql, enum tls_mode mode)
{
	static const unsigned modes[] = {
		SSL_MODE_DISABLED, SSL_MODE_REQUIRED, SSL_MODE_VERIFY_CA, SSL_MODE_VERIFY_IDENTITY,
	};

	mysql_options(mysql, MYSQL_OPT_SSL_MODE, &modes[mode]);
}

/* The clear text plugin is off unless asked for.  The server's public key is taken from
 * the server itself only where nobody can stand between. */
static inline void compat_unverified(MYSQL *mysql, int loopback)
{
	bool fetch = loopback != 0;

	mysql_options(mysql, MYSQL_OPT_GET_SERVER_PUBLIC_KEY, &fetch);
}

#endif

static inline int compat_is_mariadb(MYSQL *mysql)
{
	const char *version = mysql_get_server_info(mysql);

	return version && strstr(version, "MariaDB") != NULL;
}

#endif
