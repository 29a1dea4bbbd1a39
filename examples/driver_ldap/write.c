/* write.c - the requests that change something, and whether a value is taken.
 *
 * A condition goes along as an assertion (RFC 4528) where the server knows them.  Threads: the
 * session's own.
 */
#include "ldap_driver.h"

#include <string.h>

#define GIVE_WAY_NS INT64_C(50000000)
#define LOOKS       10

/* --- modify and delete ------------------------------------------------------------------- */
static int assertion(struct session *s, const char *only_if, LDAPControl **out,
		     struct idbc_error *err)
{
	int code = LDAP_SUCCESS;

	if (only_if && s->asserts)
		code = ldap_create_assertion_control(s->ld, (char *)only_if, 1, out);
	return code == LDAP_SUCCESS ? IDBC_OK : wire_fail(s, code, "assertion", err);
}

int write_modify(struct session *s, const char *dn, const char *only_if, struct draft *d,
		 int64_t deadline_ns, int *code, struct idbc_error *err)
{
	LDAPControl *controls[2] = { NULL, NULL };
	int msgid, sent, rc = d->failed ? wire_nomem(s, err) : IDBC_OK;

	*code = LDAP_SUCCESS;
	if (rc == IDBC_OK && !d->n)
		return IDBC_OK;
	if (rc == IDBC_OK)
		rc = assertion(s, only_if, controls, err);
	if (rc != IDBC_OK)
		return rc;
	sent = ldap_modify_ext(s->ld, dn, d->mods, controls, NULL, &msgid);
	rc = wire_write(s, sent, msgid, deadline_ns, code, err);
	ldap_control_free(controls[0]);
	return rc;
}

int write_delete(struct session *s, const char *dn, const char *only_if, int64_t deadline_ns,
		 int *code, struct idbc_error *err)
{
	LDAPControl *controls[2] = { NULL, NULL };
	int msgid, sent, rc = assertion(s, only_if, controls, err);

	if (rc != IDBC_OK)
		return rc;
	sent = ldap_delete_ext(s->ld, dn, controls, NULL, &msgid);
	rc = wire_write(s, sent, msgid, deadline_ns, code, err);
	ldap_control_free(controls[0]);
	return rc;
}

/* --- passwords --------------------------------------------------------------------------- */
int password_part(struct session *s, const struct idbc_field *parts, size_t n,
		  struct idbc_str *out, struct idbc_error *err)
{
	const struct idbc_value *value = n == 1 ? &parts->value : NULL;

	if (!value || strcmp(parts->name, "clear") ||
	    (value->kind != IDBC_KIND_STR && value->kind != IDBC_KIND_BYTES))
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "",
				     "a directory takes passwords in clear text alone");
	/* An empty one would have the server think of one itself. */
	if (!password_is_safe(&value->u.str))
		return s->host->fail(s->host, err, IDBC_INVALID, "password_empty",
				     "an empty password");
	*out = value->u.str;
	return IDBC_OK;
}

int password_is_extended(const struct session *s)
{
	return s->in->hand_over != HAND_OVER_ATTRIBUTE && s->extended;
}

static int password_answer(struct session *s, int code, const struct idbc_str *old,
			   struct idbc_error *err)
{
	err->native = code;
	switch (code) {
	case LDAP_SUCCESS:
		return IDBC_OK;
	case LDAP_NO_SUCH_OBJECT:
		return s->host->fail(s->host, err, IDBC_NO_USER, "", "no such user");
	case LDAP_INVALID_CREDENTIALS:
	case LDAP_UNWILLING_TO_PERFORM:
		if (old)
			return s->host->fail(s->host, err, IDBC_CONFLICT, "credential_changed",
					     "the current password is another one now");
		/* fall through */
	case LDAP_CONSTRAINT_VIOLATION:
		return s->host->fail(s->host, err, IDBC_CONFLICT, "password_refused",
				     "the directory's policy refuses this password");
	default:
		return wire_fail(s, code, "change of a password", err);
	}
}

static int by_extended(struct session *s, const char *dn, const struct idbc_str *old,
		       const struct idbc_str *made, int64_t deadline_ns, struct idbc_error *err)
{
	struct berval name = { strlen(dn), (char *)dn }, before = { 0, NULL };
	struct berval after = { made->len, (char *)made->ptr };
	int msgid, sent, rc, code = LDAP_OTHER;

	if (old)
		before = (struct berval){ old->len, (char *)old->ptr };
	sent = ldap_passwd(s->ld, &name, old ? &before : NULL, &after, NULL, NULL, &msgid);
	rc = wire_write(s, sent, msgid, deadline_ns, &code, err);
	return rc == IDBC_OK ? password_answer(s, code, old, err) : rc;
}

