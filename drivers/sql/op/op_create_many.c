/* drivers/sql/op/op_create_many.c - users in bulk: one lock, one transaction, one commit.  Who is
 * refused before anything of him was written or failed is left out; any other failure undoes
 * the transaction, and whoever called makes them one by one.  Threads: the session's.
 */
#include "sql/op/create.h"
#include "sql/ops.h"
#include "sql/user/fresh.h"

struct many {
	const struct idbc_create_many_req *req;
	struct idbc_sink *sink;
	struct create *users;
	int told;
};

/* A refusal of this one user, which left the transaction as it was. */
static int is_his_own(const struct session *s, int rc)
{
	return !s->unclean && (rc == IDBC_EXISTS || rc == IDBC_INVALID || rc == IDBC_CONFLICT ||
			       rc == IDBC_UNSUPPORTED);
}

static int is_out(const struct many *m, uint32_t i)
{
	return m->req->outcomes[i]->status != IDBC_OK;
}

static int take_all(struct session *s, struct many *m, struct idbc_error *err)
{
	for (uint32_t i = 0; i < m->req->n; i++) {
		int rc;

		m->users[i].req = m->req->users[i];
		rc = create_take(s, &m->users[i], m->req->outcomes[i]);
		if (rc != IDBC_OK && !is_his_own(s, rc)) {
			*err = *m->req->outcomes[i];
			return rc;
		}
	}
	return IDBC_OK;
}

/* The first time that they are told is the last: the connector has them then. */
static int tell_all(struct session *s, struct many *m, struct idbc_error *err)
{
	int rc = IDBC_OK;

	if (m->told)
		return s->host->fail(s->host, err, IDBC_BUSY, "deadlock",
				     "other transactions came first");
	m->told = 1;
	for (uint32_t i = 0; rc == IDBC_OK && i < m->req->n; i++) {
		struct create *c = &m->users[i];

		c->telling = (struct telling){ m->sink, 0 };
		if (!is_out(m, i))
			rc = override_tell(s, &c->telling, &c->answer, &c->made, err);
	}
	return rc;
}

/* Of all, before anything is read: the transaction sees what was committed until then. */
static int claim_all(struct session *s, const struct many *m, struct idbc_error *err)
{
	int rc = IDBC_OK;

	for (uint32_t i = 0; rc == IDBC_OK && i < m->req->n; i++)
		if (!is_out(m, i))
			rc = fresh_claim(s, m->users[i].fields, m->users[i].nfields, err);
	return rc;
}

static int plan_anew(struct session *s, struct idbc_error *err)
{
	const char *growing = s->plan->dialect->growing;
	int said;

	return growing ? call_says_one(s, &(struct query){ growing, NULL, 0, NULL }, &said, err)
		       : IDBC_OK;
}

/* Tried again, those who were refused the first time stay so. */
static int write_all(struct session *s, void *ctx, struct idbc_error *err)
{
	struct many *m = ctx;
	int ready = claim_all(s, m, err);

	if (ready == IDBC_OK)
		ready = plan_anew(s, err);
	if (ready != IDBC_OK)
		return ready;
	for (uint32_t i = 0; i < m->req->n; i++) {
		int rc;

		if (is_out(m, i))
			continue;
		s->unclean = 0;
		rc = create_write(s, &m->users[i], m->req->outcomes[i]);
		if (rc == IDBC_OK || is_his_own(s, rc))
			continue;
		*err = *m->req->outcomes[i];
		call_clear(m->req->outcomes[i]);
		return rc;
	}
	return tell_all(s, m, err);
}

int op_create_many(void *self, const struct idbc_create_many_req *req, struct idbc_sink *sink,
		   struct idbc_error *err)
{
	struct session *s = self;
	struct many m = { .req = req, .sink = sink };
	int rc = call_begin(s, req->deadline_ns, OP_CREATE, err);

	if (rc != IDBC_OK)
		return rc;
	if (mapping_has_sql(s->plan->mapping, MAP_CREATE))
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
				     "users are made by sql.create, one by one");
	m.users = arena_alloc(&s->arena, (req->n + 1) * sizeof(*m.users));
	if (!m.users)
		return call_nomem(s, err);
	s->unclean = 0;
	rc = take_all(s, &m, err);
	return rc == IDBC_OK ? call_transaction(s, 1, write_all, &m, err) : rc;
}
