/* change.c - verify, change_email, change_password, delete_user.
 *
 * Each names what it read in the request that writes: an assertion (RFC 4528), and the old
 * address taken out beside the new one, so that what somebody else changed meanwhile is seen.
 * Threads: the session's own.
 */
#include "ldap_driver.h"

#include <stdlib.h>
#include <string.h>

#define LOOKS 3

struct target {
	struct find found;
	LDAPMessage *entry;
	char *dn;
	struct berval *id;
};

static void target_free(struct target *t)
{
	find_free(&t->found);
	ldap_memfree(t->dn);
	ber_bvfree(t->id);
}

static int target_read(struct session *s, uint32_t by, const struct idbc_str *identifier,
		       int64_t deadline_ns, struct target *t, struct idbc_error *err)
{
	int rc;

	memset(t, 0, sizeof(*t));
	rc = find_by(s, by, identifier, deadline_ns, &t->found, err);
	if (rc == IDBC_OK)
		rc = find_one(&t->found, err);
	if (rc != IDBC_OK)
		return rc;
	t->entry = t->found.entry[0];
	t->dn = ldap_get_dn(s->ld, t->entry);
	t->id = entry_value(s->ld, t->entry, &s->in->map.key);
	if (!t->dn || !*t->dn || !t->id)
		return s->host->fail(s->host, err, IDBC_DATA, "", "an entry without a name");
	return IDBC_OK;
}

/* It is still the entry that was read, with this address if one is given. */
static char *still(struct session *s, const struct target *t, const struct attr *email,
		   const struct berval *address)
{
	struct text filter = { NULL, 0, 0, 0 };
	struct idbc_str id = str_of(t->id), value;

	text_put(&filter, "(&");
	text_equal(&filter, s->in->map.key.name, &id);
	if (address) {
		value = str_of(address);
		text_equal(&filter, email->name, &value);
	}
	text_put(&filter, ")");
	if (!filter.failed)
		return filter.s;
	free(filter.s);
	return NULL;
}

static int no_user(struct session *s, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_NO_USER, "", "no such user");
}

static int not_mapped(struct session *s, const char *field, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
			     "no attribute is mapped for \"%s\"", field);
}

/* Somebody changed the entry between our look and our write. */
static int was_overtaken(int code)
{
	return code == LDAP_ASSERTION_FAILED || code == LDAP_NO_SUCH_ATTRIBUTE ||
	       code == LDAP_TYPE_OR_VALUE_EXISTS;
}

static const struct attr *writable_flag(const struct mapping *map)
{
	const struct attr *flag = mapping_field(map, "email_verified");

	return flag && flag->as != AS_PRESENT ? flag : NULL;
}

static void put_flag(struct draft *d, const struct attr *flag, int on)
{
	const char *word = on ? "TRUE" : "FALSE";

	draft_add(d, LDAP_MOD_REPLACE, flag->name, word, strlen(word));
}

static int send_change(struct session *s, const struct target *t, const struct attr *email,
		       const struct berval *address, struct draft *d, int64_t deadline_ns,
		       int *code, struct idbc_error *err)
{
	char *only_if = still(s, t, email, address);
	int rc;

	if (!only_if)
		return wire_nomem(s, err);
	rc = write_modify(s, t->dn, only_if, d, deadline_ns, code, err);
	free(only_if);
	return rc;
}

/* --- verify ------------------------------------------------------------------------------ */
static int email_changed(struct session *s, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_CONFLICT, "email_changed",
			     "the address is another one now");
}

