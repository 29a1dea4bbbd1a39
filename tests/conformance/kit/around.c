/* tests/conformance/kit/around.c - job: a driver's slots called as the connector calls them,
 * with inputs lent for the call.
 * Threads: one call on a session at a time.
 */
#include <stdio.h>
#include "base/clock.h"
#include "inside.h"

void kit_deadline(struct kit *kit, int64_t ms)
{
	atomic_store(&kit->deadline_ms, ms);
}

static int64_t deadline(struct kit *kit)
{
	int64_t ms = atomic_load(&kit->deadline_ms);

	return clock_now_ns() + (ms ? ms : 10000) * 1000000;
}

static const struct idbc_ops *ops(struct kit *kit)
{
	return kit_table(kit)->ops;
}

static void fresh(struct idbc_error *err)
{
	*err = (struct idbc_error)IDBC_ERROR_INIT;
}

/* --- sessions ----------------------------------------------------------------------------- */
int kit_try_connect(struct kit *kit, void **session, struct idbc_error *err)
{
	void *instance = kit_instance(kit), *out = NULL;
	int rc;

	fresh(err);
	rc = kit_table(kit)->connect(instance, deadline(kit), &out, err);
	if (rc == IDBC_OK)
		*session = out;
	return rc;
}

/* A store may let in few at once: the contract promises no number of places. */
static int is_full(struct kit *kit, int rc)
{
	return (rc == IDBC_UNAVAILABLE || rc == IDBC_BUSY) && atomic_load(&kit->sessions) >= 2;
}

static void *connect_or(struct kit *kit, int may_be_full)
{
	struct idbc_error err;
	void *session = NULL;
	int rc = kit_try_connect(kit, &session, &err);

	if (is_full(kit, rc)) {
		if (may_be_full)
			return NULL;
		kit_skip(kit, "the store lets in %d sessions at once: %s",
			 atomic_load(&kit->sessions), err.text);
	}
	if (rc != IDBC_OK)
		kit_fail(kit, "a session", "%s: %s", kit_status(rc), err.text);
	if (!session)
		kit_fail(kit, "a session", "connect() returned OK and NULL");
	return session;
}

void *kit_connect(struct kit *kit)
{
	return connect_or(kit, 0);
}

unsigned kit_connect_up_to(struct kit *kit, unsigned n, void **session)
{
	unsigned i;

	for (i = 0; i < n; i++) {
		session[i] = connect_or(kit, i >= 2);
		if (!session[i])
			break;
	}
	if (i < n && i > 2)             /* the connector's pool needs a place too */
		kit_disconnect(kit, session[--i]);
	return i;
}

void kit_disconnect(struct kit *kit, void *session)
{
	kit_table(kit)->disconnect(session);
}

void kit_abandon(struct kit *kit, void *session)
{
	kit_table(kit)->abandon(session);
}

int kit_ping(struct kit *kit, void *session, struct idbc_error *err)
{
	fresh(err);
	return kit_table(kit)->ping(session, deadline(kit), err);
}

/* --- reads -------------------------------------------------------------------------------- */
#define LEND(loan, req) lend_req(&(loan), &(req), sizeof(req))

int kit_login(struct kit *kit, void *session, uint32_t by, struct idbc_str identifier,
	      struct idbc_str password, struct kit_rows *rows, struct idbc_error *err)
{
	struct loan loan = { .kit = kit };
	struct idbc_login_req req = { sizeof(req), by, deadline(kit), lend_str(&loan, identifier),
				      lend_str(&loan, password), 0, 0 };
	int rc;

	fresh(err);
	rc = ops(kit)->login(session, LEND(loan, req), &rows->sink, err);
	lend_end(&loan);
	return rc;
}

int kit_get_user(struct kit *kit, void *session, uint32_t by, struct idbc_str identifier,
		 struct kit_rows *rows, struct idbc_error *err)
{
	struct loan loan = { .kit = kit };
	struct idbc_user_req req = { sizeof(req), by, deadline(kit), lend_str(&loan, identifier) };
	int rc;

	fresh(err);
	rc = ops(kit)->get_user(session, LEND(loan, req), &rows->sink, err);
	lend_end(&loan);
	return rc;
}

int kit_list(struct kit *kit, void *session, struct idbc_str after, uint32_t limit,
	     uint32_t flags, struct kit_rows *rows, struct idbc_error *err)
{
	struct loan loan = { .kit = kit };
	struct idbc_list_req req = { sizeof(req), limit, deadline(kit), lend_str(&loan, after),
				     flags, 0 };
	int rc;

	fresh(err);
	rc = ops(kit)->list(session, LEND(loan, req), &rows->sink, err);
	lend_end(&loan);
	return rc;
}

int kit_check(struct kit *kit, void *session, uint32_t flags, struct finding_list *findings,
	      struct idbc_error *err)
{
	fresh(err);
	return ops(kit)->check(session, deadline(kit), flags, &findings->sink, err);
}

