/* drivers/migrate/check.c - job: do the two stores go together?  The table of moved ids, and
 * some users of `from` tried in `to` and rolled back: what a move of theirs would meet.
 * Threads: any; no lock.
 */
#include <stdio.h>
#include <string.h>
#include "migrate.h"

#define TRIED 200u

static void add(struct idbc_findings *findings, uint32_t severity, const char *code,
		const char *key, const char *text, const char *remedy)
{
	findings->add(findings, severity, code, key, text, remedy);
}

static int moved_table(struct migrate *m, int64_t deadline_ns, uint32_t flags,
		       struct idbc_findings *findings, struct idbc_error *err)
{
	const struct idbc_moved_req req = { .size = sizeof(req), .deadline_ns = deadline_ns,
		.flags = flags & IDBC_WANT_CREATE ? IDBC_MOVED_CREATE : IDBC_MOVED_LOOK };
	uint32_t state;
	int rc = m->to->ops->moved(m->to->self, &req, &state, err);

	if (rc != IDBC_CONFIG && rc != IDBC_UNSUPPORTED)
		return rc;
	add(findings, IDBC_ERROR, "moved-table-missing", "options.moved", err->text,
	    "idbc check --create, or examples/schema/moved.sql");
	ask_clear(err);
	return IDBC_OK;
}

/* --- trials -------------------------------------------------------------------------------------- */
struct trials {
	struct migrate *m;
	struct idbc_findings *findings;
	int64_t deadline_ns;
	unsigned bad, later;
	unsigned rows, strangers;       /* looked at; of these in `to`, and never moved there */
	char first[200];
};

static int is_store(int rc)
{
	return rc == IDBC_UNAVAILABLE || rc == IDBC_TIMEOUT || rc == IDBC_BUSY || rc == IDBC_NOMEM;
}

static int no_id(struct trials *t, const struct idbc_error *err)
{
	char text[256];

	snprintf(text, sizeof(text), "the new store cannot keep the ids of the old one: %s",
		 err->text);
	add(t->findings, IDBC_ERROR, "id-not-given", "options.to.users.user.id", text,
	    "\"user\": {\"id\": \"$given|$uuid\"} on a key of text");
	return IDBC_UNSUPPORTED;
}

/* 1: go on. */
static int judge(struct trials *t, int rc, const struct idbc_error *err)
{
	if (rc == IDBC_UNSUPPORTED && !strcmp(err->code, "user_id"))
		return no_id(t, err);
	if (rc == IDBC_UNSUPPORTED)
		return rc;
	if (rc == IDBC_INVALID && !strcmp(err->code, "hash_not_accepted")) {
		t->later++;
		return IDBC_OK;
	}
	if (rc == IDBC_OK || rc == IDBC_NO_USER || is_store(rc))
		return is_store(rc) ? rc : IDBC_OK;
	if (!t->bad++)
		memcpy(t->first, err->text, sizeof(err->text));
	return IDBC_OK;
}

static int try_row(struct trials *t, const struct found_row *row, struct idbc_error *err)
{
	/* Without a password: it is the fields that are asked about, and the password where
	 * there is one to keep. */
	const struct move move = { .row = row, .parts = row->parts,
		.nparts = move_has_password(row) ? row->nparts : 0, .trial = 1,
		.deadline_ns = t->deadline_ns };
	struct known known;
	int rc = ask_known(t->m, &row->id, t->deadline_ns, &known, err);

	t->rows++;
	t->strangers += rc == IDBC_OK && known.there && known.state == IDBC_MOVED_NOT;
	if (rc != IDBC_OK || is_known(&known) || row->marked)
		return rc;
	return judge(t, move_user(t->m, &move, NULL, err), err);
}

static int try_users(struct trials *t, struct idbc_error *err)
{
	const struct idbc_list_req req = { .size = sizeof(req), .limit = TRIED,
		.deadline_ns = t->deadline_ns };
	struct migrate *m = t->m;
	struct found found;
	int rc = IDBC_OK;

	if (!LOWER_HAS(m->from, list))
		return IDBC_OK;
	found_init(&found);
	ask_clear(err);
	if (m->from->ops->list(m->from->self, &req, &found.sink, err) == IDBC_OK)
		for (size_t i = 0; rc == IDBC_OK && i < found.n; i++)
			rc = try_row(t, &found.rows[i], err);
	found_free(&found);
	ask_clear(err);
	return rc;
}

static void report(const struct trials *t)
{
	char text[320];

	if (t->rows && t->strangers == t->rows) {
		snprintf(text, sizeof(text), "all of the first %u users are in the new store as well, and"
			 " none was moved there: are both one and the same table?", t->rows);
		add(t->findings, IDBC_WARNING, "same-store", "options.from", text, "");
	}
	if (t->bad) {
		snprintf(text, sizeof(text), "%u of the first %u users would not fit: %s", t->bad, TRIED,
			 t->first);
		add(t->findings, IDBC_WARNING, "users-do-not-fit", "options.to.users", text,
		    "idbc migrate run --dry-run names them all");
	}
	if (!t->later)
		return;
	snprintf(text, sizeof(text), "%u of the first %u users have a stored password that the new "
		 "store does not keep: they move when they log in", t->later, TRIED);
	add(t->findings, IDBC_NOTE, "passwords-move-at-login", "options.to.users.password.accept",
	    text, "");
}

/* Trials lock rows as any write does: only for who asks what is wrong. */
int migrate_check(void *self, int64_t deadline_ns, uint32_t flags,
		  struct idbc_findings *findings, struct idbc_error *err)
{
	struct trials t = { .m = self, .findings = findings, .deadline_ns = deadline_ns };
	int rc = moved_table(self, deadline_ns, flags, findings, err);

	if (rc != IDBC_OK || !(flags & IDBC_WANT_SURVEY))
		return rc;
	rc = try_users(&t, err);
	report(&t);
	return rc == IDBC_UNSUPPORTED ? IDBC_OK : rc;
}