static int verify_found(struct session *s, const struct idbc_verify_req *req,
			const struct target *t, int *code, struct idbc_error *err)
{
	const struct attr *email = mapping_by(&s->in->map, IDBC_BY_EMAIL);
	struct berval *address = NULL;
	struct draft d = { NULL, 0, 0 };
	int rc;

	if (req->email.len && email)
		address = entry_match(s, t->entry, email, &req->email);
	if (req->email.len && !address)
		return email_changed(s, err);
	put_flag(&d, writable_flag(&s->in->map), 1);
	if (address && !s->asserts) {   /* taken out and put back: only if it is there */
		draft_add(&d, LDAP_MOD_DELETE, email->name, address->bv_val, address->bv_len);
		draft_add(&d, LDAP_MOD_ADD, email->name, address->bv_val, address->bv_len);
	}
	rc = send_change(s, t, email, address, &d, req->deadline_ns, code, err);
	draft_free(&d);
	ber_bvfree(address);
	return rc;
}

int op_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	struct session *s = self;
	int rc = wire_begin(s, req->deadline_ns, err), code = LDAP_ASSERTION_FAILED;

	if (rc == IDBC_OK && !writable_flag(&s->in->map))
		return not_mapped(s, "email_verified", err);
	for (int i = 0; rc == IDBC_OK && was_overtaken(code) && i < LOOKS; i++) {
		struct target t;

		rc = target_read(s, req->by, &req->identifier, req->deadline_ns, &t, err);
		if (rc == IDBC_OK)
			rc = verify_found(s, req, &t, &code, err);
		target_free(&t);
	}
	if (rc != IDBC_OK || code == LDAP_SUCCESS)
		return rc;
	if (code == LDAP_NO_SUCH_OBJECT)
		return no_user(s, err);
	return was_overtaken(code) ? email_changed(s, err)
				   : wire_fail(s, code, "verified flag", err);
}

/* --- change_email ------------------------------------------------------------------------ */
static int same_bytes(const struct berval *a, const struct idbc_str *b)
{
	return a->bv_len == b->len && !memcmp(a->bv_val, b->ptr, b->len);
}

/* The address that is replaced: the one asked by, else the first. */
static struct berval *address_of(struct session *s, const struct target *t,
				 const struct attr *email)
{
	if (t->found.in[0] == email)
		return entry_match(s, t->entry, email, &t->found.identifier);
	return entry_value(s->ld, t->entry, email);
}

struct move {                   /* to another address, and back */
	struct session *s;
	const struct idbc_email_req *req;
	const struct target *t;
	struct draft there, back;
};

/* Out with the old one, and with other spellings of the new one; in with that. */
static void put_address(struct move *m, const struct attr *email, const struct berval *old)
{
	struct session *s = m->s;
	const struct target *t = m->t;
	const struct idbc_str *new_ = &m->req->email;

	struct berval **values = ldap_get_values_len(s->ld, t->entry, email->name);
	int there = 0;

	for (size_t i = 0; values && values[i]; i++) {
		struct idbc_str value = str_of(values[i]);
		int is_old = old->bv_len == value.len &&
			     !memcmp(old->bv_val, value.ptr, value.len);

		if (same_bytes(values[i], new_))
			there = 1;
		else if (is_old || s->host->same(s->host, email->fold, new_, &value))
			draft_add(&m->there, LDAP_MOD_DELETE, email->name, value.ptr, value.len);
	}
	ldap_value_free_len(values);
	if (there)
		return;
	draft_add(&m->there, LDAP_MOD_ADD, email->name, new_->ptr, new_->len);
	draft_add(&m->back, LDAP_MOD_DELETE, email->name, new_->ptr, new_->len);
	for (size_t i = 0; i < m->there.n; i++)
		if (m->there.mods[i]->mod_op == (LDAP_MOD_DELETE | LDAP_MOD_BVALUES))
			for (struct berval **v = m->there.mods[i]->mod_bvalues; *v; v++)
				draft_add(&m->back, LDAP_MOD_ADD, email->name, (*v)->bv_val,
					  (*v)->bv_len);
}

