/* tests/host/chaos/main.c - threads that log in, change, delete and create users of their own, by
 * both ways in, while somebody outside ends, stops, cuts and delays the server; and whether
 * each answer fits what the ones before said: none wrong, none lost, none twice, none late.
 * Meanwhile the process forks, and opens and closes another connection to the same server;
 * in the end it holds no more than it did before.
 *
 * usage: chaos LABEL CONFIG OTHER-CONFIG SECONDS SEED   says "calm" in the end and waits for a
 * line: the server is well again, and when it became so before (nanoseconds).  A user is one
 * thread's; so what he may be is known but for what ended with effect UNKNOWN, which may come
 * true for some seconds more.
 */
#include "chaos.h"

struct chaos chaos;

#define MANY 96                         /* descriptors or threads: more than the pools explain */
#define LEAK (192u << 10)

static void *work(void *arg)
{
	struct worker *w = arg;

	while (chaos_now_ns() < chaos.end_ns)
		user_step(w, &w->people[rand_r(&w->seed) % PEOPLE]);
	return NULL;
}

static void count_ops(void)
{
	for (int i = 0; i < THREADS; i++)
		for (struct op *op = chaos.workers[i].ops, *next; op; op = next) {
			next = op->next;
			atomic_fetch_add(&chaos.twice, op->completions > 1);
			free(op);
		}
}

static void report(int there)
{
	const struct chaos *c = &chaos;

	printf("# %lld calls, %lld answered, %lld submitted, %lld refused early, %lld in doubt, "
	       "%lld late\n", (long long)c->calls, (long long)c->passed, (long long)c->accepted,
	       (long long)c->refused, (long long)c->unknown, (long long)c->late);
	printf("# %lld forks, %lld closes, at most %zu descriptors and %zu threads\n", (long long)c->forks,
	       (long long)c->closes, c->most_descriptors, c->most_threads);
	printf("there %d\n", there);
	host_says(!c->wrong, "none-wrong", "%lld answers that cannot be", (long long)c->wrong);
	host_says(!c->lost && !c->twice, "each-once", "%lld never told, %lld twice", (long long)c->lost,
		  (long long)c->twice);
	host_says(!c->very_late && c->late <= c->calls / 200, "in-time", "%lld of %lld late, %lld by a second",
		  (long long)c->late, (long long)c->calls, (long long)c->very_late);
	host_says(c->passed > c->calls / (10 * host_slower()) && c->accepted > 0, "busy",
		  "%lld of %lld calls were answered", (long long)c->passed, (long long)c->calls);
	host_says(c->forks && !c->bad_forks, "forks", "%lld of %lld", (long long)c->bad_forks, (long long)c->forks);
	host_says(c->closes && !c->bad_closes && !c->slow_closes, "closes", "%lld of %lld told wrongly, %lld slow",
		  (long long)c->bad_closes, (long long)c->closes, (long long)c->slow_closes);
}

/* What is held with no connection open; threads that are on their way out are waited for. */
struct held {
	size_t descriptors, threads, memory;
};

static struct held hold(const struct held *limit)
{
	struct held now;

	for (int i = 0; ; i++) {
		now = (struct held){ host_descriptors(), host_threads(), host_memory() };
		if (!limit || i == 150 || (now.threads <= limit->threads &&
					   now.descriptors <= limit->descriptors))
			return now;
		chaos_sleep_ms(100);
	}
}

static void compare(const struct held *before, const struct held *after)
{
	printf("# held: descriptors %zu, %zu; threads %zu, %zu; KiB %zu, %zu\n", before->descriptors,
	       after->descriptors, before->threads, after->threads, before->memory >> 10,
	       after->memory >> 10);
	host_says(after->descriptors <= before->descriptors && after->threads <= before->threads &&
		  after->memory <= before->memory + LEAK && chaos.most_descriptors < MANY &&
		  chaos.most_threads < MANY, "holds-nothing", "descriptors %zu, %zu, threads %zu, %zu, bytes %zu, %zu",
		  before->descriptors, after->descriptors, before->threads, after->threads,
		  before->memory, after->memory);
}

static void work_hard(char *other)
{
	pthread_t more_threads[2];

	if (pthread_create(&more_threads[0], NULL, beside_fork, NULL) ||
	    pthread_create(&more_threads[1], NULL, beside_visits, other))
		exit(1);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&chaos.workers[i].thread, NULL, work, &chaos.workers[i]))
			exit(1);
	for (int i = 0; i < THREADS; i++)
		pthread_join(chaos.workers[i].thread, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(more_threads[i], NULL);
}

/* The first opening loads and learns what stays for ever. */
static struct held warm_up(char *const *args)
{
	struct held before;
	unsigned seed = 1;

	host_label = args[1];
	chaos.store = host_open(args[2]);
	users_come((unsigned)atoi(args[5]));
	beside_visit(host_open(args[3]), &seed);
	idbc_close(chaos.store, 1000);
	chaos_sleep_ms(500);
	before = hold(NULL);
	chaos.store = host_open(args[2]);
	idbc_set_log(chaos.store, recovery_hear, NULL);
	return before;
}

int main(int argc, char **argv)
{
	static char line[1 << 16];
	struct held before, after;
	pthread_t watch;
	int there = 0;

	if (argc != 6)
		return 2;
	chaos.origin_ns = chaos_now_ns();
	before = warm_up(argv);
	chaos.end_ns = chaos_now_ns() + atoi(argv[4]) * INT64_C(1000000000);
	puts("ready");
	fflush(stdout);
	if (pthread_create(&watch, NULL, call_sleeper, NULL))
		return 1;
	work_hard(argv[3]);
	puts("calm");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	recovery_tell(line);
	chaos.end_ns = chaos_now_ns() + INT64_C(60000000000);
	chaos_sleep_ms((int)(RIPE_NS / 1000000));
	for (int i = 0; i < THREADS; i++)
		for (int k = 0; k < PEOPLE; k++)
			user_settle(&chaos.workers[i], &chaos.workers[i].people[k], &there);
	chaos.end_ns = 0;
	pthread_join(watch, NULL);
	idbc_close(chaos.store, 1000);
	count_ops();
	after = hold(&before);
	report(there);
	compare(&before, &after);
	return host_failed;
}