/* --- writes --------------------------------------------------------------------------------- */
int kit_create(struct kit *kit, void *session, const struct idbc_field *fields, size_t nfields,
	       const struct idbc_field *parts, size_t nparts, struct kit_rows *rows,
	       struct idbc_error *err)
{
	struct loan loan = { .kit = kit };
	struct idbc_create_req req = { sizeof(req), 0, deadline(kit),
				       lend_fields(&loan, fields, nfields), nfields,
				       lend_fields(&loan, parts, nparts), nparts, 0, 0 };
	int rc;

	fresh(err);
	rc = ops(kit)->create(session, LEND(loan, req), &rows->sink, err);
	lend_end(&loan);
	for (size_t i = 0; i < rows->n; i++)
		kit_remember(kit, rows->row[i].id);
	return rc;
}

static const struct idbc_create_req *lend_user(struct loan *loan, const struct kit_user *user)
{
	struct idbc_create_req req = { sizeof(req), 0, 0,
		lend_fields(loan, user->fields, user->nfields), user->nfields,
		lend_fields(loan, user->parts, user->nparts), user->nparts, 0, 0 };

	return LEND(*loan, req);
}

int kit_create_many(struct kit *kit, void *session, struct kit_many *many, struct kit_rows *rows,
		    struct idbc_error *err)
{
	const struct idbc_create_req *users[KIT_MANY_MAX];
	struct idbc_error *outcomes[KIT_MANY_MAX];
	struct loan loan = { .kit = kit };
	struct idbc_create_many_req req = { sizeof(req), many->n, deadline(kit), NULL, NULL };
	int rc;

	for (uint32_t i = 0; i < many->n; i++) {
		fresh(&many->outcome[i]);
		outcomes[i] = &many->outcome[i];
		users[i] = lend_user(&loan, many->user[i]);
	}
	req.users = lend(&loan, users, many->n * sizeof(users[0]));
	req.outcomes = lend(&loan, outcomes, many->n * sizeof(outcomes[0]));
	fresh(err);
	rc = ops(kit)->create_many(session, LEND(loan, req), &rows->sink, err);
	lend_end(&loan);
	for (size_t i = 0; i < rows->n; i++)
		kit_remember(kit, rows->row[i].id);
	for (uint32_t i = 0; rc == IDBC_OK && i < many->n; i++)
		kit_judge_error(kit, "create_many", (int)many->outcome[i].status,
				&many->outcome[i]);
	return rc;
}

int kit_verify(struct kit *kit, void *session, uint32_t by, struct idbc_str identifier,
	       struct idbc_str email, struct idbc_error *err)
{
	struct loan loan = { .kit = kit };
	struct idbc_verify_req req = { sizeof(req), by, deadline(kit), lend_str(&loan, identifier),
				       lend_str(&loan, email) };
	int rc;

	fresh(err);
	rc = ops(kit)->verify(session, LEND(loan, req), err);
	lend_end(&loan);
	return rc;
}

int kit_change_password(struct kit *kit, void *session, uint32_t by, struct idbc_str identifier,
			struct kit_parts credential, struct kit_parts expect,
			struct idbc_error *err)
{
	struct loan loan = { .kit = kit };
	struct idbc_password_req req = { sizeof(req), by, deadline(kit),
		lend_str(&loan, identifier),
		lend_fields(&loan, credential.parts, credential.n), credential.n,
		lend_fields(&loan, expect.parts, expect.n), expect.n };
	int rc;

	fresh(err);
	rc = ops(kit)->change_password(session, LEND(loan, req), err);
	lend_end(&loan);
	return rc;
}

int kit_delete_as(struct kit *kit, void *session, const struct kit_delete *how,
		  struct idbc_error *err)
{
	struct loan loan = { .kit = kit };
	struct idbc_delete_req req = { sizeof(req), how->phase, deadline(kit),
		lend_str(&loan, how->id), lend_str(&loan, how->token),
		lend_str(&loan, how->new_token), how->lease_ms, how->agree, how->ctx, 0, 0 };
	int rc;

	fresh(err);
	rc = ops(kit)->delete_user(session, LEND(loan, req), err);
	lend_end(&loan);
	return rc;
}

int kit_delete(struct kit *kit, void *session, struct idbc_str id, struct idbc_error *err)
{
	struct kit_delete how = { .phase = IDBC_DELETE_NOW, .id = id };

	return kit_delete_as(kit, session, &how, err);
}

int kit_change_email(struct kit *kit, void *session, uint32_t by, struct idbc_str identifier,
		     struct idbc_str email, uint32_t verified, struct idbc_error *err)
{
	struct loan loan = { .kit = kit };
	struct idbc_email_req req = { sizeof(req), by, deadline(kit), lend_str(&loan, identifier),
				      lend_str(&loan, email), verified, 0 };
	int rc;

	fresh(err);
	rc = ops(kit)->change_email(session, LEND(loan, req), err);
	lend_end(&loan);
	return rc;
}

int kit_proven(struct kit *kit, void *session, const struct kit_proven *how,
	       struct idbc_error *err)
{
	struct loan loan = { .kit = kit };
	struct idbc_proven_req req = { sizeof(req), how->flags, deadline(kit),
		lend_str(&loan, how->id), lend_str(&loan, how->client_ip),
		lend_fields(&loan, how->credential.parts, how->credential.n), how->credential.n,
		lend_fields(&loan, how->expect.parts, how->expect.n), how->expect.n, NULL, 0 };
	int rc;