static void put_flags(struct move *m, const struct attr *flag)
{
	struct berval *before = entry_value(m->s->ld, m->t->entry, flag);

	put_flag(&m->there, flag, m->req->verified != 0);
	if (before)
		draft_add(&m->back, LDAP_MOD_REPLACE, flag->name, before->bv_val, before->bv_len);
	ber_bvfree(before);
}

static int taken_since(void *ctx, int *older, struct idbc_error *err)
{
	struct move *m = ctx;

	return taken(m->s, IDBC_BY_EMAIL, &m->req->email, m->t->id->bv_val, older,
		     m->req->deadline_ns, err);
}

/* Two may have come to one address at once: back with one of them. */
static int settle(struct move *m, struct idbc_error *err)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;
	int rc = stays_alone(m->s, taken_since, m, m->req->deadline_ns, err), code = LDAP_OTHER;

	if (rc == IDBC_OK || !m->back.n)
		return rc;
	err->effect = IDBC_EFFECT_APPLIED;
	if (m->s->host->now_ns() < m->req->deadline_ns &&
	    write_modify(m->s, m->t->dn, NULL, &m->back, m->req->deadline_ns, &code, &ignored) ==
		    IDBC_OK && code == LDAP_SUCCESS)
		err->effect = IDBC_EFFECT_NONE;
	return rc;
}

static int change_found(struct session *s, const struct idbc_email_req *req,
			const struct target *t, int *code, struct idbc_error *err)
{
	const struct attr *email = mapping_by(&s->in->map, IDBC_BY_EMAIL);
	const struct attr *flag = writable_flag(&s->in->map);
	struct berval none = { 0, NULL }, *old = address_of(s, t, email);
	struct move m = { .s = s, .req = req, .t = t };
	int rc = taken_since(&m, NULL, err);

	if (rc == IDBC_OK) {
		put_address(&m, email, old ? old : &none);
		if (flag)
			put_flags(&m, flag);
		rc = send_change(s, t, email, old, &m.there, req->deadline_ns, code, err);
	}
	/* What the overlay "unique" answers, and others: was it taken a moment ago? */
	if (rc == IDBC_OK && *code == LDAP_CONSTRAINT_VIOLATION)
		rc = taken_since(&m, NULL, err);
	else if (rc == IDBC_OK && *code == LDAP_SUCCESS)
		rc = settle(&m, err);
	draft_free(&m.there);
	draft_free(&m.back);
	ber_bvfree(old);
	return rc;
}

int op_change_email(void *self, const struct idbc_email_req *req, struct idbc_error *err)
{
	struct session *s = self;
	int rc = wire_begin(s, req->deadline_ns, err), code = LDAP_ASSERTION_FAILED;

	if (rc == IDBC_OK && !mapping_by(&s->in->map, IDBC_BY_EMAIL))
		return not_mapped(s, "email", err);
	if (rc == IDBC_OK && req->verified && !writable_flag(&s->in->map))
		return not_mapped(s, "email_verified", err);
	for (int i = 0; rc == IDBC_OK && was_overtaken(code) && i < LOOKS; i++) {
		struct target t;

		rc = target_read(s, req->by, &req->identifier, req->deadline_ns, &t, err);
		if (rc == IDBC_OK)
			rc = change_found(s, req, &t, &code, err);
		target_free(&t);
	}
	if (rc != IDBC_OK || code == LDAP_SUCCESS)
		return rc;
	if (code == LDAP_NO_SUCH_OBJECT)
		return no_user(s, err);
	return was_overtaken(code) ? email_changed(s, err) : wire_fail(s, code, "address", err);
}

