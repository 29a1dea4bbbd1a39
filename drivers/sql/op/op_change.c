/* drivers/sql/op/op_change.c - verify, change_email and change_password: find the user, lock
 * his row in a transaction, look again, write.  Doing it twice is as good as once.
 * Threads: the session's.
 */
#include "sql/op/found.h"
#include "sql/user/change.h"
#include "sql/user/fresh.h"
#include "sql/override/override.h"
#include "sql/user/unique.h"

#include <string.h>

/* What the three have in common. */
struct alter {
	uint32_t by;
	struct idbc_str identifier, id;
	struct idbc_str email;                  /* verify: the one proved; change_email: new */
	int64_t verified;
	const struct idbc_password_req *password;
	struct idbc_field *fields;              /* his own, as stored, for generators */
	size_t nfields;
};

static int conflict(struct session *s, struct idbc_error *err, const char *code,
		    const char *text)
{
	return s->host->fail(s->host, err, IDBC_CONFLICT, code, "%s", text);
}

/* By key the row is locked at once; else it is looked for first, without a lock. */
static int find(struct session *s, struct alter *a, struct idbc_error *err)
{
	if (a->by != IDBC_BY_USER_ID)
		return lookup_id(s, a->by, &a->identifier, &a->id, err);
	a->id = a->identifier;
	return IDBC_OK;
}

/* His stored values under the names of their fields; the new address among them. */
static int own_fields(struct session *s, struct alter *a, const struct user *user,
		      const struct idbc_str *email)
{
	if (user_fields(s, user, &a->fields, &a->nfields))
		return -1;
	for (size_t i = 0; email && i < a->nfields; i++)
		if (!strcmp(a->fields[i].name, "email"))
			a->fields[i].value =
				(struct idbc_value){ .kind = IDBC_KIND_STR, .u.str = *email };
	return 0;
}

/* The user locked, and what is needed to write of him. */
static int begin(struct session *s, struct alter *a, const struct idbc_str *new_email,
		 struct user *user, struct write *w, struct idbc_error *err)
{
	const struct idbc_str *asked = a->by == IDBC_BY_USER_ID ? NULL : &a->identifier;
	int rc = user_lock(s, &a->id, a->by, asked, user, err);

	if (rc != IDBC_OK)
		return rc;
	if (own_fields(s, a, user, new_email))
		return call_nomem(s, err);
	write_init(w, s, user, a->fields, a->nfields);
	return IDBC_OK;
}

/* --- the verified flag ------------------------------------------------------------------ */

/* The flag, where it can be written; else NULL. */
static const struct map_field *verified_field(const struct session *s)
{
	const struct map_field *f = mapping_field(s->plan->mapping, "email_verified");

	return f && f->kind == MAP_COL && f->type == MAP_FLAG ? f : NULL;
}

/* "verified" can be said of a user: it can be written, or is true of everybody. */
static int can_be_verified(const struct session *s)
{
	const struct map_field *f = mapping_field(s->plan->mapping, "email_verified");

	if (f && f->kind == MAP_CONST)
		return f->constant.source == MAP_BOOL && f->constant.i64;
	return verified_field(s) != NULL;
}

static int not_mapped(struct session *s, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
			     "nothing that can be written is mapped to email_verified");
}

/* Sets the flag if it says otherwise now and its column may be written. */
static int put_verified(struct write *w, struct changes *changes, int64_t verified,
			struct idbc_error *err)
{
	struct session *s = w->session;
	const struct map_field *f = verified_field(s);
	const struct idbc_value *stored = f ? user_value(s, w->user, &f->place) : NULL;
	struct idbc_value none = { .kind = IDBC_KIND_NULL }, now = none;
	struct idbc_value wanted = { .kind = IDBC_KIND_BOOL, .u.i64 = verified };

	if (!f)
		return IDBC_OK;
	if (!stored)
		stored = &none;
	if (codec_read(f, stored, &s->arena, &now) == CODEC_OK && !now.u.i64 == !verified)
		return IDBC_OK;
	if (f->from.n && !literal_is(f, &f->from, stored))
		return conflict(s, err, "status_forbids",
				"the column's present value must not be overwritten");
	return changes_field(w, changes, f, &wanted, 0, err);
}

