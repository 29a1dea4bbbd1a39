/* drivers/odbc/string.c - the connection string: what the configuration says, and what it
 * leaves to us.
 *
 * Values are quoted here, so that a password may hold ; { } @ or %.  The string holds the
 * password: it is wiped when freed.  Threads: any; no lock.
 */
#include "handles.h"
#include "sql/ascii.h"

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

static int needs_quotes(const char *value, size_t len)
{
	if (!len)
		return 0;
	return memchr(value, ';', len) || memchr(value, '{', len) || memchr(value, '}', len) ||
	       *value == ' ' || value[len - 1] == ' ';
}

static void put_quoted(struct od_text *t, const char *value, size_t len)
{
	put(t, "{", 1);
	for (size_t i = 0; i < len; i++)
		put(t, value[i] == '}' ? "}}" : &value[i], value[i] == '}' ? 2 : 1);
	put(t, "}", 1);
}

static void put_pair(struct od_text *t, const char *key, const char *value, size_t len)
{
	put(t, key, strlen(key));
	put(t, "=", 1);
	if (needs_quotes(value, len))
		put_quoted(t, value, len);
	else
		put(t, value, len);
	put(t, ";", 1);
}

static void put_default(const struct od_instance *in, struct od_text *t, const char *key,
			const char *value)
{
	if (!od_given(in, key))
		put_pair(t, key, value, strlen(value));
}

static void put_number(const struct od_instance *in, struct od_text *t, const char *key,
		       long long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", value);
	put_default(in, t, key, text);
}

static void put_attribute(const struct od_instance *in, struct od_text *t, const char *name)
{
	struct idbc_str value = { NULL, 0 };
	char key[160], number[24];

	snprintf(key, sizeof(key), "attributes.%s", name);
	if (ascii_same(name, "Driver")) {
		put_pair(t, "Driver", in->driver, strlen(in->driver));
		return;
	}
	if (in->flavour == OD_SQLITE && ascii_same(name, "Database"))
		in->host->setting_path(in->settings, key, &value);
	else
		in->host->setting_str(in->settings, key, "", &value);
	if (in->flavour == OD_MARIADB && ascii_same(name, "OPTION") && value.ptr) {
		snprintf(number, sizeof(number), "%ld", strtol(value.ptr, NULL, 10) | 2);
		value = (struct idbc_str){ number, strlen(number) };
	}
	if (value.ptr)
		put_pair(t, name, value.ptr, value.len);
}

/* The driver waits for a lock in short steps; od_run() asks again until the deadline. */
static void sqlite_defaults(const struct od_instance *in, int create, struct od_text *t)
{
	put_default(in, t, "NoCreat", create ? "0" : "1");
	put_default(in, t, "FKSupport", "1");
	put_default(in, t, "JournalMode", "WAL");
	put_default(in, t, "SyncPragma", "FULL");
	put_default(in, t, "Timeout", "20");
}

/* OPTION=2: matched rows are counted, not changed ones. */
static void mariadb_defaults(const struct od_instance *in, unsigned connect_s,
			     struct od_text *t)
{
	long long wait_s = (in->timeout_ms + 999) / 1000;

	put_default(in, t, "OPTION", "2");
	put_default(in, t, "CHARSET", "utf8mb4");
	put_number(in, t, "CONN_TIMEOUT", connect_s);
	put_number(in, t, "READ_TIMEOUT", wait_s);
	put_number(in, t, "WRITE_TIMEOUT", wait_s);
}

static void put_login(const struct od_instance *in, struct od_text *t)
{
	struct idbc_str value;

	if (in->host->setting_str(in->settings, "user", NULL, &value) == 1)
		put_pair(t, "UID", value.ptr, value.len);
	if (in->host->setting_str(in->settings, "password", NULL, &value) == 1)
		put_pair(t, "PWD", value.ptr, value.len);
}

int od_string_build(const struct od_instance *in, int create, unsigned connect_s,
		    struct od_text *t)
{
	if (in->dsn)
		put_pair(t, "DSN", in->dsn, strlen(in->dsn));
	if (in->string) {
		put(t, in->string, strlen(in->string));
		put(t, ";", 1);
	}
	for (size_t i = 0; i < in->attributes.n; i++)
		put_attribute(in, t, in->attributes.items[i]);
	if (in->flavour == OD_SQLITE)
		sqlite_defaults(in, create, t);
	else
		put_login(in, t);
	if (in->flavour == OD_MARIADB)
		mariadb_defaults(in, connect_s, t);
	return t->failed ? -1 : 0;
}

void od_string_free(struct od_text *t)
{
	if (t->ptr)
		explicit_bzero(t->ptr, t->cap);
	free(t->ptr);
	memset(t, 0, sizeof(*t));
}
