/* drivers/odbc/string.c - the connection string: what the configuration says, and what it
 * leaves to us.
 *
 * Values are quoted here, so that a password may hold ; { } @ or %.  The string holds the
 * password: it is wiped when freed.  Threads: any; no lock.
 */
#include "handles.h"
#include "sql/base/ascii.h"

#include <stdio.h>
#include <stdlib.h>

/* --- reading ------------------------------------------------------------------------- */

/* The end of one "key=value" at `at`; braces hide semicolons, }} is a brace. */
static const char *pair_end(const char *at)
{
	const char *value = strchr(at, '=');

	if (!value || value[1] != '{')
		return at + strcspn(at, ";");
	for (value += 2; *value; value++) {
		if (*value == '}' && value[1] == '}')
			value++;
		else if (*value == '}')
			break;
	}
	return value + strcspn(value, ";");
}

int od_string_has(const char *string, const char *key, char *value, size_t cap)
{
	size_t len = strlen(key);

	while (*string) {
		const char *end = pair_end(string), *at = string + strspn(string, " ;");

		if (ascii_begins(at, key) && at[len] == '=') {
			const char *text = at + len + 1;
			size_t n = (size_t)(end - text);

			if (n && *text == '{') {
				text++;
				n = n >= 2 ? n - 2 : 0;
			}
			if (value)
				snprintf(value, cap, "%.*s", (int)n, text);
			return 1;
		}
		string = *end ? end + 1 : end;
	}
	return 0;
}

int od_given(const struct od_instance *in, const char *key)
{
	if (in->string)
		return od_string_has(in->string, key, NULL, 0);
	for (size_t i = 0; i < in->attributes.n; i++)
		if (ascii_same(in->attributes.items[i], key))
			return 1;
	return 0;
}

/* --- writing ------------------------------------------------------------------------- */

static void put(struct od_text *t, const char *bytes, size_t len)
{
	if (t->len + len + 1 > t->cap) {
		size_t cap = (t->cap ? t->cap * 2 : 256) + len;
		char *grown = malloc(cap);

		if (!grown) {
			t->failed = 1;
			return;
		}
		if (t->ptr) {
			memcpy(grown, t->ptr, t->len);
			explicit_bzero(t->ptr, t->len);
		}
		free(t->ptr);
		t->ptr = grown;
		t->cap = cap;
	}
	memcpy(t->ptr + t->len, bytes, len);
	t->len += len;
	t->ptr[t->len] = '\0';
}

/* psqlodbc reads a bare value as a part of a URL. */
static int needs_quotes(const struct od_instance *in, const char *value, size_t len)
{
	const char *special = in->flavour == OD_POSTGRESQL ? ";{}%+" : ";{}";

	for (size_t i = 0; i < len; i++)
		if (strchr(special, value[i]))
			return 1;
	return len && (*value == ' ' || value[len - 1] == ' ');
}

static void put_quoted(struct od_text *t, const char *value, size_t len)
{
	put(t, "{", 1);
	for (size_t i = 0; i < len; i++)
		put(t, value[i] == '}' ? "}}" : &value[i], value[i] == '}' ? 2 : 1);
	put(t, "}", 1);
}

static void put_pair(const struct od_instance *in, struct od_text *t, const char *key,
		     const char *value, size_t len)
{
	put(t, key, strlen(key));
	put(t, "=", 1);
	if (needs_quotes(in, value, len))
		put_quoted(t, value, len);
	else
		put(t, value, len);
	put(t, ";", 1);
}

static void put_default(const struct od_instance *in, struct od_text *t, const char *key,
			const char *value)
{
	if (!od_given(in, key))
		put_pair(in, t, key, value, strlen(value));
}

static void put_number(const struct od_instance *in, struct od_text *t, const char *key,
		       long long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", value);
	put_default(in, t, key, text);
}

/* libpq's own options.  Those of the configuration come last: the last one counts.  A data
 * source may have some of its own, which ours would hide. */
static void put_libpq(struct od_text *t, const char *given, size_t len, int64_t wait_ms)
{
	char ours[160];
	struct od_text all = { NULL, 0, 0, 0 };

	snprintf(ours, sizeof(ours), "application_name=idbc keepalives_idle=60 "
		 "keepalives_interval=10 keepalives_count=3 tcp_user_timeout=%lld ",
		 (long long)wait_ms);
	put(&all, ours, strlen(ours));
	put(&all, given, len);
	if (!all.failed) {
		put(t, "pqopt=", 6);
		put_quoted(t, all.ptr, all.len);
		put(t, ";", 1);
	}
	t->failed |= all.failed;
	od_string_free(&all);
}

