/* drivers/mysql/options.c - what the configuration says about reaching the server.
 *
 * Every mistake is a finding; nothing is connected to.  The password is not kept: it is
 * asked for again at each connect, because a {"file"} may have changed meanwhile.
 * Threads: one.
 */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include "sql/base/option.h"

#define DEFAULT_PORT 3306u
#define MAX_HOSTS 64u

static char *path_option(struct option_reader *r, const char *key)
{
	struct idbc_str path = { NULL, 0 };
	char *copy;

	if (r->host->setting_path(r->settings, key, &path) != 1 || !path.ptr)
		return NULL;
	copy = strndup(path.ptr, path.len);
	if (!copy)
		r->nomem = 1;
	return copy;
}

int my_host_is_local(const struct my_host *host)
{
	return !host->name || !strcmp(host->name, "localhost") ||
	       !strncmp(host->name, "127.", 4) || !strcmp(host->name, "::1");
}

/* "db1", "db1:3307", "[::1]:3307", "::1" */
static int host_parse(const char *text, struct my_host *out)
{
	const char *colon = strrchr(text, ':'), *end = text + strlen(text);
	unsigned long port = DEFAULT_PORT;
	char *rest = NULL;

	if (*text == '[') {
		end = strchr(++text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return -1;
		colon = end[1] ? end + 1 : NULL;
	} else if (colon && strchr(text, ':') != colon) {
		colon = NULL;
	} else if (colon) {
		end = colon;
	}
	if (colon) {
		port = strtoul(colon + 1, &rest, 10);
		if (!colon[1] || *rest || port < 1 || port > 65535)
			return -1;
	}
	if (end == text || memchr(text, ',', (size_t)(end - text)))
		return -1;
	out->name = strndup(text, (size_t)(end - text));
	out->port = (unsigned)port;
	return 0;
}

static void read_hosts(struct option_reader *r, const struct option_list *list,
		       struct my_instance *in)
{
	in->hosts = calloc(list->n, sizeof(*in->hosts));
	if (!in->hosts) {
		r->nomem = 1;
		return;
	}
	for (size_t i = 0; i < list->n; i++) {
		if (host_parse(list->items[i], &in->hosts[i]))
			option_wrong(r, "bad-value", "options.hosts", "an entry is no host:port",
			      "write \"db1.example.com:3306\"");
		else if (!in->hosts[i].name)
			r->nomem = 1;
	}
	in->nhosts = list->n;
	if (list->n > MAX_HOSTS)
		option_wrong(r, "bad-value", "options.hosts", "there are too many", "64 at most");
	else if (list->n > 1 && !(in->memory = hosts_memory(list->n)))
		r->nomem = 1;
}

/* One server: by name, or by socket.  "localhost" without a port is the client library's
 * own socket, as everywhere with this database. */
static void read_host(struct option_reader *r, struct my_instance *in)
{
	int64_t port = 0;
	int has_port = r->host->setting_i64(r->settings, "port", 0, &port) == 1;

	in->hosts = calloc(1, sizeof(*in->hosts));
	if (!in->hosts) {
		r->nomem = 1;
		return;
	}
	in->nhosts = 1;
	in->hosts[0].name = option_text(r, "host");
	in->hosts[0].port = has_port ? (unsigned)port : 0;
	if (has_port && (port < 1 || port > 65535))
		option_wrong(r, "bad-value", "options.port", "a port is 1 to 65535", "");
	if (in->hosts[0].name && strchr(in->hosts[0].name, ','))
		option_wrong(r, "bad-value", "options.host", "this is one host",
		      "name several in \"hosts\"");
	if (has_port && !in->hosts[0].name && !(in->hosts[0].name = strdup("127.0.0.1")))
		r->nomem = 1;
}

/* Both are asked for, so that neither counts as an option that nobody knows. */
static int names_one_server(struct option_reader *r)
{
	struct idbc_str host;
	int64_t port;
	int by_name = r->host->setting_str(r->settings, "host", NULL, &host) == 1;

	return r->host->setting_i64(r->settings, "port", 0, &port) == 1 || by_name;
}

static void read_servers(struct option_reader *r, struct my_instance *in)
{
	struct option_list list = { NULL, 0 };
	int found = option_list(r->host, r->settings, "hosts", &list);

	in->socket = path_option(r, "socket");
	r->nomem |= found == OPTION_NOMEM;
	if (found == -1 || (found == 1 && !list.n))
		option_wrong(r, "wrong-type", "options.hosts", "a list of \"host:port\" is wanted", "");
	if (found == 1 && list.n)
		read_hosts(r, &list, in);
	else
		read_host(r, in);
	if (found == 1 && (names_one_server(r) || in->socket))
		option_wrong(r, "bad-combination", "options.hosts",
		      "\"hosts\" stands for \"host\", \"port\" and \"socket\"", "keep one of them");
	else if (in->socket && in->nhosts && in->hosts[0].name)
		option_wrong(r, "bad-combination", "options.socket",
		      "a socket and a host are both given", "keep one of them");
	option_list_free(&list);
}

static int tls_mode(const char *name, uint32_t *mode)
{
	static const char *const names[] = { "off", "required", "verify_ca", "verify_identity" };

	for (uint32_t i = 0; i < 4; i++) {
		if (!strcmp(name, names[i])) {
			*mode = i;
			return 0;
		}
	}
	return -1;
}

static void read_tls(struct option_reader *r, struct my_tls *tls)
{
	char *mode = option_text(r, "tls.mode");

	tls->ca = path_option(r, "tls.ca");
	tls->cert = path_option(r, "tls.cert");
	tls->key = path_option(r, "tls.key");
	tls->mode = TLS_VERIFY_IDENTITY;
	tls->chosen = mode || tls->ca || tls->cert || tls->key;
	if (mode && tls_mode(mode, &tls->mode))
		option_wrong(r, "bad-value", "options.tls.mode", "no such mode of TLS",
		      "off, required, verify_ca or verify_identity");
	if (tls->mode == TLS_VERIFY_CA && !tls->ca)
		option_wrong(r, "missing-key", "options.tls.ca",
		      "verify_ca needs the certificate of the authority", "name its file");
	if (!tls->cert != !tls->key)
		option_wrong(r, "missing-key", tls->cert ? "options.tls.key" : "options.tls.cert",
		      "a certificate and its key go together", "");
	free(mode);
}

static void read_reads(struct option_reader *r, struct my_instance *in)
{
	char *word = option_text(r, "cluster_reads");

	in->reads_chosen = word != NULL;
	in->reads = in->nhosts > 1 ? MY_READS_CURRENT : MY_READS_LOCAL;
	if (word && !strcmp(word, "current"))
		in->reads = MY_READS_CURRENT;
	else if (word && !strcmp(word, "local"))
		in->reads = MY_READS_LOCAL;
	else if (word)
		option_wrong(r, "bad-value", "options.cluster_reads", "no such way to read",
		      "current or local");
	free(word);
}

static void read_all(struct option_reader *r, struct my_instance *in)
{
	struct idbc_str password;

	in->host = r->host;
	in->settings = r->settings;
	read_servers(r, in);
	read_reads(r, in);
	read_tls(r, &in->tls);
	in->user = option_text(r, "user");
	in->database = option_text(r, "database");
	r->host->setting_str(r->settings, "password", NULL, &password);
	r->host->setting_i64(r->settings, "idbc.timeout_ms", 20000, &in->timeout_ms);
	if (!in->database)
		option_wrong(r, "missing-key", "options.database", "no database is named", "");
}

int my_options_read(const struct idbc_host *host, const struct idbc_settings *settings,
		    struct idbc_findings *findings, struct my_instance **out,
		    struct idbc_error *err)
{
	struct option_reader r = { host, settings, findings, 0, 0 };
	struct my_instance *in = calloc(1, sizeof(*in));

	if (!in)
		return host->fail(host, err, IDBC_NOMEM, "", "no memory for the options");
	read_all(&r, in);
	if (r.wrong || r.nomem) {
		my_options_free(in);
		return host->fail(host, err, r.nomem ? IDBC_NOMEM : IDBC_CONFIG, "",
				  r.nomem ? "no memory for the options" : "options are wrong");
	}
	*out = in;
	return IDBC_OK;
}

void my_options_free(struct my_instance *in)
{
	if (!in)
		return;
	for (size_t i = 0; i < in->nhosts; i++)
		free(in->hosts[i].name);
	free(in->hosts);
	hosts_forget(in->memory);
	free(in->socket);
	free(in->user);
	free(in->database);
	free(in->tls.ca);
	free(in->tls.cert);
	free(in->tls.key);
	free(in);
}
