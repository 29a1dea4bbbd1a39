/* drivers/sql/op/op_settle.c - what became of a write whose answer was lost.  What it locked is
 * locked again, so that it is over when we look; then what it would have left is compared
 * with what is stored.  Nothing is changed.
 *
 * Free locks prove something on the store that had the write alone: a replica, or another
 * node of a cluster, has locks of its own.  SQL of the author's own locks what it likes, but
 * creates and changes of addresses stand behind the lock that is ours.
 * Threads: the session's.
 */
#include "sql/op/found.h"
#include "sql/override/override.h"
#include "sql/user/intent.h"

#include <string.h>

struct settle {
	const struct idbc_settle_req *req;
	uint32_t operation;             /* enum map_operation */
	int own_sql, serial;
	uint32_t by;
	struct idbc_str identifier;
	struct idbc_str email;          /* change_email: the new one */
	const struct idbc_field *parts; /* of a new credential */
	size_t nparts;
	enum left found;
};

/* --- the write, as it was asked for --------------------------------------------------- */

static void take_create(struct settle *st)
{
	const struct idbc_create_req *req = st->req->write;

	st->operation = MAP_CREATE;
	st->parts = req->credential;
	st->nparts = req->ncredential;
}

static void take_verify(struct settle *st)
{
	const struct idbc_verify_req *req = st->req->write;

	st->operation = MAP_VERIFY;
	st->by = req->by;
	st->identifier = req->identifier;
}

static void take_password(struct settle *st)
{
	const struct idbc_password_req *req = st->req->write;

	st->operation = MAP_CHANGE_PASSWORD;
	st->by = req->by;
	st->identifier = req->identifier;
	st->parts = req->credential;
	st->nparts = req->ncredential;
}

static void take_email(struct settle *st)
{
	const struct idbc_email_req *req = st->req->write;

	st->operation = MAP_CHANGE_EMAIL;
	st->by = req->by;
	st->identifier = req->identifier;
	st->email = req->email;
}

/* 0, or -1: no such kind. */
static int take(struct settle *st)
{
	st->by = IDBC_BY_USER_ID;
	switch (st->req->kind) {
	case IDBC_SETTLE_CREATE:
		take_create(st);
		break;
	case IDBC_SETTLE_VERIFY:
		take_verify(st);
		break;
	case IDBC_SETTLE_CHANGE_PASSWORD:
		take_password(st);
		break;
	case IDBC_SETTLE_DELETE_USER:
		st->operation = MAP_DELETE_USER;
		break;
	case IDBC_SETTLE_CHANGE_EMAIL:
		take_email(st);
		break;
	default:
		return -1;
	}
	if (!st->req->user_id.len)
		return 0;
	st->by = IDBC_BY_USER_ID;
	st->identifier = st->req->user_id;
	return 0;
}

static int email_is_apart(const struct session *s)
{
	const struct map_field *f = mapping_field(s->plan->mapping, "email");

	return f && mapping_keeps_apart(s->plan->mapping, f);
}

/* --- what is stored ------------------------------------------------------------------- */

/* Nobody is there: a delete's aim, and no create.  Else he was renamed, or removed since. */
static enum left nobody(const struct settle *st)
{
	if (st->operation == MAP_DELETE_USER)
		return FOUND_DONE;
	return st->operation == MAP_CREATE ? FOUND_NOTHING : FOUND_UNCLEAR;
}

/* Of a new user another password says that he has changed it since. */
static enum left other_password(const struct settle *st)
{
	return st->operation == MAP_CREATE ? FOUND_UNCLEAR : FOUND_NOTHING;
}

static int compare(struct session *s, struct settle *st, struct user *user,
		   struct idbc_error *err)
{
	int keeps = s->plan->mapping->delete_mode == MAP_DELETE_KEEP;

	switch (st->operation) {
	case MAP_VERIFY:
		return found_verified(s, user, st->req->write, &st->found, err);
	case MAP_CHANGE_EMAIL:
		return found_email(s, user, st->req->write, &st->found, err);
	case MAP_DELETE_USER:
		st->found = keeps ? FOUND_UNCLEAR : FOUND_NOTHING;
		return IDBC_OK;
	default:
		st->found = user_has_padded(s, user, st->parts, st->nparts) ? FOUND_DONE
									     : other_password(st);
		return IDBC_OK;
	}
}

/* Who is not found by his old address any more is looked for by the new one, where nobody
 * else can have it. */
static int find(struct session *s, const struct settle *st, struct idbc_str *id,
		struct idbc_error *err)
{
	int rc;

	*id = st->identifier;
	if (st->by == IDBC_BY_USER_ID)
		return IDBC_OK;
	rc = lookup_id(s, st->by, &st->identifier, id, err);
	if (rc != IDBC_NO_USER || !st->email.len || !email_is_apart(s))
		return rc;
	call_clear(err);
	return lookup_id(s, IDBC_BY_EMAIL, &st->email, id, err);
}

