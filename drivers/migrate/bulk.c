/* drivers/migrate/bulk.c - job: a page of `from`, moved with the passwords that `to` may keep,
 * and one word for each user.  Without the flag everything is tried and rolled back.
 * Threads: any; no lock.
 */
#include <string.h>
#include "migrate.h"

struct outcome {
	const char *word;
	char problem[200];
};

static int tell_outcome(struct idbc_sink *sink, const struct found_row *row,
			const struct outcome *outcome)
{
	const struct idbc_str none = { "", 0 };
	struct idbc_value value = { .kind = IDBC_KIND_STR };

	value.u.str = (struct idbc_str){ outcome->word, strlen(outcome->word) };
	if (sink->row(sink, &row->id, &none) || sink->field(sink, "outcome", &value))
		return -1;
	if (!outcome->problem[0])
		return 0;
	value.u.str = (struct idbc_str){ outcome->problem, strlen(outcome->problem) };
	return sink->field(sink, "problem", &value);
}

/* What a move came to, if it came to anything; else the error stands. */
static int judge(int rc, int by_us, const struct idbc_error *err, struct outcome *out)
{
	out->problem[0] = '\0';
	if (rc == IDBC_OK)
		out->word = by_us ? "moved" : "before";
	else if (rc == IDBC_NO_USER)
		out->word = "gone";
	else if (rc == IDBC_INVALID && !strcmp(err->code, "hash_not_accepted"))
		out->word = "later";
	else if (rc == IDBC_CONFLICT || rc == IDBC_DATA || rc == IDBC_INVALID) {
		out->word = "conflict";
		memcpy(out->problem, err->text, sizeof(err->text));
	} else {
		return rc;
	}
	return IDBC_OK;
}

static int move_row(struct migrate *m, const struct idbc_migrate_req *req,
		    const struct found_row *row, struct outcome *out, struct idbc_error *err)
{
	const struct move move = { .row = row, .parts = row->parts, .nparts = row->nparts,
		.trial = !(req->flags & IDBC_MIGRATE_MOVE), .deadline_ns = req->deadline_ns };
	struct known known;
	int by_us = 0, rc = ask_known(m, &row->id, req->deadline_ns, &known, err);

	out->problem[0] = '\0';
	if (rc != IDBC_OK)
		return rc;
	if (is_known(&known) || row->marked) {
		out->word = known.state == IDBC_MOVED_DELETED || known.hidden ? "gone" :
			    known.state == IDBC_MOVED_CHANGED ? "changed" : "before";
		return IDBC_OK;
	}
	if (req->flags & IDBC_MIGRATE_LOOK || !move_has_password(row)) {
		out->word = req->flags & IDBC_MIGRATE_LOOK ? "waiting" : "later";
		return IDBC_OK;
	}
	rc = move_user(m, &move, &by_us, err);
	return judge(rc, by_us, err, out);
}

int migrate_page(void *self, const struct idbc_migrate_req *asked, struct idbc_sink *sink,
		 struct idbc_error *err)
{
	struct migrate *m = self;
	const struct idbc_list_req req = { .size = sizeof(req), .limit = asked->limit,
		.deadline_ns = asked->deadline_ns, .after = asked->after };
	struct outcome outcome;
	struct found found;
	int rc;

	if (!LOWER_HAS(m->from, list))
		return m->host->fail(m->host, err, IDBC_UNSUPPORTED, "",
				     "the users of the old store cannot be listed");
	found_init(&found);
	rc = m->from->ops->list(m->from->self, &req, &found.sink, err);
	if (found.nomem)
		rc = m->host->fail(m->host, err, IDBC_NOMEM, "", "out of memory");
	for (size_t i = 0; rc == IDBC_OK && i < found.n; i++) {
		rc = move_row(m, asked, &found.rows[i], &outcome, err);
		if (rc == IDBC_OK && tell_outcome(sink, &found.rows[i], &outcome))
			rc = m->host->fail(m->host, err, IDBC_DRIVER, "", "the rows were refused");
	}
	found_free(&found);
	return rc;
}
