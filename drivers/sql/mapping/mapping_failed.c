/* drivers/sql/mapping/mapping_failed.c - users.login.failed: the columns in which an
 * application counts failed attempts and locks users out.  All of them lie in the user's
 * row, so that one statement writes them.  Threads: one per mapping_parse(); no lock.
 */
#include "sql/mapping/mapping_parse.h"

#include <string.h>

#define DAY_S        86400
#define LOCK_S       900        /* where nothing else is said */
#define SECONDS_MAX  (3650 * (int64_t)DAY_S)
#define FAILURES_MAX 1000000

static const char base[] = "users.login.failed";

/* "col", or {"col": ...} with what may stand beside it. */
static const char *failed_column(struct parse *p, const json_t *json, const char *key,
	const char *const *known)
{
	const char *text;

	if (json_is_object(json)) {
		parse_known(p, json, key, known);
		if (!json_object_get(json, "col"))
			parse_bad(p, "missing-key", parse_key(p, key, "col"), "expected a column");
		text = parse_string(p, json, key, "col");
	} else {
		text = parse_text(p, json, key);
	}
	if (text && strpbrk(text, ".[")) {
		parse_bad(p, "unsupported", key, "expected a column of the user's own table: a "
			"failed attempt is counted in one statement");
		return NULL;
	}
	return text ? parse_column(p, text, key) : NULL;
}

static const char *failed_count(struct parse *p, const json_t *failed)
{
	static const char *const known[] = { "col", NULL };
	const json_t *json = json_object_get(failed, "count");

	return json ? failed_column(p, json, parse_key(p, base, "count"), known) : NULL;
}

static void failed_time(struct parse *p, const json_t *failed, const char *name,
	struct map_field *out)
{
	static const char *const known[] = { "col", "time", NULL };
	const json_t *json = json_object_get(failed, name);
	const char *form;

	out->name = name;
	out->key = parse_key(p, base, name);
	out->kind = MAP_COL;
	out->type = MAP_TIME;
	out->place.link = -1;
	if (!json)
		return;
	out->place.col = failed_column(p, json, out->key, known);
	form = json_is_object(json) ? parse_string(p, json, out->key, "time") : NULL;
	if (form && (!parse_time_name(form, &out->time) || out->time == MAP_DATE))
		parse_bad(p, "bad-value", parse_key(p, out->key, "time"),
			"expected datetime, unix, unix_ms, unix_us, mw14 or iso");
}

static int64_t failed_number(struct parse *p, const json_t *failed, const char *name,
	int64_t fallback, int64_t max)
{
	const json_t *json = json_object_get(failed, name);
	const char *key = parse_key(p, base, name);

	if (!json)
		return fallback;
	if (json_is_integer(json) && json_integer_value(json) >= 1 &&
	    json_integer_value(json) <= max)
		return json_integer_value(json);
	if (json_is_integer(json))
		parse_bad(p, "out-of-range", key, "expected 1 to %lld", (long long)max);
	else
		parse_bad(p, "wrong-type", key, "expected an integer");
	return fallback;
}

/* What makes no sense without the other. */
static void failed_fits(struct parse *p, const json_t *failed, const struct map_failed *f)
{
	int timed = f->first.place.col || f->last.place.col;

	if (f->max && !json_object_get(failed, "count"))
		parse_bad(p, "missing-key", parse_key(p, base, "count"),
			"expected the column that \"max\" is the maximum of");
	if (json_object_get(failed, "locked_until") && json_object_get(failed, "locked_at"))
		parse_bad(p, "bad-combination", parse_key(p, base, "locked_at"),
			"a lock has either its end or its beginning");
	if (f->window_s && !timed)
		parse_bad(p, "missing-key", parse_key(p, base, "last"),
			"expected \"last\" or \"first\": \"window_s\" counts from there");
	if (json_object_get(failed, "lock_s") && !json_object_get(failed, "locked_until") &&
	    !json_object_get(failed, "locked_at") && !timed)
		parse_bad(p, "missing-key", parse_key(p, base, "locked_until"),
			"expected a column that says when a lock ends or began");
}

/* Once it is known whether there is a lock of its own. */
static int64_t failed_lock_s(struct parse *p, const json_t *failed, const struct map_failed *f)
{
	int locks = f->until.place.col || f->at.place.col;

	return failed_number(p, failed, "lock_s", locks ? LOCK_S : f->window_s, SECONDS_MAX);
}

void parse_failed(struct parse *p, const json_t *login)
{
	static const char *const known[] = { "count", "first", "last", "locked_until", "locked_at",
		"max", "window_s", "lock_s", NULL };
	const json_t *failed = parse_object(p, login, "users.login", "failed");
	struct map_failed *f = &p->m->failed;

	if (!json_object_size(failed))
		return;
	f->mapped = 1;
	parse_known(p, failed, base, known);
	f->count = failed_count(p, failed);
	failed_time(p, failed, "first", &f->first);
	failed_time(p, failed, "last", &f->last);
	failed_time(p, failed, "locked_until", &f->until);
	failed_time(p, failed, "locked_at", &f->at);
	f->max = failed_number(p, failed, "max", 0, FAILURES_MAX);
	f->window_s = failed_number(p, failed, "window_s", 0, SECONDS_MAX);
	f->lock_s = failed_lock_s(p, failed, f);
	failed_fits(p, failed, f);
}
