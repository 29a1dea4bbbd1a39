/* drivers/odbc/options.c - what the configuration says about reaching the store.
 *
 * Exactly one of "dsn", "attributes" and "connection_string".  Every mistake is a finding;
 * nothing is connected to.  Values of attributes and the password are asked for again at
 * each connect.  Threads: one.
 */
#include "handles.h"
#include "sql/base/ascii.h"

#include <stdio.h>
#include <stdlib.h>

struct reader {
	struct option_reader options;
	struct od_instance *in;
};

static void read_driver(struct reader *r)
{
	struct od_instance *in = r->in;
	char *path;

	in->driver = option_text(&r->options, "attributes.Driver");
	if (!in->driver) {
		option_wrong(&r->options, "missing-key", "options.attributes.Driver",
			     "no driver is named",
			     "for example \"SQLite3\"");
		return;
	}
	in->flavour = od_driver_flavour(in->driver);
	path = od_driver_find(in->env, in->driver);
	if (path) {
		free(in->driver);
		in->driver = path;
	} else if (!od_driver_there(in->env, in->driver)) {
		option_wrong(&r->options, "odbc-driver-not-found", "options.attributes.Driver",
			     "no ODBC driver of this name is installed, or no such file",
			     "install its package, or give the path of its library");
	}
}

/* libsqliteodbc knows no quotes. */
static void check_sqlite(struct reader *r, const char *name)
{
	char key[128];
	struct idbc_str value = { NULL, 0 };

	snprintf(key, sizeof(key), "attributes.%s", name);
	r->options.host->setting_str(r->options.settings, key, NULL, &value);
	if (value.ptr && (memchr(value.ptr, ';', value.len) || (value.len && *value.ptr == '{'))) {
		snprintf(key, sizeof(key), "options.attributes.%s", name);
		option_wrong(&r->options, "bad-value", key, "this driver takes no ; and no leading {",
			     "use another name");
	}
}

static void read_attributes(struct reader *r)
{
	struct od_instance *in = r->in;

	read_driver(r);
	for (size_t i = 0; i < in->attributes.n; i++) {
		const char *name = in->attributes.items[i];

		if (!*name || strpbrk(name, ";={}"))
			option_wrong(&r->options, "bad-value", "options.attributes",
				     "a name with ; = { or } in it", "");
		else if (in->flavour == OD_SQLITE)
			check_sqlite(r, name);
	}
	if (!od_hosts_fit(in))
		option_wrong(&r->options, "bad-value", "options.attributes.Port",
			     "neither one port nor one for each server",
			     "name as many ports as servers, in their order");
	if (in->flavour == OD_SQLITE && !od_given(in, "Database"))
		option_wrong(&r->options, "missing-key", "options.attributes.Database",
			     "no file is named", "");
}

static void warn_of_log(struct reader *r, const char *key)
{
	r->options.findings->add(r->options.findings, IDBC_WARNING, "driver-log", key,
				 "a log of the ODBC driver holds the password of the connection, "
				 "and may hold those of users", "leave CommLog and Debug out");
}

/* psqlodbc's logs: who asks for one may have it, and is told. */
static void check_logs(struct reader *r)
{
	static const char *const names[] = { "CommLog", "Debug" };
	const struct od_instance *in = r->in;
	char value[8], key[160];
	struct idbc_str text;

	for (size_t i = 0; i < 2 && in->string; i++)
		if (od_string_has(in->string, names[i], value, sizeof(value)) && strcmp(value, "0"))
			warn_of_log(r, "options.connection_string");
	for (size_t i = 0; i < in->attributes.n; i++) {
		const char *name = in->attributes.items[i];

		if (!ascii_same(name, names[0]) && !ascii_same(name, names[1]))
			continue;
		snprintf(key, sizeof(key), "options.attributes.%s", name);
		if (r->options.host->setting_str(r->options.settings, key + strlen("options."), NULL,
						 &text) == 1 && (text.len != 1 || *text.ptr != '0'))
			warn_of_log(r, key);
	}
}

static void dsn_flavour(struct od_instance *in)
{
	SQLCHAR name[256], driver[256];
	SQLSMALLINT name_len, driver_len;
	SQLUSMALLINT direction = SQL_FETCH_FIRST;

	while (SQL_SUCCEEDED(SQLDataSources(in->env, direction, name, sizeof(name), &name_len,
					    driver, sizeof(driver), &driver_len))) {
		if (ascii_same((char *)name, in->dsn)) {
			in->flavour = od_driver_flavour((char *)driver);
			return;
		}
		direction = SQL_FETCH_NEXT;
	}
}