/* --- change_password --------------------------------------------------------------------- */
int op_change_password(void *self, const struct idbc_password_req *req, struct idbc_error *err)
{
	struct session *s = self;
	struct idbc_str made, old = { NULL, 0 };
	struct target t;
	int rc = wire_begin(s, req->deadline_ns, err);

	if (rc == IDBC_OK)
		rc = password_part(s, req->credential, req->ncredential, &made, err);
	if (rc == IDBC_OK && req->nexpect)
		rc = password_part(s, req->expect, req->nexpect, &old, err);
	if (rc != IDBC_OK)
		return rc;
	rc = target_read(s, req->by, &req->identifier, req->deadline_ns, &t, err);
	if (rc == IDBC_OK)
		rc = write_password(s, t.dn, req->nexpect ? &old : NULL, &made, req->deadline_ns,
				    err);
	target_free(&t);
	return rc;
}

/* --- delete_user ------------------------------------------------------------------------- */
static int has_children(void *ctx, LDAPMessage *entry)
{
	char name[] = "hasSubordinates";
	struct session *s = ((void **)ctx)[0];
	const struct attr attr = { NULL, name, 0, 0 };
	struct berval *value = entry_value(s->ld, entry, &attr);

	*(int *)((void **)ctx)[1] |= value && !strcmp(value->bv_val, "TRUE");
	ber_bvfree(value);
	return 0;
}

/* The host removes its profile before we delete: what would refuse us is looked at first. */
static int is_leaf(struct session *s, const struct target *t, int64_t deadline_ns,
		   struct idbc_error *err)
{
	char name[] = "hasSubordinates", *attrs[] = { name, NULL };
	int children = 0;
	void *ctx[] = { s, &children };
	int rc = search_run(s, t->dn, LDAP_SCOPE_BASE, "(objectClass=*)", attrs, deadline_ns,
			    has_children, ctx, err);

	return rc == IDBC_OK && children ? wire_fail(s, LDAP_NOT_ALLOWED_ON_NONLEAF,
						     "entries lie below this one", err)
					 : rc;
}

static int ask(struct session *s, const struct idbc_delete_req *req, struct idbc_error *err)
{
	int refused;

	if (s->host->now_ns() >= req->deadline_ns)
		return s->host->fail(s->host, err, IDBC_TIMEOUT, "", "deadline passed");
	refused = req->agree ? req->agree(req->agree_ctx) : 0;
	if (!refused)
		return IDBC_OK;
	s->host->fail(s->host, err, IDBC_CANCELLED, "", "the host keeps the user's profile");
	err->native = refused;
	return IDBC_CANCELLED;
}

static int delete_target(struct session *s, const struct idbc_delete_req *req,
			 const struct target *t, struct idbc_error *err)
{
	char *only_if = still(s, t, NULL, NULL);
	int code = LDAP_OTHER, rc = only_if ? IDBC_OK : wire_nomem(s, err);

	if (rc == IDBC_OK)
		rc = is_leaf(s, t, req->deadline_ns, err);
	if (rc == IDBC_CONFIG && err->native == LDAP_NO_SUCH_OBJECT)
		rc = no_user(s, err);           /* another delete came first */
	if (rc == IDBC_OK)
		rc = ask(s, req, err);
	if (rc == IDBC_OK)
		rc = write_delete(s, t->dn, only_if, req->deadline_ns, &code, err);
	free(only_if);
	if (rc != IDBC_OK || code == LDAP_SUCCESS)
		return rc;
	if (code == LDAP_NO_SUCH_OBJECT || code == LDAP_ASSERTION_FAILED)
		return no_user(s, err);
	return wire_fail(s, code, "delete", err);
}

int op_delete_user(void *self, const struct idbc_delete_req *req, struct idbc_error *err)
{
	struct session *s = self;
	struct target t;
	int rc = wire_begin(s, req->deadline_ns, err);

	if (rc == IDBC_OK && req->phase != IDBC_DELETE_NOW)
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "",
				     "a directory keeps no intents");
	if (rc != IDBC_OK)
		return rc;
	rc = target_read(s, IDBC_BY_USER_ID, &req->user_id, req->deadline_ns, &t, err);
	if (rc == IDBC_OK)
		rc = delete_target(s, req, &t, err);
	target_free(&t);
	return rc;
}
