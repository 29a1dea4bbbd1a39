/* tests/bench/store.c - ours against a loop written by hand, call by call or slice by slice.
 *
 * usage: store KEY=VALUE...; tests/bench/store.py fills the tables, pins what is to be pinned
 * and says what the words are.  Parts: tests/bench/store/.  Threads: each caller its own.
 */
#include <pthread.h>
#include "store/store.h"

const char *caller_next(struct caller *c)
{
	/* By a step that shares no factor with any number of users here: each of them in turn. */
	c->asked = (c->asked + 7919) % c->users;
	c->len = (unsigned long)snprintf(c->email, sizeof(c->email), "user%lu@example.com",
					 c->asked + 1);
	c->left = (long)c->len;
	return c->email;
}

/* --- ours, and by hand ------------------------------------------------------------------- */
static void ours(void *ctx)
{
	struct caller *c = ctx;
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;
	int rc;

	if (c->plan->login)
		rc = idbc_login(c->conn, caller_next(c), c->plan->password, &profile, &err);
	else
		rc = idbc_get_user(c->conn, IDBC_BY_EMAIL, caller_next(c), &profile, &err);
	if (rc)
		bench_die(err.text);
	idbc_profile_free(profile);
}

static void by_hand(void *ctx)
{
	struct caller *c = ctx;

	c->bare(c);
	if (c->plan->verify && !c->plan->verify(c->answer.bytes[HASH_COLUMN], c->plan->password))
		bench_die("by hand the password is wrong");
}

static void caller_begin(struct caller *c, const struct plan *plan, struct idbc *conn)
{
	memset(c, 0, sizeof(*c));
	c->plan = plan;
	c->conn = conn;
	c->users = plan->users;
	if (plan->socket)
		by_mysql_begin(c);
	else if (plan->odbc)
		by_odbc_begin(c);
}

static void caller_end(struct caller *c)
{
	if (c->plan->socket)
		by_mysql_end(c);
	else if (c->plan->odbc)
		by_odbc_end(c);
}

/* --- several threads: a slice of ours, a slice by hand, in turns ---------------------------- */
struct slice {
	struct caller *caller;
	bench_fn *fn;
	int64_t until_ns;
	unsigned long calls;
};

static void *run_slice(void *arg)
{
	struct slice *s = arg;

	do {
		s->fn(s->caller);
		s->calls++;
	} while (bench_ns(CLOCK_MONOTONIC) < s->until_ns);
	return NULL;
}

static double threads_per_second(struct caller *callers, size_t n, bench_fn *fn, int64_t slice_ns)
{
	pthread_t threads[THREADS_MAX];
	struct slice slices[THREADS_MAX];
	int64_t start = bench_ns(CLOCK_MONOTONIC);
	unsigned long calls = 0;

	for (size_t i = 0; i < n; i++) {
		slices[i] = (struct slice){ &callers[i], fn, start + slice_ns, 0 };
		if (pthread_create(&threads[i], NULL, run_slice, &slices[i]))
			bench_die("no thread");
	}
	for (size_t i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
		calls += slices[i].calls;
	}
	return (double)calls * 1e9 / (double)(bench_ns(CLOCK_MONOTONIC) - start);
}

static double submitted_per_second(struct caller *c, int64_t slice_ns)
{
	int64_t start = bench_ns(CLOCK_MONOTONIC);
	unsigned long calls = submit_some(c, start + slice_ns);

	return (double)calls * 1e9 / (double)(bench_ns(CLOCK_MONOTONIC) - start);
}

static double made_per_second(struct caller *c, int mine, int64_t slice_ns)
{
	int64_t start = bench_ns(CLOCK_MONOTONIC);
	unsigned long users = (mine ? import_some : insert_some)(c, start + slice_ns);

	return (double)users * 1e9 / (double)(bench_ns(CLOCK_MONOTONIC) - start);
}

static double one_slice(struct caller *callers, size_t n, int mine, int64_t slice_ns)
{
	if (callers->plan->import)
		return made_per_second(callers, mine, slice_ns);
	if (mine && callers->plan->submit)
		return submitted_per_second(callers, slice_ns);
	if (callers->plan->submit)
		return threads_per_second(callers, n, ours, slice_ns);
	return threads_per_second(callers, n, mine ? ours : by_hand, slice_ns);
}

/* Long enough for some calls of each thread, of whatever is called. */
static int64_t slice_of(struct caller *callers, size_t n)
{
	int64_t start = bench_ns(CLOCK_MONOTONIC), ns;

	one_slice(callers, n, 1, 1000000);
	one_slice(callers, n, 0, 1000000);
	ns = (bench_ns(CLOCK_MONOTONIC) - start) * 8;
	if (bench_is_short())
		return 20000000;
	return ns < 150000000 ? 150000000 : ns < 600000000 ? ns : 600000000;
}