/* The address proved must be the one that is stored. */
static int same_email(struct session *s, const struct user *user, const struct idbc_str *email)
{
	const struct map_field *f = mapping_field(s->plan->mapping, "email");
	const struct idbc_value *v = f && f->kind == MAP_COL ? user_value(s, user, &f->place) : NULL;
	struct idbc_str stored = { "", 0 };

	if (v)
		stored = value_str(v);
	return v && s->host->same(s->host, f->fold, &stored, email);
}

static int verify_user(struct session *s, void *ctx, struct idbc_error *err)
{
	struct alter *a = ctx;
	struct changes changes = { NULL, 0, 0 };
	struct user user;
	struct write w;
	int rc = begin(s, a, NULL, &user, &w, err);

	if (rc != IDBC_OK)
		return rc;
	if (a->email.len && !same_email(s, &user, &a->email))
		return conflict(s, err, "email_changed", "the address is another one by now");
	rc = put_verified(&w, &changes, 1, err);
	if (rc == IDBC_OK && changes.n)
		rc = changes_update(&w, &changes, NULL, err);
	return unique_elsewhere(rc, err);
}

int op_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	struct session *s = self;
	struct alter a = { .by = req->by, .identifier = req->identifier, .email = req->email };
	int rc = call_begin(s, req->deadline_ns, OP_VERIFY, err);

	if (rc == IDBC_OK && mapping_has_sql(s->plan->mapping, MAP_VERIFY))
		return override_verify(s, req, err);
	if (rc == IDBC_OK && !can_be_verified(s))
		return not_mapped(s, err);
	if (rc == IDBC_OK)
		rc = find(s, &a, err);
	return rc == IDBC_OK ? call_transaction(s, 0, verify_user, &a, err) : rc;
}

/* --- the address -------------------------------------------------------------------------- */

/* Where the address is the key, another one would be another user_id. */
static int is_key(const struct session *s, const struct map_field *f)
{
	return f->place.link < 0 && !strcmp(f->place.col, s->plan->mapping->key);
}

static int put_email(struct write *w, struct changes *changes, const struct map_field *f,
		     const struct idbc_str *email, struct idbc_error *err)
{
	struct session *s = w->session;
	const struct idbc_value *stored = user_value(s, w->user, &f->place);
	struct idbc_value value = { .kind = IDBC_KIND_STR, .u.str = *email }, folded;
	struct idbc_str text, now = { "", 0 };
	int rc;

	if (changes_fold(w, f, &value, &folded) != CODEC_OK)
		return call_nomem(s, err);
	text = value_str(&folded);
	if (stored)
		now = value_str(stored);
	rc = unique_check_one(s, f, &text, &w->user->id, err);
	if (rc != IDBC_OK || (stored && str_equal(&now, &text)))
		return rc;
	if (is_key(s, f))
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "email_is_key",
				     "the address is this store's key of the user, and stays");
	return changes_field(w, changes, f, &value, 0, err);
}

static int change_email(struct session *s, void *ctx, struct idbc_error *err)
{
	struct alter *a = ctx;
	const struct mapping *m = s->plan->mapping;
	struct changes changes = { NULL, 0, 0 };
	const struct idbc_field claimed = {
		"email", { .kind = IDBC_KIND_STR, .u.str = a->email } };
	struct user user;
	struct write w;
	int rc = fresh_claim(s, &claimed, 1, err);

	if (rc == IDBC_OK)
		rc = begin(s, a, &a->email, &user, &w, err);

	if (rc != IDBC_OK)
		return rc;
	w.new_email = a->email;
	rc = put_email(&w, &changes, mapping_field(m, "email"), &a->email, err);
	if (rc == IDBC_OK)
		rc = put_verified(&w, &changes, a->verified, err);
	if (rc != IDBC_OK || !changes.n)
		return rc;
	rc = changes_update(&w, &changes, NULL, err);
	if (rc == IDBC_EXISTS)
		unique_name(s, err);
	return rc == IDBC_OK ? write_steps(&w, &m->after_email, err) : rc;
}

int op_change_email(void *self, const struct idbc_email_req *req, struct idbc_error *err)
{
	struct session *s = self;
	struct alter a = { .by = req->by, .identifier = req->identifier, .email = req->email,
			   .verified = req->verified != 0 };
	int rc = call_begin(s, req->deadline_ns, OP_CHANGE_EMAIL, err);
	const struct map_field *f = mapping_field(s->plan->mapping, "email");

	if (rc != IDBC_OK)
		return rc;
	if (mapping_has_sql(s->plan->mapping, MAP_CHANGE_EMAIL))
		return override_change_email(s, req, err);
	if (!f || f->kind != MAP_COL)
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
				     "nothing that can be written is mapped to email");
	if (a.verified && !can_be_verified(s))
		return not_mapped(s, err);
	rc = find(s, &a, err);
	if (rc != IDBC_OK)
		return rc;
	return call_transaction(s, mapping_keeps_apart(s->plan->mapping, f), change_email, &a, err);
}