static void put_attribute(const struct od_instance *in, uint32_t server, struct od_text *t,
			  const char *name, int64_t wait_ms)
{
	struct idbc_str value = { NULL, 0 };
	char key[160], number[24];

	snprintf(key, sizeof(key), "attributes.%s", name);
	if (ascii_same(name, "Driver")) {
		put_pair(in, t, "Driver", in->driver, strlen(in->driver));
		return;
	}
	if (in->flavour == OD_SQLITE && ascii_same(name, "Database"))
		in->host->setting_path(in->settings, key, &value);
	else
		in->host->setting_str(in->settings, key, "", &value);
	if (od_hosts_key(in, name))
		value = od_hosts_item(in, value, server);
	if (in->flavour == OD_MARIADB && ascii_same(name, "OPTION") && value.ptr) {
		snprintf(number, sizeof(number), "%ld", strtol(value.ptr, NULL, 10) | 2);
		value = (struct idbc_str){ number, strlen(number) };
	}
	if (in->flavour == OD_POSTGRESQL && ascii_same(name, "pqopt") && value.ptr)
		put_libpq(t, value.ptr, value.len, wait_ms);
	else if (value.ptr)
		put_pair(in, t, name, value.ptr, value.len);
}

static void sqlite_defaults(const struct od_instance *in, int create, struct od_text *t)
{
	put_default(in, t, "NoCreat", create ? "0" : "1");
	put_default(in, t, "FKSupport", "1");
	put_default(in, t, "JournalMode", "WAL");
	put_default(in, t, "SyncPragma", "FULL");
}

/* OPTION=2: matched rows are counted, not changed ones. */
static void mariadb_defaults(const struct od_instance *in, unsigned connect_s,
			     int64_t wait_ms, struct od_text *t)
{
	long long wait_s = (wait_ms + 999) / 1000;

	put_default(in, t, "OPTION", "2");
	put_default(in, t, "CHARSET", "utf8mb4");
	put_number(in, t, "CONN_TIMEOUT", connect_s);
	put_number(in, t, "READ_TIMEOUT", wait_s);
	put_number(in, t, "WRITE_TIMEOUT", wait_s);
}

/* Statements are prepared by the server, which then knows the types of their arguments;
 * values go and come as they are; an error leaves the transaction to us. */
static void postgres_defaults(const struct od_instance *in, int64_t wait_ms, struct od_text *t)
{
	static const char *const pairs[][2] = {
		{ "UseServerSidePrepare", "1" }, { "Protocol", "7.4-0" },
		{ "UseDeclareFetch", "0" }, { "BoolsAsChar", "0" }, { "TrueIsMinus1", "0" },
		{ "ByteaAsLongVarBinary", "1" }, { "LFConversion", "0" }, { "Parse", "0" },
		{ "Debug", "0" }, { "CommLog", "0" },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		put_default(in, t, pairs[i][0], pairs[i][1]);
	if (!in->dsn && !od_given(in, "pqopt") && !od_given(in, "DSN"))
		put_libpq(t, "", 0, wait_ms);
}

static void put_login(const struct od_instance *in, struct od_text *t)
{
	struct idbc_str value;

	if (in->host->setting_str(in->settings, "user", NULL, &value) == 1)
		put_pair(in, t, "UID", value.ptr, value.len);
	if (in->host->setting_str(in->settings, "password", NULL, &value) == 1)
		put_pair(in, t, "PWD", value.ptr, value.len);
}

/* An interrupt ends only one of the waits in which SQLite's driver waits for a lock: so it is
 * to have next to no patience (0 would mean a quarter of an hour), whatever else is given, since
 * the first counts; od_run() asks again until the deadline. */
int od_string_build(const struct od_instance *in, int create, uint32_t server,
		    unsigned connect_s, int64_t wait_ms, struct od_text *t)
{
	if (in->flavour == OD_SQLITE)
		put_pair(in, t, "Timeout", "1", 1);
	if (in->dsn)
		put_pair(in, t, "DSN", in->dsn, strlen(in->dsn));
	if (in->string) {
		put(t, in->string, strlen(in->string));
		put(t, ";", 1);
	}
	for (size_t i = 0; i < in->attributes.n; i++)
		put_attribute(in, server, t, in->attributes.items[i], wait_ms);
	if (in->flavour == OD_SQLITE)
		sqlite_defaults(in, create, t);
	else
		put_login(in, t);
	if (in->flavour == OD_MARIADB)
		mariadb_defaults(in, connect_s, wait_ms, t);
	else if (in->flavour == OD_POSTGRESQL)
		postgres_defaults(in, wait_ms, t);
	else if (in->flavour == OD_MSSQL)
		put_default(in, t, "ClientCharset", "UTF-8");
	return t->failed ? -1 : 0;
}

void od_string_free(struct od_text *t)
{
	if (t->ptr)
		explicit_bzero(t->ptr, t->cap);
	free(t->ptr);
	memset(t, 0, sizeof(*t));
}
