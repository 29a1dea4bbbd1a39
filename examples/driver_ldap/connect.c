/* connect.c - connections to the directory: options set on the handle alone, so that neither
 * the process's environment nor another user of libldap changes what is verified; TLS; the
 * service account's bind.
 *
 * Threads: the session's own, but session_interrupt().
 */
#include "ldap_driver.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)

struct dial {                   /* one attempt to reach one server */
	struct session *s;
	const char *uri;
	int64_t deadline_ns;
	int local, tls, socket;
};

static int unavailable(const struct dial *d, int code, const char *what, struct idbc_error *err)
{
	const struct idbc_host *host = d->s->host;

	err->native = code;
	if (host->now_ns() >= d->deadline_ns)
		return host->fail(host, err, IDBC_TIMEOUT, "", "%s: no answer in time", what);
	return host->fail(host, err, IDBC_UNAVAILABLE, "", "%s: %s", what, ldap_err2string(code));
}

static int is_local(const char *host)
{
	return !host || !*host || !strcasecmp(host, "localhost") || !strcmp(host, "::1") ||
	       !strncmp(host, "127.", 4);
}

static int dial_read(struct dial *d, struct idbc_error *err)
{
	LDAPURLDesc *url = NULL;

	if (ldap_url_parse(d->uri, &url) != LDAP_URL_SUCCESS)
		return unavailable(d, LDAP_PARAM_ERROR, "no address of a directory", err);
	d->socket = !strcasecmp(url->lud_scheme, "ldapi");
	d->tls = !strcasecmp(url->lud_scheme, "ldaps");
	d->local = d->socket || is_local(url->lud_host);
	ldap_free_urldesc(url);
	return IDBC_OK;
}

static int set_tls(LDAP *ld, const struct instance *in)
{
	int demand = in->verify ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER;
	int oldest = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, client = 0;
	int rc = ldap_set_option(ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);

	rc |= ldap_set_option(ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &oldest);
	if (in->ca)
		rc |= ldap_set_option(ld, LDAP_OPT_X_TLS_CACERTFILE, in->ca);
	if (in->cert)
		rc |= ldap_set_option(ld, LDAP_OPT_X_TLS_CERTFILE, in->cert);
	if (in->key)
		rc |= ldap_set_option(ld, LDAP_OPT_X_TLS_KEYFILE, in->key);
	return rc | ldap_set_option(ld, LDAP_OPT_X_TLS_NEWCTX, &client);
}

