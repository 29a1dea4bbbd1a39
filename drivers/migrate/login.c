/* drivers/migrate/login.c - job: `to` is asked, then `from`.  All who are refused have the same
 * questions asked of both stores, and one hash or one dummy computed.
 * Threads: any; no lock.
 */
#include <string.h>
#include "migrate.h"

struct login {
	struct migrate *m;
	const struct idbc_login_req *req;
	struct found to, from, more;
};

static int denied(struct login *l, uint32_t detail, struct idbc_error *err)
{
	const struct idbc_host *host = l->m->host;

	ask_clear(err);
	host->fail(host, err, IDBC_DENIED, "", "identifier or password refused");
	err->detail = detail;
	return IDBC_DENIED;
}

static int is_right(int rc)
{
	return rc == IDBC_OK || rc == IDBC_BLOCKED || rc == IDBC_PASSWORD_EXPIRED;
}

static int is_answer(int rc)
{
	return is_right(rc) || rc == IDBC_NO_USER || rc == IDBC_DENIED || rc == IDBC_AMBIGUOUS;
}

/* His row, with what was said of him: who must change his password is named as well. */
static int answer(struct login *l, struct found *found, struct idbc_sink *sink, int rc,
		  struct idbc_error *err)
{
	struct idbc_error said = *err;
	int told;

	if (rc == IDBC_BLOCKED)
		return rc;
	told = tell(l->m, found, sink, err);
	if (told != IDBC_OK || rc == IDBC_OK)
		return told;
	*err = said;
	return rc;
}

/* --- the questions that all are asked ------------------------------------------------------- */
/* The dummy of this name, or where two have it, of a name that nobody has. */
static int cost_dummy(struct login *l, const struct idbc_lower *store, int rc, struct idbc_error *err)
{
	struct idbc_login_req req = *l->req;
	char nobody[IDBC_ID_MAX];
	size_t len = req.identifier.len < sizeof(nobody) ? req.identifier.len : sizeof(nobody) - 1;

	if (rc == IDBC_AMBIGUOUS) {
		nobody[0] = '~';
		memcpy(nobody + 1, req.identifier.ptr, len);
		while (len && ((unsigned char)nobody[len] & 0x80u))
			len--;
		req.identifier = (struct idbc_str){ nobody, len + 1 };
	}
	return ask_login(l->m, store, &req, IDBC_LOGIN_DUMMY | IDBC_LOGIN_JUDGE, &l->more, err);
}

static int read_again(struct login *l, const struct idbc_lower *store, struct idbc_error *err)
{
	ask_row(l->m, store, l->req->by, &l->req->identifier, ask_soon(l->m, l->req->deadline_ns),
		&l->more, err);
	return IDBC_NO_USER;
}

/* With a fallback both stores judge whom they have: who is not there costs a dummy there. */
static int even_both(struct login *l, int rc, struct idbc_error *err)
{
	int dummy = cost_dummy(l, l->m->to, rc, err);

	if (!is_answer(dummy))
		return dummy;
	return rc == IDBC_DENIED ? read_again(l, l->m->from, err) : cost_dummy(l, l->m->from, rc, err);
}

/* Who is nobody costs the dummy of the store that his name falls to; anybody else is read
 * there once more.  `rc`: what `from` said. */
static int even_out(struct login *l, int rc, struct idbc_error *err)
{
	const struct idbc_lower *store = dummy_store(l->m, &l->req->identifier);

	if (l->m->fallback)
		return even_both(l, rc, err);
	return rc == IDBC_DENIED ? read_again(l, store, err) : cost_dummy(l, store, rc, err);
}

/* The id to ask `to` about; where nobody has one, a number that nobody has. */
static struct idbc_str id_of(const struct login *l)
{
	const struct found_row *row = found_one(&l->from);

	return row ? row->id : (struct idbc_str){ "0", 1 };
}

