/* connector/run/unusable.c - job: a stored credential that cannot be judged looks like a
 * wrong password to everybody outside; the operator is told here, once for each user, why.
 * Threads: any.  Lock: that of a struct unusable.
 */
#include <string.h>
#include "run/conn.h"
#include "run/unusable.h"

const char *const unusable_names[UNUSABLE_KINDS] = { "malformed", "limit", "unsupported" };

int unusable_init(struct unusable *u)
{
	memset(u, 0, sizeof(*u));
	return pthread_mutex_init(&u->lock, NULL) ? -1 : 0;
}

void unusable_destroy(struct unusable *u)
{
	pthread_mutex_destroy(&u->lock);
}

static int kind_of(enum password_result result)
{
	return result == PASSWORD_MALFORMED	? 0
	       : result == PASSWORD_LIMIT	? 1
	       : result == PASSWORD_UNSUPPORTED ? 2
						: -1;
}

/* FNV-1a: the ids are the store's, and two that meet cost one line. */
static uint64_t number_of(const struct row *row, int kind)
{
	const uint64_t prime = UINT64_C(1099511628211);
	uint64_t n = (UINT64_C(14695981039346656037) ^ (uint64_t)kind) * prime;

	for (size_t i = 0; i < row->native_len; i++)
		n = (n ^ (unsigned char)row->native_id[i]) * prime;
	return n ? n : 1;
}

/* FNV leaves the upper bits of short texts alike; a multiplication spreads the lower ones. */
static uint64_t *set_of(struct unusable *u, uint64_t number)
{
	return u->told[(number * UINT64_C(0x9e3779b97f4a7c15) >> 56) % UNUSABLE_SETS];
}

/* 1 if it was not among them.  Whoever is seen again moves to the front. */
static int is_new(uint64_t set[UNUSABLE_WAYS], uint64_t number)
{
	size_t i = 0;
	int known;

	while (i < UNUSABLE_WAYS - 1 && set[i] != number)
		i++;
	known = set[i] == number;
	memmove(set + 1, set, i * sizeof(*set));
	set[0] = number;
	return !known;
}

static int is_first(struct unusable *u, const struct row *row, int kind)
{
	uint64_t number = number_of(row, kind);
	int first;

	pthread_mutex_lock(&u->lock);
	first = is_new(set_of(u, number), number);
	u->users[kind] += (uint64_t)first;
	pthread_mutex_unlock(&u->lock);
	return first;
}

static void say(const struct call *call, const struct row *row,
		const struct password_verdict *v)
{
	const char *name = v->scheme ? v->scheme : "no scheme known here";
	char cost[128] = "";

	if (v->cost.kind != COST_NONE)
		cost_text(&v->cost, cost, sizeof(cost));
	if (v->result == PASSWORD_LIMIT)
		call_log(call, IDBC_LOG_WARNING, "DATA limit: the stored credential of user %s is "
			 "%s with %s, above the ceiling: nobody can log in with it",
			 row->native_id, name, cost);
	else if (v->result == PASSWORD_MALFORMED)
		call_log(call, IDBC_LOG_WARNING, "DATA malformed: the stored credential of user %s "
			 "is %s%s: nobody can log in with it", row->native_id,
			 v->scheme ? "no whole " : "of ", name);
	else
		call_log(call, IDBC_LOG_WARNING, "DATA unsupported: the stored credential of user "
			 "%s is %s, not in users.password.accept or not done here: nobody can log in "
			 "with it", row->native_id, v->scheme ? name : "of a form known");
}

void unusable_tell(const struct call *call, const struct row *row,
		   const struct password_verdict *verdict)
{
	int kind = kind_of(verdict->result);

	if (kind >= 0 && !call->walk && is_first(&call->conn->unusable, row, kind))
		say(call, row, verdict);
}

uint64_t unusable_count(struct unusable *u, size_t kind)
{
	uint64_t n;

	pthread_mutex_lock(&u->lock);
	n = u->users[kind];
	pthread_mutex_unlock(&u->lock);
	return n;
}
