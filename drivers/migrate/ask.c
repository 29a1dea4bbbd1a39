/* drivers/migrate/ask.c - job: one question to one store, its answer kept.
 * Threads: any; no lock.
 */
#include <string.h>
#include "migrate.h"

#define SOON_NS (INT64_C(2) * 1000000000)

void ask_clear(struct idbc_error *err)
{
	uint32_t size = err->size;

	memset(err, 0, size < sizeof(*err) ? size : sizeof(*err));
	err->size = size;
}

int64_t ask_soon(const struct migrate *m, int64_t deadline_ns)
{
	int64_t soon = m->host->now_ns() + SOON_NS;

	return soon < deadline_ns ? soon : deadline_ns;
}

int no_user(const struct migrate *m, struct idbc_error *err)
{
	ask_clear(err);
	return m->host->fail(m->host, err, IDBC_NO_USER, "", "no such user");
}

static int nomem(const struct migrate *m, struct idbc_error *err)
{
	return m->host->fail(m->host, err, IDBC_NOMEM, "", "out of memory");
}

int tell(const struct migrate *m, const struct found *found, struct idbc_sink *sink,
	 struct idbc_error *err)
{
	if (!found_tell(found, sink))
		return IDBC_OK;
	return m->host->fail(m->host, err, IDBC_DRIVER, "", "the rows were refused");
}

/* A store that ran out of our memory says that its sink refused. */
static int answered(const struct migrate *m, const struct found *found, int rc,
		    struct idbc_error *err)
{
	if (found->nomem)
		return nomem(m, err);
	if (rc == IDBC_OK && found->n > 1)
		return m->host->fail(m->host, err, IDBC_AMBIGUOUS, "", "more than one user matches");
	if (rc == IDBC_OK && (!found->n || found->rows[0].deleted))
		return no_user(m, err);
	return rc;
}

int ask_user(const struct migrate *m, const struct idbc_lower *lower, uint32_t by,
	     const struct idbc_str *identifier, int64_t deadline_ns, struct found *out,
	     struct idbc_error *err)
{
	const struct idbc_user_req req = { .size = sizeof(req), .by = by,
		.deadline_ns = deadline_ns, .identifier = *identifier };

	ask_clear(err);
	found_free(out);
	return answered(m, out, lower->ops->get_user(lower->self, &req, &out->sink, err), err);
}

int ask_login(const struct migrate *m, const struct idbc_lower *lower,
	      const struct idbc_login_req *asked, uint32_t flags, struct found *out,
	      struct idbc_error *err)
{
	const struct idbc_login_req req = { .size = sizeof(req), .by = asked->by,
		.deadline_ns = asked->deadline_ns, .identifier = asked->identifier,
		.password = asked->password, .flags = flags };

	ask_clear(err);
	found_free(out);
	return answered(m, out, lower->ops->login(lower->self, &req, &out->sink, err), err);
}

int ask_row(const struct migrate *m, const struct idbc_lower *lower, uint32_t by,
	    const struct idbc_str *identifier, int64_t deadline_ns, struct found *out,
	    struct idbc_error *err)
{
	const struct idbc_login_req req = { .size = sizeof(req), .by = by,
		.deadline_ns = deadline_ns, .identifier = *identifier };

	return ask_login(m, lower, &req, IDBC_LOGIN_READ, out, err);
}

static int ask_moved(const struct migrate *m, const struct idbc_str *id, uint32_t flags,
		     uint32_t enter, int64_t deadline_ns, uint32_t *state,
		     struct idbc_error *err)
{
	const struct idbc_moved_req req = { .size = sizeof(req), .flags = flags,
		.deadline_ns = deadline_ns, .user_id = *id, .state = enter };

	ask_clear(err);
	*state = 0;
	return m->to->ops->moved(m->to->self, &req, state, err);
}

/* A key of another form than `to`'s is no user of its. */
static int is_nobody(int rc)
{
	return rc == IDBC_NO_USER || rc == IDBC_INVALID;
}

int ask_known(const struct migrate *m, const struct idbc_str *id, int64_t deadline_ns,
	      struct known *out, struct idbc_error *err)
{
	struct found found;
	uint32_t state;
	int rc = ask_moved(m, id, 0, 0, deadline_ns, &state, err);

	if (rc != IDBC_OK)
		return rc;
	found_init(&found);
	rc = ask_user(m, m->to, IDBC_BY_USER_ID, id, deadline_ns, &found, err);
	found_free(&found);
	if (rc != IDBC_OK && !is_nobody(rc))
		return rc;
	*out = (struct known){ .state = state & IDBC_MOVED_STATES, .there = rc == IDBC_OK,
		.complete = (state & IDBC_MOVED_COMPLETE) != 0,
		.hidden = (state & IDBC_MOVED_HIDDEN) != 0 };
	ask_clear(err);
	return IDBC_OK;
}

int ask_enter(const struct migrate *m, const struct idbc_str *id, uint32_t state,
	      int64_t deadline_ns, struct idbc_error *err)
{
	uint32_t now;

	return ask_moved(m, id, IDBC_MOVED_SET, state, deadline_ns, &now, err);
}
