/* drivers/sql/user/failed.c - failed attempts in the user's row.
 *
 * A count is raised by arithmetic in SQL, so that attempts at one time all count.  It begins
 * again at 1 when the window is over, and after a lock: then it stands at the maximum and
 * nothing is locked.  Some stores assign from left to right, each assignment seeing those
 * before it; so the lock comes first, then the count, then the times.
 * Threads: the session's; the clock's difference is an atomic of the instance.
 */
#include "sql/user/failed.h"
#include "sql/codec/codec_part.h"

#include <string.h>
#include <time.h>

/* --- the store's clock ------------------------------------------------------------------- */

static int64_t host_clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * US_PER_SECOND + ts.tv_nsec / 1000;
}

static int64_t store_clock_us(const struct session *s)
{
	return host_clock_us() + atomic_load(&s->instance->clock_ahead_us);
}

/* --- as it was read ---------------------------------------------------------------------- */

static const struct idbc_value *column_of(const struct plan_select *select,
					  const struct found *user, uint32_t kind)
{
	for (uint32_t i = 0; i < select->ncols; i++)
		if (select->cols[i].kind == kind)
			return &user->cols[i];
	return NULL;
}

static uint32_t kind_of(const struct plan *plan, const char *col)
{
	return plan_kind(plan, plan->mapping->table, col);
}

/* A column of numbers counts seconds unless the mapping says otherwise. */
static uint32_t form_of(const struct plan *plan, const struct map_field *f)
{
	uint32_t kind = kind_of(plan, f->place.col);

	if (f->time != MAP_TIME_NONE)
		return f->time;
	return kind == SQL_COL_INTEGER || kind == SQL_COL_REAL ? MAP_UNIX : MAP_DATETIME;
}

/* 1, *us set; 0: no time is there. */
static int read_time(const struct session *s, const struct map_field *f,
		     const struct idbc_value *stored, int64_t *us)
{
	struct idbc_str text;

	if (!f->place.col || !stored || stored->kind == IDBC_KIND_NULL)
		return 0;
	text = value_str(stored);
	return codec_time_parse(&text, form_of(s->plan, f), us) == CODEC_OK;
}

static int64_t read_count(const struct idbc_value *stored)
{
	struct idbc_str text = { "", 0 };
	int64_t n = 0;

	if (stored && stored->kind == IDBC_KIND_I64)
		return stored->u.i64;
	if (stored)
		text = value_str(stored);
	return codec_i64(text.ptr, text.len, &n) ? 0 : n;
}

static int64_t read_clock(struct session *s, const struct idbc_value *stored)
{
	struct idbc_str text = { "", 0 };
	int64_t us;

	if (stored && stored->kind == IDBC_KIND_I64)
		us = stored->u.i64 * US_PER_SECOND;
	else if (stored && (text = value_str(stored)).len &&
		 codec_time_parse(&text, MAP_UNIX, &us) == CODEC_OK)
		;
	else
		return store_clock_us(s);
	atomic_store(&s->instance->clock_ahead_us, us - host_clock_us());
	return us;
}

/* Without a lock of its own the count at its maximum is one, for as long as it says. */
static int count_locks(const struct map_failed *f, int64_t count, int timed, int64_t since_us,
		       int64_t now_us)
{
	if (!f->max || count < f->max)
		return 0;
	return !f->lock_s || !timed || since_us + f->lock_s * US_PER_SECOND >= now_us;
}

