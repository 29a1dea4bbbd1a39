/* judge.c - login and get_user.  The directory judges the password by a bind as the user's
 * name, on a connection of its own; for nobody the same bind is made under another name.
 *
 * A bind without a password, or without a name, is success on some servers and proves nothing
 * (RFC 4513, 5.1.2): neither is ever sent.  Threads: the session's own.
 */
#include "ldap_driver.h"

#include <stdlib.h>
#include <string.h>

/* A server that takes strings as C does would see an empty one before a NUL. */
int password_is_safe(const struct idbc_str *password)
{
	return password->ptr && password->len && !memchr(password->ptr, '\0', password->len);
}

struct bind {
	const char *dn;
	struct berval password;
	int code, policy;               /* the result; LDAPPasswordPolicyError, or -1 */
};

static void read_policy(LDAP *ld, LDAPControl **controls, struct bind *b)
{
	LDAPControl *found = ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL);
	LDAPPasswordPolicyError error = PP_noError;
	ber_int_t expires, grace;

	b->policy = -1;
	if (found && ldap_parse_passwordpolicy_control(ld, found, &expires, &grace, &error) ==
		     LDAP_SUCCESS && error != PP_noError)
		b->policy = (int)error;
}

static int bind_once(struct session *s, struct bind *b, int64_t deadline_ns,
		     struct idbc_error *err)
{
	char oid[] = LDAP_CONTROL_PASSWORDPOLICYREQUEST;
	LDAPControl policy = { oid, { 0, NULL }, 0 }, *asked[] = { &policy, NULL };
	LDAPControl **controls = NULL;
	LDAPMessage *message = NULL;
	int msgid, rc;

	b->code = ldap_sasl_bind(s->judge, b->dn, LDAP_SASL_SIMPLE, &b->password, asked, NULL,
				 &msgid);
	if (b->code != LDAP_SUCCESS)
		return wire_fail(s, b->code, "bind as the user", err);
	rc = wire_wait(s, s->judge, msgid, LDAP_MSG_ALL, deadline_ns, &message, err);
	if (rc != IDBC_OK)
		return rc;
	b->code = wire_code(s->judge, message, &controls);
	read_policy(s->judge, controls, b);
	ldap_controls_free(controls);
	return IDBC_OK;
}

/* The connection may have been closed since the last bind: then it is made anew, once. */
static int bind_as(struct session *s, struct bind *b, int64_t deadline_ns,
		   struct idbc_error *err)
{
	int rc = s->judge ? bind_once(s, b, deadline_ns, err) : IDBC_UNAVAILABLE;

	if (rc != IDBC_UNAVAILABLE)
		return rc;
	rc = session_judge(s, deadline_ns, err);
	return rc == IDBC_OK ? bind_once(s, b, deadline_ns, err) : rc;
}

/* What a right password of a user who may not come in is called is the policy's to say. */
static int verdict_of(struct session *s, const struct bind *b, uint32_t *verdict,
		      struct idbc_error *err)
{
	*verdict = VERDICT_WRONG;
	switch (b->code) {
	case LDAP_SUCCESS:
		*verdict = b->policy == PP_changeAfterReset ? VERDICT_EXPIRED : VERDICT_RIGHT;
		return IDBC_OK;
	case LDAP_INVALID_CREDENTIALS:
		if (b->policy == PP_passwordExpired)
			*verdict = VERDICT_EXPIRED;
		else if (b->policy == PP_accountLocked)
			*verdict = VERDICT_LOCKED;
		return IDBC_OK;
	case LDAP_NO_SUCH_OBJECT:
		return IDBC_OK;
	case LDAP_INAPPROPRIATE_AUTH:
		*verdict = VERDICT_NO_PASSWORD;
		return IDBC_OK;
	case LDAP_UNWILLING_TO_PERFORM:
		err->native = b->code;
		return s->host->fail(s->host, err, IDBC_UNAVAILABLE, "",
				     "the server is unwilling to judge a password");
	default:
		return wire_fail(s, b->code, "bind as the user", err);
	}
}

int judge_password(struct session *s, const char *dn, const struct idbc_str *password,
		   int64_t deadline_ns, uint32_t *verdict, struct idbc_error *err)
{
	struct bind b = { .dn = dn, .password = { password->len, (char *)password->ptr } };
	int rc;

	if (!dn || !*dn)
		return s->host->fail(s->host, err, IDBC_DATA, "", "an entry without a name");
	if (!password_is_safe(password)) {
		*verdict = VERDICT_WRONG;
		return IDBC_OK;
	}
	rc = bind_as(s, &b, deadline_ns, err);
	return rc == IDBC_OK ? verdict_of(s, &b, verdict, err) : rc;
}