static int set_options(LDAP *ld, const struct dial *d)
{
	int64_t left = d->deadline_ns - d->s->host->now_ns();
	struct timeval most = { left / SECOND, left % SECOND / 1000 };
	int version = LDAP_VERSION3, none = LDAP_NO_LIMIT, never = LDAP_DEREF_NEVER;
	int rc = ldap_set_option(ld, LDAP_OPT_PROTOCOL_VERSION, &version);

	rc |= ldap_set_option(ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
	rc |= ldap_set_option(ld, LDAP_OPT_RESTART, LDAP_OPT_ON);
	rc |= ldap_set_option(ld, LDAP_OPT_DEREF, &never);
	rc |= ldap_set_option(ld, LDAP_OPT_SIZELIMIT, &none);
	rc |= ldap_set_option(ld, LDAP_OPT_TIMELIMIT, &none);
	rc |= ldap_set_option(ld, LDAP_OPT_NETWORK_TIMEOUT, &most);
	return d->socket ? rc : rc | set_tls(ld, d->s->in);
}

static int start_tls(LDAP *ld, const struct dial *d, struct idbc_error *err)
{
	LDAPMessage *message = NULL;
	int msgid, rc, code = ldap_start_tls(ld, NULL, NULL, &msgid);

	if (code != LDAP_SUCCESS)
		return unavailable(d, code, "StartTLS", err);
	rc = wire_wait(d->s, ld, msgid, LDAP_MSG_ALL, d->deadline_ns, &message, err);
	if (rc != IDBC_OK)
		return rc;
	code = wire_code(ld, message, NULL);
	if (code != LDAP_SUCCESS)
		return unavailable(d, code, "the server refuses StartTLS", err);
	code = ldap_install_tls(ld);
	if (code != LDAP_SUCCESS)
		return unavailable(d, code, "TLS, or the server's certificate", err);
	return IDBC_OK;
}

/* libldap then returns to us instead of waiting for the rest of an answer. */
static void never_wait(LDAP *ld)
{
	int fd = -1, flags;

	ldap_get_option(ld, LDAP_OPT_DESC, &fd);
	flags = fd < 0 ? -1 : fcntl(fd, F_GETFL);
	if (flags >= 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static int wants_tls(const struct dial *d)
{
	int wanted = d->s->in->start_tls;

	return !d->socket && !d->tls && (wanted > 0 || (wanted < 0 && !d->local));
}

static int dial_open(struct dial *d, LDAP **out, struct idbc_error *err)
{
	LDAP *ld = NULL;
	int rc = dial_read(d, err), code;

	if (rc != IDBC_OK)
		return rc;
	code = ldap_initialize(&ld, d->uri);
	if (code != LDAP_SUCCESS)
		return unavailable(d, code, "no address of a directory", err);
	if (set_options(ld, d))
		rc = unavailable(d, LDAP_LOCAL_ERROR, "options of TLS: certificate or key", err);
	if (rc == IDBC_OK && (code = ldap_connect(ld)) != LDAP_SUCCESS)
		rc = unavailable(d, code, "no connection to the directory", err);
	if (rc == IDBC_OK)
		never_wait(ld);
	if (rc == IDBC_OK && wants_tls(d))
		rc = start_tls(ld, d, err);
	if (rc != IDBC_OK) {
		ldap_unbind_ext(ld, NULL, NULL);
		return rc;
	}
	never_wait(ld);
	*out = ld;
	return IDBC_OK;
}

/* --- the service account ----------------------------------------------------------------- */
static int bind_service(const struct dial *d, LDAP *ld, struct idbc_error *err)
{
	const struct instance *in = d->s->in;
	struct idbc_str secret = { NULL, 0 };
	struct berval password = { 0, NULL };
	LDAPMessage *message = NULL;
	int rc, code, msgid;

	if (!in->bind_dn)
		return IDBC_OK;
	in->host->setting_str(in->settings, "bind_password", NULL, &secret);
	if (!password_is_safe(&secret))         /* a file may have been emptied meanwhile */
		return unavailable(d, LDAP_INVALID_CREDENTIALS, "bind_password is empty", err);
	password = (struct berval){ secret.len, (char *)secret.ptr };
	code = ldap_sasl_bind(ld, in->bind_dn, LDAP_SASL_SIMPLE, &password, NULL, NULL, &msgid);
	if (code != LDAP_SUCCESS)
		return unavailable(d, code, "bind of the service account", err);
	rc = wire_wait(d->s, ld, msgid, LDAP_MSG_ALL, d->deadline_ns, &message, err);
	if (rc != IDBC_OK)
		return rc;
	code = wire_code(ld, message, NULL);
	if (code != LDAP_SUCCESS)
		return unavailable(d, code, "bind of the service account", err);
	return IDBC_OK;
}

static int has(LDAP *ld, LDAPMessage *entry, const char *attr, const char *oid)
{
	struct berval **values = ldap_get_values_len(ld, entry, attr);
	int found = 0;

	for (size_t i = 0; values && values[i]; i++)
		found |= !strcmp(values[i]->bv_val, oid);
	ldap_value_free_len(values);
	return found;
}

static int learn(void *ctx, LDAPMessage *entry)
{
	struct session *s = ctx;

	s->extended = has(s->ld, entry, "supportedExtension", LDAP_EXOP_MODIFY_PASSWD);
	s->asserts = has(s->ld, entry, "supportedControl", LDAP_CONTROL_ASSERT);
	return 0;
}

static int look_at_server(struct session *s, int64_t deadline_ns, struct idbc_error *err)
{
	char extension[] = "supportedExtension", control[] = "supportedControl";
	char *attrs[] = { extension, control, NULL };

	return search_run(s, "", LDAP_SCOPE_BASE, "(objectClass=*)", attrs, deadline_ns, learn, s,
			  err);
}

static void hang_up(LDAP **ld)
{
	if (*ld)
		ldap_unbind_ext(*ld, NULL, NULL);
	*ld = NULL;
}

static int dial_server(struct dial *d, struct idbc_error *err)
{
	struct session *s = d->s;
	int rc = dial_open(d, &s->ld, err);

	if (rc == IDBC_OK)
		rc = bind_service(d, s->ld, err);
	if (rc == IDBC_OK)
		rc = look_at_server(s, d->deadline_ns, err);
	if (rc == IDBC_OK)
		rc = dial_open(d, &s->judge, err);
	if (rc == IDBC_OK) {
		s->uri = d->uri;
		s->sealed = d->socket || ldap_tls_inplace(s->ld);
		return rc;
	}
	hang_up(&s->judge);
	hang_up(&s->ld);
	return rc;
}

/* One that does not answer leaves time for those after it. */
static int dial_any(struct session *s, int64_t deadline_ns, struct idbc_error *err)
{
	char **uris = s->in->uris;
	size_t left = 0;
	int rc = IDBC_UNAVAILABLE;

	while (uris[left])
		left++;
	for (; left && rc != IDBC_OK; left--, uris++) {
		int64_t now = s->host->now_ns();
		struct dial d = { .s = s, .uri = *uris,
			.deadline_ns = now + (deadline_ns - now) / (int64_t)left };

		if (now >= deadline_ns)
			return s->host->fail(s->host, err, IDBC_TIMEOUT, "", "deadline passed");
		rc = dial_server(&d, err);
	}
	return rc;
}

static int connect_status(int rc)
{
	return rc == IDBC_UNAVAILABLE || rc == IDBC_TIMEOUT || rc == IDBC_NOMEM ||
	       rc == IDBC_BUSY || rc == IDBC_CONFIG;
}

int session_connect(struct instance *in, int64_t deadline_ns, struct session **out,
		    struct idbc_error *err)
{
	struct session *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return in->host->fail(in->host, err, IDBC_NOMEM, "", "out of memory");
	s->in = in;
	s->host = in->host;
	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake < 0)
		rc = in->host->fail(in->host, err, IDBC_NOMEM, "", "no eventfd");
	else
		rc = dial_any(s, deadline_ns, err);
	if (rc == IDBC_OK) {
		*out = s;
		return rc;
	}
	session_end(s);
	return connect_status(rc) ? rc
				  : in->host->fail(in->host, err, IDBC_UNAVAILABLE, "",
						   "the directory refuses to be read");
}

int session_judge(struct session *s, int64_t deadline_ns, struct idbc_error *err)
{
	struct dial d = { .s = s, .uri = s->uri, .deadline_ns = deadline_ns };

	hang_up(&s->judge);
	return dial_open(&d, &s->judge, err);
}

void session_end(struct session *s)
{
	hang_up(&s->judge);
	hang_up(&s->ld);
	if (s->wake >= 0)
		close(s->wake);
	free(s);
}

/* libldap takes its leave of the server whenever a handle is freed, and shuts the socket down,
 * which the parent still uses: both reach another file. */
static void turn_away(LDAP *ld)
{
	int fd = -1, nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (ld)
		ldap_get_option(ld, LDAP_OPT_DESC, &fd);
	if (fd >= 0 && nothing >= 0)
		dup2(nothing, fd);
	else if (fd >= 0)
		close(fd);
	if (nothing >= 0)
		close(nothing);
}

void session_abandon(struct session *s)
{
	turn_away(s->judge);
	turn_away(s->ld);
	session_end(s);
}

void session_interrupt(struct session *s)
{
	uint64_t one = 1;

	atomic_store(&s->stopped, 1);
	while (write(s->wake, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}