struct failed_state failed_state(struct session *s, const struct plan_select *select,
				 const struct found *user)
{
	const struct map_failed *f = &s->plan->mapping->failed;
	const struct idbc_value *lock;
	struct failed_state state = { 0, 0 };
	int64_t now_us, at_us = 0, count;
	int timed;

	if (!f->mapped || !column_of(select, user, PLAN_CLOCK))
		return state;
	lock = column_of(select, user, PLAN_LOCK);
	now_us = read_clock(s, column_of(select, user, PLAN_CLOCK));
	count = read_count(column_of(select, user, PLAN_TRIES));
	if (f->until.place.col) {
		state.noted = read_time(s, &f->until, lock, &at_us);
		state.locked = state.noted && at_us > now_us;
	} else if (f->at.place.col) {
		state.noted = read_time(s, &f->at, lock, &at_us);
		state.locked = state.noted && at_us + f->lock_s * US_PER_SECOND > now_us;
	} else {
		timed = read_time(s, &f->last, column_of(select, user, PLAN_TRIED_LAST), &at_us) ||
			read_time(s, &f->first, column_of(select, user, PLAN_TRIED_FIRST), &at_us);
		state.locked = count_locks(f, count, timed, at_us, now_us);
	}
	state.noted = f->count && (state.noted || count != 0);
	return state;
}

/* --- the statement ----------------------------------------------------------------------- */

struct raise {
	struct write *w;
	const struct map_failed *f;
	struct words set, still;        /* of the UPDATE */
	int64_t now_us;
	int failed;                     /* no memory, or a time that no column holds */
};

static void put_value(struct raise *r, struct words *to, const char *col,
		      const struct idbc_value *value)
{
	if (words_arg(r->w, to, col, value))
		r->failed = 1;
}

static void put_number(struct raise *r, struct words *to, int64_t n)
{
	struct idbc_value value = { .kind = IDBC_KIND_I64, .u.i64 = n };

	put_value(r, to, r->f->count, &value);
}

/* A point in time as its column keeps it; whole seconds, which every application can read. */
static void put_time(struct raise *r, struct words *to, const struct map_field *f, int64_t us)
{
	const struct plan *plan = r->w->session->plan;
	struct idbc_value value;

	if (f->time != MAP_UNIX_MS && f->time != MAP_UNIX_US)
		us -= us % US_PER_SECOND;
	if (codec_time(us, form_of(plan, f), kind_of(plan, f->place.col),
		       &r->w->session->arena, &value) != CODEC_OK)
		r->failed = 1;
	else
		put_value(r, to, f->place.col, &value);
}

static const struct map_field *window_of(const struct map_failed *f)
{
	return f->first.place.col ? &f->first : &f->last;
}

static void put_older(struct raise *r, struct words *to, const struct map_field *f, int64_t s)
{
	words_put(to, "%I < ", f->place.col);
	put_time(r, to, f, r->now_us - s * US_PER_SECOND);
}

/* What the count becomes. */
static void put_next(struct raise *r, struct words *to)
{
	const struct map_failed *f = r->f;
	const struct map_field *from = window_of(f);
	int windowed = f->window_s && from->place.col;

	if (!windowed && !f->max) {
		words_put(to, "COALESCE(%I, 0) + 1", f->count);
		return;
	}
	words_put(to, "CASE WHEN ");
	if (windowed) {
		words_put(to, "%I IS NULL OR ", from->place.col);
		put_older(r, to, from, f->window_s);
	}
	if (f->max) {
		words_put(to, "%sCOALESCE(%I, 0) >= ", windowed ? " OR " : "", f->count);
		put_number(r, to, f->max);
	}
	words_put(to, " THEN 1 ELSE COALESCE(%I, 0) + 1 END", f->count);
}

static void put_lock(struct raise *r)
{
	const struct map_failed *f = r->f;
	const struct map_field *lock = f->until.place.col ? &f->until : &f->at;
	int64_t us = r->now_us;

	if (!f->max || !lock->place.col)
		return;
	if (f->until.place.col)         /* never before its time, to the second */
		us += f->lock_s * US_PER_SECOND + US_PER_SECOND - 1;
	words_put(&r->set, "%I = CASE WHEN ", lock->place.col);
	put_next(r, &r->set);
	words_put(&r->set, " >= ");
	put_number(r, &r->set, f->max);
	words_put(&r->set, " THEN ");
	put_time(r, &r->set, lock, us);
	words_put(&r->set, " ELSE %I END, ", lock->place.col);
}