	fresh(err);
	rc = ops(kit)->proven(session, LEND(loan, req), err);
	lend_end(&loan);
	return rc;
}

int kit_failed(struct kit *kit, void *session, struct idbc_str id, struct idbc_str client_ip,
	       struct idbc_error *err)
{
	struct loan loan = { .kit = kit };
	struct idbc_failed_req req = { sizeof(req), 0, deadline(kit), lend_str(&loan, id),
				       lend_str(&loan, client_ip) };
	int rc;

	fresh(err);
	rc = ops(kit)->failed(session, LEND(loan, req), err);
	lend_end(&loan);
	return rc;
}

/* --- writes that may have been done ---------------------------------------------------------- */
int kit_write(struct kit *kit, void *session, const struct kit_write *w, struct kit_rows *rows,
	      struct idbc_error *err)
{
	struct kit_delete how = { .phase = IDBC_DELETE_NOW, .id = w->identifier, .agree = w->agree,
				  .ctx = w->ctx };
	struct kit_parts none = { NULL, 0 };

	switch (w->kind) {
	case IDBC_SETTLE_CREATE:
		return kit_create(kit, session, w->fields, w->nfields, w->credential.parts,
				  w->credential.n, rows, err);
	case IDBC_SETTLE_VERIFY:
		return kit_verify(kit, session, w->by, w->identifier, w->email, err);
	case IDBC_SETTLE_CHANGE_PASSWORD:
		return kit_change_password(kit, session, w->by, w->identifier, w->credential, none,
					   err);
	case IDBC_SETTLE_DELETE_USER:
		return kit_delete_as(kit, session, &how, err);
	default:
		return kit_change_email(kit, session, w->by, w->identifier, w->email, w->verified,
					err);
	}
}

static const void *lend_create(struct loan *loan, const struct kit_write *w, int64_t deadline_ns)
{
	struct idbc_create_req req = { sizeof(req), 0, deadline_ns,
		lend_fields(loan, w->fields, w->nfields), w->nfields,
		lend_fields(loan, w->credential.parts, w->credential.n), w->credential.n, 0, 0 };

	return LEND(*loan, req);
}

static const void *lend_verify(struct loan *loan, const struct kit_write *w, int64_t deadline_ns)
{
	struct idbc_verify_req req = { sizeof(req), w->by, deadline_ns,
		lend_str(loan, w->identifier), lend_str(loan, w->email) };

	return LEND(*loan, req);
}

static const void *lend_password(struct loan *loan, const struct kit_write *w, int64_t deadline_ns)
{
	struct idbc_password_req req = { sizeof(req), w->by, deadline_ns,
		lend_str(loan, w->identifier),
		lend_fields(loan, w->credential.parts, w->credential.n), w->credential.n, NULL, 0 };

	return LEND(*loan, req);
}

static const void *lend_delete(struct loan *loan, const struct kit_write *w, int64_t deadline_ns)
{
	struct idbc_delete_req req = { .size = sizeof(req), .phase = IDBC_DELETE_NOW,
		.deadline_ns = deadline_ns, .user_id = lend_str(loan, w->identifier),
		.agree = w->agree, .agree_ctx = w->ctx };

	return LEND(*loan, req);
}

static const void *lend_email(struct loan *loan, const struct kit_write *w, int64_t deadline_ns)
{
	struct idbc_email_req req = { sizeof(req), w->by, deadline_ns,
		lend_str(loan, w->identifier), lend_str(loan, w->email), w->verified, 0 };

	return LEND(*loan, req);
}

/* Of a kind that nobody knows: what every request begins with. */
static const void *lend_write(struct loan *loan, const struct kit_write *w, int64_t deadline_ns)
{
	struct { uint32_t size, pad; int64_t deadline_ns; } other = { 16, 0, deadline_ns };

	switch (w->kind) {
	case IDBC_SETTLE_CREATE:          return lend_create(loan, w, deadline_ns);
	case IDBC_SETTLE_VERIFY:          return lend_verify(loan, w, deadline_ns);
	case IDBC_SETTLE_CHANGE_PASSWORD: return lend_password(loan, w, deadline_ns);
	case IDBC_SETTLE_DELETE_USER:     return lend_delete(loan, w, deadline_ns);
	case IDBC_SETTLE_CHANGE_EMAIL:    return lend_email(loan, w, deadline_ns);
	default:                          return LEND(*loan, other);
	}
}

int kit_settle(struct kit *kit, void *session, const struct kit_write *w, uint32_t *effect,
	       struct idbc_error *err)
{
	struct loan loan = { .kit = kit };
	int64_t until_ns = deadline(kit);
	struct idbc_settle_req req = { sizeof(req), w->kind, until_ns,
		lend_write(&loan, w, until_ns), lend_str(&loan, w->known) };
	int rc;

	fresh(err);
	*effect = IDBC_EFFECT_UNKNOWN;
	rc = ops(kit)->settle(session, LEND(loan, req), effect, err);
	lend_end(&loan);
	return rc;
}