/* --- refused by `to` ------------------------------------------------------------------------ */
/* `to` counted a failed attempt, and it was none: as after a right password of its own. */
static void forgive(struct migrate *m, const struct found_row *row, int64_t deadline_ns)
{
	const struct idbc_proven_req req = { .size = sizeof(req), .user_id = row->id,
		.flags = IDBC_PROVEN_TOUCH | IDBC_PROVEN_FORGIVE,
		.deadline_ns = ask_soon(m, deadline_ns) };
	struct idbc_error err = IDBC_ERROR_INIT;

	if (LOWER_HAS(m->to, proven) && m->to->ops->proven(m->to->self, &req, &err) != IDBC_OK)
		m->host->log(m->host, IDBC_LOG_WARNING, "a login could not be noted in the new store: "
			     "%s", err.text);
}

/* Somebody who changed his password in the old application after he was moved.  `to` has the
 * user: his profile there is the answer, and its rules say whether he may log in. */
static int fall_back(struct login *l, struct idbc_sink *sink, struct idbc_error *err)
{
	struct migrate *m = l->m;
	const struct found_row *row, *there;
	const struct idbc_login_req asked = { .size = sizeof(asked), .by = l->req->by,
		.deadline_ns = l->req->deadline_ns, .identifier = l->req->identifier };
	struct known known;
	int rc = ask_login(m, m->from, l->req, IDBC_LOGIN_JUDGE | IDBC_LOGIN_DUMMY, &l->from, err);

	if (rc == IDBC_AMBIGUOUS)
		cost_dummy(l, m->from, rc, err);
	if (rc != IDBC_OK || !(row = found_one(&l->from)))
		return IDBC_DENIED;
	if (ask_known(m, &row->id, l->req->deadline_ns, &known, err) != IDBC_OK ||
	    known.state != IDBC_MOVED_MOVED || known.hidden || !known.there)
		return IDBC_DENIED;
	rc = ask_login(m, m->to, &asked, IDBC_LOGIN_READ | IDBC_LOGIN_ADMIT, &l->to, err);
	if (!is_right(rc) || !(there = found_one(&l->to)))
		return IDBC_DENIED;
	if (there->id.len != row->id.len || memcmp(there->id.ptr, row->id.ptr, row->id.len) != 0)
		return IDBC_DENIED;
	m->host->log(m->host, IDBC_LOG_INFO, "a password that the new store refuses is right in the "
		     "old one");
	if (rc == IDBC_OK)
		forgive(m, there, l->req->deadline_ns);
	return answer(l, &l->to, sink, rc, err);
}

static int refused_there(struct login *l, struct idbc_sink *sink, struct idbc_error *err)
{
	const struct idbc_error said = *err;
	const int64_t soon = ask_soon(l->m, l->req->deadline_ns);
	struct migrate *m = l->m;
	struct known known;
	struct idbc_str id;
	int fallen;

	if (m->fallback && is_right(fallen = fall_back(l, sink, err)))
		return fallen;
	ask_row(m, m->from, l->req->by, &l->req->identifier, soon, &l->from, err);
	read_again(l, m->fallback ? m->to : dummy_store(m, &l->req->identifier), err);
	id = id_of(l);
	ask_known(m, &id, soon, &known, err);
	return denied(l, said.detail, err);
}

/* --- not in `to` ---------------------------------------------------------------------------- */
/* Where `from` refused somebody whose password was right, his id is not known yet. */
static int find_id(struct login *l, struct idbc_error *err)
{
	if (found_one(&l->from))
		return IDBC_OK;
	return ask_row(l->m, l->m->from, l->req->by, &l->req->identifier, l->req->deadline_ns,
		       &l->from, err);
}

/* `to` knows the id: the name was his once, or he was moved this very moment. */
static int once_his(struct login *l, struct idbc_sink *sink, struct idbc_error *err)
{
	int rc = ask_login(l->m, l->m->to, l->req, 0, &l->to, err);

	if (is_right(rc))
		return answer(l, &l->to, sink, rc, err);
	if (rc == IDBC_NO_USER || rc == IDBC_AMBIGUOUS)
		return denied(l, IDBC_DETAIL_UNKNOWN_USER, err);
	return rc == IDBC_DENIED ? denied(l, err->detail, err) : rc;
}