/* --- the password --------------------------------------------------------------------------- */

static int change_password(struct session *s, void *ctx, struct idbc_error *err)
{
	struct alter *a = ctx;
	const struct idbc_password_req *req = a->password;
	const struct mapping *m = s->plan->mapping;
	struct changes changes = { NULL, 0, 0 };
	struct sets more = { NULL, 0, 0 };
	struct user user;
	struct write w;
	int rc = begin(s, a, NULL, &user, &w, err);

	if (rc != IDBC_OK)
		return rc;
	write_credential(&w, req->credential, req->ncredential);
	if (req->nexpect && !user_has_credential(s, &user, req->expect, req->nexpect))
		return conflict(s, err, "credential_changed", "the password is another one by now");
	if (changes_credential(&w, &changes, req->credential, req->ncredential))
		return call_nomem(s, err);
	rc = sets_generate(&w, &more, m->table, &m->pw_set, err);
	if (rc == IDBC_OK)
		rc = write_check_width(&w, req->credential, req->ncredential, err);
	if (rc == IDBC_OK)
		rc = changes_update(&w, &changes, &more, err);
	if (rc == IDBC_OK)
		rc = write_steps(&w, &m->after_password, err);
	return unique_elsewhere(rc, err);
}

int op_change_password(void *self, const struct idbc_password_req *req, struct idbc_error *err)
{
	struct session *s = self;
	struct alter a = { .by = req->by, .identifier = req->identifier, .password = req };
	int rc = call_begin(s, req->deadline_ns, OP_CHANGE_PASSWORD, err);

	if (rc == IDBC_OK && mapping_has_sql(s->plan->mapping, MAP_CHANGE_PASSWORD))
		return override_change_password(s, req, err);
	if (rc == IDBC_OK)
		rc = find(s, &a, err);
	return rc == IDBC_OK ? call_transaction(s, 0, change_password, &a, err) : rc;
}

/* --- was it done ---------------------------------------------------------------------------- */

/* The write again, as far as its columns are known: done where nothing is left to change. */
static int found(int rc, const struct changes *left, enum left *out, struct idbc_error *err)
{
	switch (rc) {
	case IDBC_OK:
		*out = left->n ? FOUND_NOTHING : FOUND_DONE;
		return IDBC_OK;
	case IDBC_EXISTS:
	case IDBC_CONFLICT:
	case IDBC_INVALID:
	case IDBC_UNSUPPORTED:
		call_clear(err);
		*out = FOUND_NOTHING;
		return IDBC_OK;
	default:
		return rc;
	}
}

int found_verified(struct session *s, struct user *user, const struct idbc_verify_req *req,
		   enum left *out, struct idbc_error *err)
{
	struct alter a = { .by = req->by };
	struct changes left = { NULL, 0, 0 };
	struct write w;

	*out = FOUND_UNCLEAR;
	if (req->email.len && !same_email(s, user, &req->email))
		return IDBC_OK;
	if (own_fields(s, &a, user, NULL))
		return call_nomem(s, err);
	write_init(&w, s, user, a.fields, a.nfields);
	return found(put_verified(&w, &left, 1, err), &left, out, err);
}

int found_email(struct session *s, struct user *user, const struct idbc_email_req *req,
		enum left *out, struct idbc_error *err)
{
	const struct map_field *f = mapping_field(s->plan->mapping, "email");
	struct alter a = { .by = req->by };
	struct changes left = { NULL, 0, 0 };
	struct write w;
	int rc;

	*out = FOUND_UNCLEAR;
	if (!f || f->kind != MAP_COL)
		return IDBC_OK;
	if (own_fields(s, &a, user, &req->email))
		return call_nomem(s, err);
	write_init(&w, s, user, a.fields, a.nfields);
	w.new_email = req->email;
	rc = put_email(&w, &left, f, &req->email, err);
	if (rc == IDBC_OK)
		rc = put_verified(&w, &left, req->verified != 0, err);
	return found(rc, &left, out, err);
}