/* Whatever the answer, but for none at all. */
int judge_nobody(struct session *s, const struct idbc_str *password, int64_t deadline_ns,
		 struct idbc_error *err)
{
	static const char name[] = "nobody of this directory";
	const struct berval value = { sizeof(name) - 1, (char *)name };
	char *made = NULL;
	uint32_t ignored;
	int rc;

	if (!s->in->dummy_dn)
		made = text_dn(s->in->base, "cn", &value);
	if (!s->in->dummy_dn && !made)
		return wire_nomem(s, err);
	rc = judge_password(s, made ? made : s->in->dummy_dn, password, deadline_ns, &ignored,
			    err);
	free(made);
	return rc;
}

/* --- the slots --------------------------------------------------------------------------- */
static int denied(struct session *s, uint32_t detail, struct idbc_error *err)
{
	s->host->fail(s->host, err, IDBC_DENIED, "", "identifier or password refused");
	err->detail = detail;
	return IDBC_DENIED;
}

static int answer(struct session *s, uint32_t verdict, struct idbc_error *err)
{
	switch (verdict) {
	case VERDICT_RIGHT:
		return IDBC_OK;
	case VERDICT_EXPIRED:
		return s->host->fail(s->host, err, IDBC_PASSWORD_EXPIRED, "password_change_required",
				     "password must be changed");
	case VERDICT_LOCKED:
		return denied(s, IDBC_DETAIL_LOCKED_OUT, err);
	case VERDICT_NO_PASSWORD:
		return denied(s, IDBC_DETAIL_NO_PASSWORD, err);
	default:
		return denied(s, IDBC_DETAIL_WRONG_PASSWORD, err);
	}
}

static void tell_unequal(const struct find *f, struct idbc_sink *sink)
{
	if (!IDBC_HAS(sink, passed_over) || !sink->passed_over)
		return;
	for (uint32_t i = 0; i < f->unequal; i++)
		sink->passed_over(sink, IDBC_PASSED_UNEQUAL);
}

static int judge_one(struct session *s, const struct find *f, const struct idbc_login_req *req,
		     struct idbc_sink *sink, struct idbc_error *err)
{
	char *dn = ldap_get_dn(s->ld, f->entry[0]);
	uint32_t verdict = VERDICT_WRONG;
	int rc = judge_password(s, dn, &req->password, req->deadline_ns, &verdict, err);

	ldap_memfree(dn);
	if (rc == IDBC_OK && (verdict == VERDICT_RIGHT || verdict == VERDICT_EXPIRED))
		rc = entry_report(s, f->entry[0], f->in[0], &f->identifier, sink, err);
	return rc == IDBC_OK ? answer(s, verdict, err) : rc;
}

static int judge_found(struct session *s, const struct find *f, const struct idbc_login_req *req,
		       struct idbc_sink *sink, struct idbc_error *err)
{
	int rc;

	if (f->n == 1)
		return judge_one(s, f, req, sink, err);
	rc = judge_nobody(s, &req->password, req->deadline_ns, err);
	if (rc != IDBC_OK)
		return rc;
	if (f->n)
		return denied(s, IDBC_DETAIL_AMBIGUOUS, err);
	return find_one(f, err);
}

int op_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
	     struct idbc_error *err)
{
	struct session *s = self;
	struct find found;
	int rc = wire_begin(s, req->deadline_ns, err);

	if (rc == IDBC_OK && !password_is_safe(&req->password))
		return denied(s, IDBC_DETAIL_WRONG_PASSWORD, err);
	if (rc == IDBC_OK)
		rc = find_by(s, req->by, &req->identifier, req->deadline_ns, &found, err);
	if (rc != IDBC_OK)
		return rc;
	tell_unequal(&found, sink);
	rc = judge_found(s, &found, req, sink, err);
	find_free(&found);
	return rc;
}

int op_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
		struct idbc_error *err)
{
	struct session *s = self;
	struct find found;
	int rc = wire_begin(s, req->deadline_ns, err);

	if (rc == IDBC_OK)
		rc = find_by(s, req->by, &req->identifier, req->deadline_ns, &found, err);
	if (rc != IDBC_OK)
		return rc;
	tell_unequal(&found, sink);
	if (!found.n)
		rc = find_one(&found, err);
	for (size_t i = 0; rc == IDBC_OK && i < found.n; i++)
		rc = entry_report(s, found.entry[i], found.in[i], &found.identifier, sink, err);
	find_free(&found);
	return rc;
}