static int look(struct session *s, struct settle *st, struct idbc_error *err)
{
	struct idbc_str id;
	struct user user;
	int rc = find(s, st, &id, err);

	if (rc == IDBC_OK)
		rc = user_lock(s, &id, IDBC_BY_USER_ID, NULL, &user, err);
	return rc == IDBC_OK ? compare(s, st, &user, err) : rc;
}

/* --- the same where the write was in SQL of the author's own ----------------------------- */

static int is_yes(const struct idbc_value *v)
{
	return v && v->kind == IDBC_KIND_BOOL && v->u.i64;
}

static int shows_email(struct session *s, const struct settle *st, const struct subject *u)
{
	const struct idbc_email_req *req = st->req->write;
	const struct idbc_value *flag = subject_field(u, "email_verified");
	const struct idbc_value *v = subject_field(u, "email");
	struct idbc_str stored;

	if (!v || !flag)
		return 0;
	stored = value_str(v);
	return s->host->same(s->host, s->plan->mapping->fold[IDBC_BY_EMAIL], &stored, &req->email) &&
	       is_yes(flag) == (req->verified != 0);
}

static int compare_shown(struct session *s, struct settle *st, const struct subject *u,
			 struct idbc_error *err)
{
	int done = 0, rc;

	switch (st->operation) {
	case MAP_VERIFY:
		done = is_yes(subject_field(u, "email_verified"));
		break;
	case MAP_CHANGE_EMAIL:
		done = shows_email(s, st, u);
		break;
	case MAP_CREATE:
	case MAP_CHANGE_PASSWORD:
		rc = subject_has_credential(s, u, st->parts, st->nparts, err);
		if (rc != IDBC_OK && rc != IDBC_CONFLICT && rc != IDBC_UNSUPPORTED)
			return rc;
		call_clear(err);
		done = rc == IDBC_OK;
		break;
	}
	st->found = done ? FOUND_DONE : FOUND_UNCLEAR;
	return IDBC_OK;
}

static int look_own(struct session *s, struct settle *st, struct idbc_error *err)
{
	struct subject u;
	int rc = subject_read(s, st->by, &st->identifier, &u, err);

	if (rc == IDBC_NO_USER && st->email.len && st->by != IDBC_BY_USER_ID &&
	    mapping_is_unique(s->plan->mapping, "email")) {
		call_clear(err);
		rc = subject_read(s, IDBC_BY_EMAIL, &st->email, &u, err);
	}
	if (rc != IDBC_OK)
		return rc;
	if (u.user.values && st->operation != MAP_DELETE_USER)
		return compare(s, st, &u.user, err);
	return compare_shown(s, st, &u, err);
}

/* --- the whole ------------------------------------------------------------------------ */

/* The delete's request, where it is one phase of several. */
static const struct idbc_delete_req *phase_of(const struct settle *st)
{
	const struct idbc_delete_req *req = st->req->write;

	return st->operation == MAP_DELETE_USER && req && req->phase != IDBC_DELETE_NOW ? req
											: NULL;
}

static int settle_user(struct session *s, void *ctx, struct idbc_error *err)
{
	struct settle *st = ctx;
	int rc;

	st->found = FOUND_UNCLEAR;
	if (phase_of(st))
		return found_phase(s, phase_of(st), &st->found, err);
	rc = st->own_sql ? look_own(s, st, err) : look(s, st, err);
	if (rc != IDBC_NO_USER && rc != IDBC_AMBIGUOUS && rc != IDBC_UNSUPPORTED)
		return rc;
	call_clear(err);
	if (rc == IDBC_NO_USER)
		st->found = nobody(st);
	return IDBC_OK;
}

static uint32_t effect_of(const struct settle *st, int alone)
{
	if (st->found == FOUND_DONE)
		return IDBC_EFFECT_APPLIED;
	if (st->found == FOUND_UNCLEAR || !alone ||
	    (st->own_sql && !st->serial && !phase_of(st)))
		return IDBC_EFFECT_UNKNOWN;
	return IDBC_EFFECT_NONE;
}

int op_settle(void *self, const struct idbc_settle_req *req, uint32_t *effect,
	      struct idbc_error *err)
{
	struct session *s = self;
	struct settle st = { .req = req };
	int alone = 1, rc;

	*effect = IDBC_EFFECT_UNKNOWN;
	if (take(&st) || !st.identifier.len)
		return IDBC_OK;
	rc = call_begin(s, req->deadline_ns, 1u << st.operation, err);
	if (rc == IDBC_OK && s->plan->dialect->alone)
		rc = call_is_alone(s, &alone, err);
	if (rc != IDBC_OK)
		return rc;
	if (phase_of(&st) && !intents_on(s))
		return IDBC_OK;
	s->finds_hidden = 1;            /* what was written of him is there, delete or not */
	st.own_sql = mapping_has_sql(s->plan->mapping, st.operation);
	st.serial = st.operation == MAP_CREATE ||
		    (st.operation == MAP_CHANGE_EMAIL && (st.own_sql || email_is_apart(s)));
	rc = call_transaction(s, st.serial, settle_user, &st, err);
	if (rc == IDBC_OK)
		*effect = effect_of(&st, alone);
	return rc;
}
