/* wire.c - one request at a time over libldap, never waiting beyond the deadline, and what a
 * result code is in the contract's words.
 *
 * libldap is asked without waiting; the waiting is done here, in poll(), so that another thread
 * can end it.  Threads: the session's own.
 */
#include "ldap_driver.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define MS INT64_C(1000000)
#define SLICE_MS 50             /* libldap may have something left to send */

int wire_nomem(struct session *s, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_NOMEM, "", "out of memory");
}

static int late(struct session *s, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_TIMEOUT, "", "deadline passed");
}

int wire_begin(struct session *s, int64_t deadline_ns, struct idbc_error *err)
{
	uint64_t count;

	if (atomic_exchange(&s->stopped, 0))
		while (read(s->wake, &count, sizeof(count)) < 0 && errno == EINTR)
			;
	return s->host->now_ns() >= deadline_ns ? late(s, err) : IDBC_OK;
}

/* Until something can be read, somebody interrupts, or so much time has passed. */
static void doze(struct session *s, LDAP *ld, int64_t ns)
{
	struct pollfd fds[2] = { { .fd = s->wake, .events = POLLIN },
				 { .fd = -1, .events = POLLIN } };
	int64_t ms = (ns + MS - 1) / MS;

	if (ld)
		ldap_get_option(ld, LDAP_OPT_DESC, &fds[1].fd);
	poll(fds, ld ? 2 : 1, ld && ms > SLICE_MS ? SLICE_MS : (int)ms);
}

int wire_wait(struct session *s, LDAP *ld, int msgid, int all, int64_t deadline_ns,
	      LDAPMessage **out, struct idbc_error *err)
{
	for (;;) {
		struct timeval now = { 0, 0 };
		LDAPMessage *message = NULL;
		int type = ldap_result(ld, msgid, all, &now, &message);
		int64_t left = deadline_ns - s->host->now_ns();

		if (type > 0) {
			*out = message;
			return IDBC_OK;
		}
		ldap_msgfree(message);
		if (type < 0)
			return s->host->fail(s->host, err, IDBC_UNAVAILABLE, "",
					     "the connection to the directory was lost");
		if (left <= 0 || atomic_load(&s->stopped)) {
			ldap_abandon_ext(ld, msgid, NULL, NULL);
			return late(s, err);
		}
		doze(s, ld, left);
	}
}

int wire_pause(struct session *s, int64_t ns, int64_t deadline_ns, struct idbc_error *err)
{
	int64_t left = deadline_ns - s->host->now_ns();

	if (left < ns)
		return late(s, err);
	doze(s, NULL, ns);
	return atomic_load(&s->stopped) ? late(s, err) : IDBC_OK;
}

int wire_code(LDAP *ld, LDAPMessage *message, LDAPControl ***controls)
{
	int code = LDAP_OTHER;
	int rc = ldap_parse_result(ld, message, &code, NULL, NULL, NULL, controls, 1);

	return rc == LDAP_SUCCESS ? code : rc;
}

/* What the server, or libldap, says about our own account's request. */
static const struct { int code; uint32_t status; const char *word; } meanings[] = {
	{ LDAP_SERVER_DOWN, IDBC_UNAVAILABLE, "" }, { LDAP_CONNECT_ERROR, IDBC_UNAVAILABLE, "" },
	{ LDAP_UNAVAILABLE, IDBC_UNAVAILABLE, "" }, { LDAP_BUSY, IDBC_BUSY, "" },
	{ LDAP_TIMELIMIT_EXCEEDED, IDBC_TIMEOUT, "" }, { LDAP_TIMEOUT, IDBC_TIMEOUT, "" },
	{ LDAP_NO_MEMORY, IDBC_NOMEM, "" },
	{ LDAP_SIZELIMIT_EXCEEDED, IDBC_CONFIG, "server_limit" },
	{ LDAP_ADMINLIMIT_EXCEEDED, IDBC_CONFIG, "server_limit" },
	{ LDAP_INSUFFICIENT_ACCESS, IDBC_CONFIG, "privilege" },
	{ LDAP_INVALID_CREDENTIALS, IDBC_CONFIG, "privilege" },
	{ LDAP_STRONG_AUTH_REQUIRED, IDBC_CONFIG, "privilege" },
	{ LDAP_CONFIDENTIALITY_REQUIRED, IDBC_CONFIG, "privilege" },
	{ LDAP_NO_SUCH_OBJECT, IDBC_CONFIG, "missing_entry" },
	{ LDAP_REFERRAL, IDBC_CONFIG, "referral" },
	{ LDAP_UNDEFINED_TYPE, IDBC_CONFIG, "schema" },
	{ LDAP_OBJECT_CLASS_VIOLATION, IDBC_CONFIG, "schema" },
	{ LDAP_NAMING_VIOLATION, IDBC_CONFIG, "schema" },
	{ LDAP_FILTER_ERROR, IDBC_CONFIG, "" },
	{ LDAP_INVALID_SYNTAX, IDBC_INVALID, "" },
	{ LDAP_INVALID_DN_SYNTAX, IDBC_INVALID, "" },
	{ LDAP_CONSTRAINT_VIOLATION, IDBC_CONFLICT, "" },
	{ LDAP_UNWILLING_TO_PERFORM, IDBC_CONFLICT, "" },
	{ LDAP_NOT_ALLOWED_ON_RDN, IDBC_CONFLICT, "in_name" },
	{ LDAP_NOT_ALLOWED_ON_NONLEAF, IDBC_CONFLICT, "not_a_leaf" },
	{ LDAP_ALREADY_EXISTS, IDBC_EXISTS, "user_exists" },
};

int wire_fail(struct session *s, int code, const char *what, struct idbc_error *err)
{
	uint32_t status = IDBC_UNAVAILABLE;
	const char *word = "";

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].code == code) {
			status = meanings[i].status;
			word = meanings[i].word;
		}
	err->native = code;
	return s->host->fail(s->host, err, status, word, "%s: %s", what, ldap_err2string(code));
}

int wire_write(struct session *s, int sent, int msgid, int64_t deadline_ns, int *code,
	       struct idbc_error *err)
{
	LDAPMessage *message = NULL;
	int rc;

	if (sent != LDAP_SUCCESS)       /* an incomplete request is none */
		return wire_fail(s, sent, "nothing was sent", err);
	rc = wire_wait(s, s->ld, msgid, LDAP_MSG_ALL, deadline_ns, &message, err);
	if (rc != IDBC_OK) {
		err->effect = IDBC_EFFECT_UNKNOWN;
		return rc;
	}
	*code = wire_code(s->ld, message, NULL);
	return IDBC_OK;
}