static void string_flavour(struct od_instance *in)
{
	char name[512];

	if (od_string_has(in->string, "Driver", name, sizeof(name))) {
		in->flavour = od_driver_flavour(name);
	} else if (od_string_has(in->string, "DSN", name, sizeof(name))) {
		in->dsn = name;
		dsn_flavour(in);
		in->dsn = NULL;
	}
}

static void read_source(struct reader *r)
{
	struct od_instance *in = r->in;
	int has = option_members(in->host, in->settings, "attributes", &in->attributes);

	in->dsn = option_text(&r->options, "dsn");
	in->string = option_text(&r->options, "connection_string");
	if (has == OPTION_NOMEM) {
		r->options.nomem = 1;
		return;
	}
	if (has < 0) {
		option_wrong(&r->options, "wrong-type", "options.attributes",
			     "an object of strings is wanted", "");
		return;
	}
	if ((has == 1) + (in->dsn != NULL) + (in->string != NULL) != 1)
		option_wrong(&r->options,
			     has || in->dsn || in->string ? "bad-combination" : "missing-key",
			     "options", "exactly one of dsn, attributes and connection_string is wanted",
			     "");
	else if (has == 1)
		read_attributes(r);
	else if (in->dsn)
		dsn_flavour(in);
	else
		string_flavour(in);
	if (in->flavour == OD_POSTGRESQL)
		check_logs(r);
}

static void read_all(struct reader *r)
{
	struct od_instance *in = r->in;
	struct idbc_str asked;
	int init;

	read_source(r);
	in->host->setting_str(in->settings, "user", NULL, &asked);
	in->host->setting_str(in->settings, "password", NULL, &asked);
	init = option_list(in->host, in->settings, "init", &in->init);
	r->options.nomem |= init == OPTION_NOMEM;
	if (init == -1)
		option_wrong(&r->options, "wrong-type", "options.init",
			     "a list of statements is wanted", "");
	in->host->setting_bool(in->settings, "standby", 0, &in->standby);
	in->host->setting_i64(in->settings, "idbc.timeout_ms", 20000, &in->timeout_ms);
}

static int environment(struct od_instance *in)
{
	if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_ENV, SQL_NULL_HANDLE, &in->env)))
		return -1;
	if (!SQL_SUCCEEDED(SQLSetEnvAttr(in->env, SQL_ATTR_ODBC_VERSION, (void *)SQL_OV_ODBC3, 0)))
		return -1;
	/* The connector pools; the driver manager's own pool must not.  Not all know this. */
	SQLSetEnvAttr(in->env, SQL_ATTR_CONNECTION_POOLING, (void *)SQL_CP_OFF, 0);
	return 0;
}

int od_open(const struct idbc_host *host, const struct idbc_settings *settings,
	    struct idbc_findings *findings, void **instance, struct idbc_error *err)
{
	struct od_instance *in = calloc(1, sizeof(*in));
	struct reader r = { { host, settings, findings, 0, 0 }, in };

	if (!in || od_finding_init(&in->finding)) {
		free(in);
		return host->fail(host, err, IDBC_NOMEM, "", "no memory for the options");
	}
	od_restore_init(&in->restore);
	in->host = host;
	in->settings = settings;
	in->hosts = od_hosts_new();
	if (!in->hosts || environment(in)) {
		od_close(in);
		return host->fail(host, err, IDBC_NOMEM, "", "no ODBC environment");
	}
	read_all(&r);
	if (r.options.wrong || r.options.nomem) {
		od_close(in);
		return host->fail(host, err, r.options.nomem ? IDBC_NOMEM : IDBC_CONFIG, "",
				  r.options.nomem ? "no memory for the options" : "options are wrong");
	}
	*instance = in;
	return IDBC_OK;
}

void od_close(void *instance)
{
	struct od_instance *in = instance;

	if (in->env)
		SQLFreeHandle(SQL_HANDLE_ENV, in->env);
	od_finding_wipe(&in->finding);
	od_restore_wipe(&in->restore);
	od_hosts_free(in->hosts);
	option_list_free(&in->attributes);
	option_list_free(&in->init);
	free(in->driver);
	free(in->dsn);
	free(in->string);
	free(in);
}