static void slices_row(const struct plan *plan, struct caller *callers)
{
	size_t rounds = bench_is_short() ? 3 : 21, n = plan->threads;
	double ratio[BENCH_ROUNDS_MAX], mine[BENCH_ROUNDS_MAX], theirs[BENCH_ROUNDS_MAX];
	int64_t slice_ns = slice_of(callers, n);

	for (size_t i = 0; i < rounds; i++) {
		if (i % 2)
			theirs[i] = one_slice(callers, n, 0, slice_ns);
		mine[i] = one_slice(callers, n, 1, slice_ns);
		if (i % 2 == 0)
			theirs[i] = one_slice(callers, n, 0, slice_ns);
		ratio[i] = mine[i] / theirs[i];
	}
	bench_tell(plan->row, plan->baseline, bench_median(ratio, rounds),
		   bench_median(mine, rounds), bench_median(theirs, rounds));
}

/* --- one thread: call by call --------------------------------------------------------------- */
struct two {
	struct caller *mine, *other;    /* the same where the baseline is by hand */
};

static void two_ours(void *ctx)
{
	ours(((struct two *)ctx)->mine);
}

static void two_other(void *ctx)
{
	struct two *two = ctx;

	if (two->other == two->mine)
		by_hand(two->other);
	else
		ours(two->other);
}

/* Warm first, as a server is. */
static int watched(struct two *two)
{
	long loop = bench_loop();
	bench_fn *fn = loop < 0 ? two_other : two_ours;

	for (int i = 0; loop && i < 50; i++)
		fn(two);
	for (long left = labs(loop); left; left--) {
		bench_forget();
		bench_watched(fn, two);
	}
	return loop != 0;
}

static struct idbc *must_open(const char *config)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = NULL;

	if (idbc_open(config, &conn, &err))
		bench_die(err.text);
	return conn;
}

static void calls_row(const struct plan *plan, struct caller *callers)
{
	struct two two = { callers, callers };
	struct caller against;

	if (plan->against) {
		caller_begin(&against, plan, must_open(plan->against));
		against.users = plan->users_against;
		two.other = &against;
	}
	if (!watched(&two))
		bench_row(plan->row, plan->baseline,
			  &(struct bench_pair){ two_ours, two_other, &two, bench_clock() });
	if (plan->against) {
		if (idbc_close(against.conn, 0))
			bench_die("the other connection does not close");
		caller_end(&against);
	}
}

/* --- what is asked for ---------------------------------------------------------------------- */
static const char *word(char **words, const char *key, const char *otherwise)
{
	size_t len = strlen(key);

	for (; *words; words++)
		if (!strncmp(*words, key, len) && (*words)[len] == '=')
			return *words + len + 1;
	return otherwise;
}

static unsigned long number(char **words, const char *key)
{
	return strtoul(word(words, key, "1"), NULL, 10);
}

static struct plan read_plan(char **words)
{
	const char *verify = word(words, "verify", NULL);
	struct plan plan = {
		.row = word(words, "row", "row"), .baseline = word(words, "baseline", "by hand"),
		.config = word(words, "config", ""), .against = word(words, "against", NULL),
		.password = word(words, "password", ""), .table = word(words, "table", ""),
		.where = word(words, "where", ""), .socket = word(words, "socket", NULL),
		.user = word(words, "user", ""), .db_password = word(words, "db_password", ""),
		.database = word(words, "database", ""), .odbc = word(words, "odbc", NULL),
		.users = number(words, "users"), .users_against = number(words, "users_against"),
		.threads = number(words, "threads"), .submit = word(words, "submit", NULL) != NULL,
		.import = word(words, "import", NULL) != NULL,
		.login = verify != NULL, .verify = verify ? verify_of(verify) : NULL,
	};

	if (!plan.threads || plan.threads > THREADS_MAX || !plan.users || !plan.users_against ||
	    (plan.login && !plan.verify))
		bench_die("usage: store KEY=VALUE..., see tests/bench/store.py");
	return plan;
}

int main(int argc, char **argv)
{
	struct plan plan = read_plan(argv + (argc > 0));
	struct caller *callers = calloc(THREADS_MAX, sizeof(*callers));
	struct idbc *conn = must_open(plan.config);

	if (!callers)
		bench_die("no memory");
	for (size_t i = 0; i < plan.threads; i++) {
		caller_begin(&callers[i], &plan, conn);
		callers[i].asked = i * 101;
	}
	if (plan.threads > 1 || plan.submit || plan.import)
		slices_row(&plan, callers);
	else
		calls_row(&plan, callers);
	for (size_t i = 0; i < plan.threads; i++)
		caller_end(&callers[i]);
	free(callers);
	return idbc_close(conn, 0) ? 1 : 0;
}