/* Whoever reads the wire, and the entry, reads the password: the wire at least is closed. */
static int by_attribute(struct session *s, const char *dn, const struct idbc_str *made,
			int64_t deadline_ns, struct idbc_error *err)
{
	struct draft d = { NULL, 0, 0 };
	int rc, code = LDAP_OTHER;

	draft_add(&d, LDAP_MOD_REPLACE, "userPassword", made->ptr, made->len);
	rc = write_modify(s, dn, NULL, &d, deadline_ns, &code, err);
	draft_free(&d);
	return rc == IDBC_OK ? password_answer(s, code, NULL, err) : rc;
}

static int is_still(struct session *s, const char *dn, const struct idbc_str *old,
		    int64_t deadline_ns, struct idbc_error *err)
{
	uint32_t verdict = VERDICT_WRONG;
	int rc = judge_password(s, dn, old, deadline_ns, &verdict, err);

	if (rc == IDBC_OK && verdict != VERDICT_RIGHT && verdict != VERDICT_EXPIRED)
		return password_answer(s, LDAP_INVALID_CREDENTIALS, old, err);
	return rc;
}

int write_password(struct session *s, const char *dn, const struct idbc_str *old,
		   const struct idbc_str *made, int64_t deadline_ns, struct idbc_error *err)
{
	int rc = IDBC_OK;

	if (!password_is_extended(s) && s->in->hand_over == HAND_OVER_EXTENDED)
		return s->host->fail(s->host, err, IDBC_CONFIG, "no_password_modify",
				     "the server has no Password Modify operation");
	if (!password_is_extended(s) && !s->sealed)
		return s->host->fail(s->host, err, IDBC_CONFIG, "clear_text",
				     "userPassword is written over TLS or ldapi:// alone");
	if (old)
		rc = is_still(s, dn, old, deadline_ns, err);
	if (rc != IDBC_OK)
		return rc;
	if (password_is_extended(s))
		return by_extended(s, dn, old, made, deadline_ns, err);
	return by_attribute(s, dn, made, deadline_ns, err);
}

/* --- taken ------------------------------------------------------------------------------- */
static int exists(struct session *s, uint32_t by, struct idbc_error *err)
{
	const char *code = by == IDBC_BY_USERNAME ? "username_exists"
			   : by == IDBC_BY_PHONE  ? "phone_exists"
						  : "user_exists";

	return s->host->fail(s->host, err, IDBC_EXISTS, code, "user already exists");
}

/* In which fields: his own kind first, then whatever people log in with. */
static void fields_of(const struct mapping *map, uint32_t by, struct find *f)
{
	*f = (struct find){ .nfields = 0 };
	f->fields[f->nfields++] = mapping_by(map, by);
	for (size_t i = 0; i < map->nlogin; i++)
		if (map->login_by[i] != by && f->nfields < MAX_LOGIN)
			f->fields[f->nfields++] = mapping_by(map, map->login_by[i]);
}

static int is_older(struct session *s, const struct find *f, const char *own)
{
	int older = 0;

	for (size_t k = 0; own && k < f->nkept; k++) {
		struct berval *id = entry_value(s->ld, f->kept[k].entry, &s->in->map.key);

		older |= id && strcmp(id->bv_val, own) < 0;
		ber_bvfree(id);
	}
	return older;
}

int taken(struct session *s, uint32_t by, const struct idbc_str *value, const char *own_id,
	  int *older, int64_t deadline_ns, struct idbc_error *err)
{
	const struct attr *email = mapping_by(&s->in->map, IDBC_BY_EMAIL);
	struct find f;
	uint32_t own = 0;
	int rc, elsewhere;

	if (!(s->in->map.unique & 1u << by) || !mapping_by(&s->in->map, by) || !value->len)
		return IDBC_OK;
	fields_of(&s->in->map, by, &f);
	rc = find_value(s, value, own_id, deadline_ns, &f, err);
	if (rc != IDBC_OK)
		return rc;
	if (older)
		*older |= is_older(s, &f, own_id);
	for (size_t k = 0; k < f.nkept; k++)
		own |= (f.kept[k].exact | f.kept[k].folded) & 1u;
	elsewhere = f.n && !own && by == IDBC_BY_USERNAME && f.in[0] == email;
	rc = f.n ? exists(s, by, err) : IDBC_OK;
	find_free(&f);
	if (elsewhere)
		return s->host->fail(s->host, err, IDBC_INVALID, "invalid_username",
				     "the user name is the address of another user");
	return rc;
}

int stays_alone(struct session *s, taken_fn *fn, void *ctx, int64_t deadline_ns,
		struct idbc_error *err)
{
	int rc = IDBC_OK;

	for (int i = 0; i < LOOKS; i++) {
		int older = 0;

		rc = fn(ctx, &older, err);
		if (rc != IDBC_EXISTS || older)
			return rc;
		rc = wire_pause(s, GIVE_WAY_NS, deadline_ns, err);
		if (rc != IDBC_OK)
			return rc;
	}
	return fn(ctx, &(int){ 0 }, err);
}