/* The first failure is the one after which the count is 1. */
static void put_first(struct raise *r)
{
	const char *col = r->f->first.place.col;

	if (!col)
		return;
	words_put(&r->set, ", %I = CASE WHEN ", col);
	if (r->w->session->plan->dialect->sets_in_order)
		words_put(&r->set, "%I", r->f->count);
	else
		put_next(r, &r->set);
	words_put(&r->set, " = 1 THEN ");
	put_time(r, &r->set, &r->f->first, r->now_us);
	words_put(&r->set, " ELSE %I END", col);
}

static void put_last(struct raise *r, const char *before)
{
	if (!r->f->last.place.col)
		return;
	words_put(&r->set, "%s%I = ", before, r->f->last.place.col);
	put_time(r, &r->set, &r->f->last, r->now_us);
}

/* Who is locked out is left alone: more attempts lock nobody out for longer. */
static void put_unlocked(struct raise *r)
{
	const struct map_failed *f = r->f;
	const struct map_field *lock = f->until.place.col ? &f->until : &f->at;
	const struct map_field *last = f->last.place.col ? &f->last : &f->first;
	int64_t us = r->now_us;

	if (lock->place.col) {
		us -= f->until.place.col ? 0 : f->lock_s * US_PER_SECOND;
		words_put(&r->still, " AND (%I IS NULL OR %I <= ", lock->place.col,
			  lock->place.col);
		put_time(r, &r->still, lock, us);
		words_put(&r->still, ")");
	} else if (f->max) {
		words_put(&r->still, " AND (COALESCE(%I, 0) < ", f->count);
		put_number(r, &r->still, f->max);
		if (f->lock_s && last->place.col) {
			words_put(&r->still, " OR ");
			put_older(r, &r->still, last, f->lock_s);
		}
		words_put(&r->still, ")");
	}
}

int failed_raise(struct write *w, struct idbc_error *err)
{
	struct session *s = w->session;
	struct raise r = { .w = w, .f = &s->plan->mapping->failed, .now_us = store_clock_us(s) };

	words_init(w, &r.set);
	words_init(w, &r.still);
	if (r.f->count) {
		put_lock(&r);
		words_put(&r.set, "%I = ", r.f->count);
		put_next(&r, &r.set);
		put_first(&r);
	}
	put_last(&r, r.f->count ? ", " : "");
	put_unlocked(&r);
	if (r.failed || words_failed(&r.set) || words_failed(&r.still))
		return call_nomem(s, err);
	if (!r.set.text.len)            /* columns that are only obeyed */
		return IDBC_OK;
	return write_words(w, &r.set, &r.still, err);
}

/* --- after a right password ---------------------------------------------------------------- */

/* No time: NULL, or 0 of a number that takes no NULL or begins as something.  What can hold
 * neither stays: it is over. */
static int clear_time(struct write *w, struct sets *sets, const struct map_field *f)
{
	const struct plan *plan = w->session->plan;
	const struct catalogue_column *c;
	struct idbc_value none = { .kind = IDBC_KIND_NULL };
	int number;

	if (!f->place.col)
		return 0;
	c = catalogue_column(&plan->catalogue, plan->mapping->table, f->place.col);
	number = c && (c->kind == SQL_COL_INTEGER || c->kind == SQL_COL_REAL);
	if (number && (!c->nullable || c->has_default))
		none = (struct idbc_value){ .kind = IDBC_KIND_I64, .u.i64 = 0 };
	else if (c && !c->nullable)
		return 0;
	return sets_put(w, sets, f->place.col, &none);
}

int failed_forgive(struct write *w, struct sets *sets)
{
	const struct map_failed *f = &w->session->plan->mapping->failed;
	struct idbc_value none = { .kind = IDBC_KIND_I64, .u.i64 = 0 };

	if (!f->count)                  /* the application's alone */
		return 0;
	if (sets_put(w, sets, f->count, &none))
		return -1;
	return clear_time(w, sets, &f->first) || clear_time(w, sets, &f->until) ||
	       clear_time(w, sets, &f->at) ? -1 : 0;
}