static int right_in_from(struct login *l, struct idbc_sink *sink, int rc, struct idbc_error *err)
{
	const struct idbc_error said = *err;
	struct known known;
	struct idbc_str id;
	int asked = find_id(l, err);

	if (asked == IDBC_OK) {
		id = id_of(l);
		asked = ask_known(l->m, &id, l->req->deadline_ns, &known, err);
	}
	if (asked != IDBC_OK)
		return asked == IDBC_NO_USER ? denied(l, IDBC_DETAIL_UNKNOWN_USER, err) : asked;
	if (is_known(&known))
		return once_his(l, sink, err);
	if (l->from.rows[0].marked) {
		l->m->host->log(l->m->host, IDBC_LOG_WARNING, "a user marked as migrated in the old "
				"store is not in the new one: refused");
		return denied(l, IDBC_DETAIL_UNKNOWN_USER, err);
	}
	*err = said;
	return answer(l, &l->from, sink, rc, err);
}

static int not_there(struct login *l, struct idbc_sink *sink, struct idbc_error *err)
{
	struct idbc_error said, ignored = IDBC_ERROR_INIT;
	struct known known;
	struct idbc_str id;
	int rc = ask_login(l->m, l->m->from, l->req, IDBC_LOGIN_JUDGE, &l->from, err), dummy;

	if (!is_answer(rc))
		return rc;
	said = *err;
	if (rc != IDBC_NO_USER && rc != IDBC_AMBIGUOUS)
		atomic_fetch_add_explicit(&l->m->in_from, 1, memory_order_relaxed);
	if (is_right(rc))
		return right_in_from(l, sink, rc, err);
	dummy = even_out(l, rc, err);
	if (!is_answer(dummy))
		return dummy;
	id = id_of(l);
	ask_known(l->m, &id, ask_soon(l->m, l->req->deadline_ns), &known, &ignored);
	if (rc == IDBC_DENIED)
		return denied(l, said.detail, err);
	return denied(l, rc == IDBC_NO_USER ? IDBC_DETAIL_UNKNOWN_USER : IDBC_DETAIL_AMBIGUOUS, err);
}

/* Two in `to` are nobody's name, here as in one store. */
static int ambiguous_there(struct login *l, struct idbc_error *err)
{
	int rc = l->m->fallback ? even_both(l, IDBC_AMBIGUOUS, err)
				: cost_dummy(l, l->m->to, IDBC_AMBIGUOUS, err);

	return is_answer(rc) ? denied(l, IDBC_DETAIL_AMBIGUOUS, err) : rc;
}

/* --- the whole ------------------------------------------------------------------------------ */
static int login(struct login *l, struct idbc_sink *sink, struct idbc_error *err)
{
	struct migrate *m = l->m;
	int rc = ask_login(m, m->to, l->req, 0, &l->to, err);

	if (rc == IDBC_NO_USER)
		return not_there(l, sink, err);
	if (rc == IDBC_AMBIGUOUS)
		return ambiguous_there(l, err);
	if (is_right(rc) || rc == IDBC_DENIED)
		atomic_fetch_add_explicit(&m->in_to, 1, memory_order_relaxed);
	if (is_right(rc))
		return answer(l, &l->to, sink, rc, err);
	return rc == IDBC_DENIED ? refused_there(l, sink, err) : rc;
}

int migrate_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		  struct idbc_error *err)
{
	struct login l = { .m = self, .req = req };
	int rc;

	found_init(&l.to);
	found_init(&l.from);
	found_init(&l.more);
	rc = login(&l, sink, err);
	found_free(&l.to);
	found_free(&l.from);
	found_free(&l.more);
	return rc;
}
