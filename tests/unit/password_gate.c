/* tests/unit/password_gate.c - who is let in to hash, in which order, until when; and the
 * ceilings and estimates that stand before it.
 * lane: alone
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "password/gate/gate.h"
#include "unit.h"

#define MS          INT64_C(1000000)
#define NEVER       INT64_MAX
#define MIB         1024u
#define WORKERS_MAX 16

static const struct cost digest = { COST_NONE, 0, 0, 0 };
static const struct cost bcrypt = { COST_BCRYPT, 4, 0, 0 };

static struct cost argon2(uint32_t mib)
{
	return (struct cost){ COST_ARGON2, 1, mib * MIB, 1 };
}

static struct gate *open_gate(uint32_t slots, uint32_t mib, uint32_t queue)
{
	struct gate_rules rules = { slots, mib * MIB, queue };
	struct gate *gate = NULL;

	CU_ASSERT_FATAL(gate_open(&rules, &gate) == 0);
	return gate;
}

static int enter(struct gate *gate, struct cost cost, int64_t deadline_ns,
	enum password_priority priority, struct gate_pass *pass)
{
	struct gate_ask ask = { gate, { deadline_ns, priority } };

	return gate_enter(&ask, &cost, 0, pass);
}

static struct gate_pass must_enter(struct gate *gate, struct cost cost)
{
	struct gate_pass pass;

	CU_ASSERT_FATAL(enter(gate, cost, NEVER, PASSWORD_FOR_CALLER, &pass) == 0);
	return pass;
}

static struct password_stats stats_of(struct gate *gate)
{
	struct password_stats stats;

	memset(&stats, 0, sizeof(stats));
	gate_stats(gate, &stats);
	return stats;
}

static void nap(void)
{
	nanosleep(&(struct timespec){ 0, 200000 }, NULL);
}

/* --- workers that come one after the other -------------------------------------------- */
static atomic_int came_in;

struct worker {
	pthread_t thread;
	struct gate *gate;
	struct cost cost;
	int64_t deadline_ns;
	enum password_priority priority;
	int result, place;              /* in the order of those let in, from 1 */
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct gate_pass pass;

	w->result = enter(w->gate, w->cost, w->deadline_ns, w->priority, &pass);
	if (w->result)
		return NULL;
	w->place = atomic_fetch_add(&came_in, 1) + 1;
	gate_leave(&pass);
	return NULL;
}

static void start(struct worker *w, struct gate *gate, struct cost cost, int64_t deadline_ns,
	enum password_priority priority)
{
	uint32_t waiting = stats_of(gate).waiting;

	*w = (struct worker){ .gate = gate, .cost = cost, .deadline_ns = deadline_ns,
		.priority = priority };
	CU_ASSERT_FATAL(!pthread_create(&w->thread, NULL, work, w));
	while (stats_of(gate).waiting == waiting)
		nap();
}

static void join_all(struct worker *w, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pthread_join(w[i].thread, NULL);
}

static void close_empty(struct gate *gate)
{
	struct password_stats stats = stats_of(gate);

	CU_ASSERT_EQUAL(stats.running, 0);
	CU_ASSERT_EQUAL(stats.waiting, 0);
	CU_ASSERT_EQUAL(stats.memory_kib, 0);
	gate_close(gate);
}

/* --- the tests ------------------------------------------------------------------------ */
static void first_come_first_served(void)
{
	struct gate *gate = open_gate(1, 64, 100);
	struct gate_pass pass = must_enter(gate, bcrypt);
	struct worker w[WORKERS_MAX];

	atomic_store(&came_in, 0);
	for (size_t i = 0; i < WORKERS_MAX; i++)
		start(&w[i], gate, bcrypt, NEVER, PASSWORD_FOR_CALLER);
	gate_leave(&pass);
	join_all(w, WORKERS_MAX);
	for (int i = 0; i < WORKERS_MAX; i++)
		CU_ASSERT_EQUAL(w[i].place, i + 1);
	CU_ASSERT_EQUAL(stats_of(gate).waited, WORKERS_MAX);
	CU_ASSERT_EQUAL(stats_of(gate).admitted, WORKERS_MAX + 1);
	close_empty(gate);
}

static void cheap_ones_pass_by(void)
{
	struct gate *gate = open_gate(1, 64, 0);
	struct gate_pass pass = must_enter(gate, bcrypt), by = must_enter(gate, digest), none;

	CU_ASSERT_EQUAL(stats_of(gate).running, 1);
	CU_ASSERT_EQUAL(stats_of(gate).passed_by, 1);
	gate_leave(&by);
	CU_ASSERT_EQUAL(enter(gate, bcrypt, NEVER, PASSWORD_FOR_CALLER, &none), PASSWORD_BUSY);
	CU_ASSERT_EQUAL(stats_of(gate).busy, 1);
	gate_leave(&pass);
	CU_ASSERT_EQUAL(gate_enter(NULL, &bcrypt, 0, &none), 0);
	gate_leave(&none);
	close_empty(gate);
}

/* Told when nothing can be done any more, neither long before nor after the deadline. */
static void waiting_ends_in_time(void)
{
	struct gate *gate = open_gate(1, 64, 100);
	struct gate_pass pass = must_enter(gate, bcrypt), none;
	int64_t start_ns = clock_now_ns(), took;

	CU_ASSERT_EQUAL(enter(gate, bcrypt, start_ns + 60 * MS, PASSWORD_FOR_CALLER, &none),
		PASSWORD_LATE);
	took = clock_now_ns() - start_ns;
	CU_ASSERT(took >= 50 * MS && took < 2000 * MS * unit_slower());
	gate_leave(&pass);
	start_ns = clock_now_ns();      /* a second of work in half a second: not even begun */
	CU_ASSERT_EQUAL(enter(gate, (struct cost){ COST_BCRYPT, 15, 0, 0 }, start_ns + 500 * MS,
			PASSWORD_FOR_CALLER, &none), PASSWORD_LATE);
	CU_ASSERT(clock_now_ns() - start_ns < 400 * MS * unit_slower());
	CU_ASSERT_EQUAL(stats_of(gate).late, 2);
	close_empty(gate);
}

static void upgrades_come_last(void)
{
	struct gate *gate = open_gate(1, 64, 100);
	struct gate_pass pass = must_enter(gate, bcrypt);
	struct worker w[4];

	atomic_store(&came_in, 0);
	start(&w[0], gate, bcrypt, NEVER, PASSWORD_FOR_UPGRADE);
	for (size_t i = 1; i < 4; i++)
		start(&w[i], gate, bcrypt, NEVER, PASSWORD_FOR_CALLER);
	gate_leave(&pass);
	join_all(w, 4);
	CU_ASSERT_EQUAL(w[1].place, 1);
	CU_ASSERT_EQUAL(w[3].place, 3);
	CU_ASSERT_EQUAL(w[0].place, 4);
	close_empty(gate);
}

static void upgrades_are_given_up(void)
{
	struct gate *gate = open_gate(1, 64, 4);
	struct gate_pass pass = must_enter(gate, bcrypt), none;
	int64_t start_ns = clock_now_ns(), in_a_minute = start_ns + 60000 * MS;
	struct worker w[4];

	CU_ASSERT(gate_has_room(gate, &bcrypt, in_a_minute));
	CU_ASSERT(!gate_has_room(gate, &bcrypt, start_ns));
	CU_ASSERT_EQUAL(enter(gate, bcrypt, NEVER, PASSWORD_FOR_UPGRADE, &none), PASSWORD_BUSY);
	CU_ASSERT(clock_now_ns() - start_ns >= 900 * MS);
	for (size_t i = 0; i < 3; i++)
		start(&w[i], gate, bcrypt, NEVER, PASSWORD_FOR_CALLER);
	CU_ASSERT(!gate_has_room(gate, &bcrypt, in_a_minute));
	start_ns = clock_now_ns();
	CU_ASSERT_EQUAL(enter(gate, bcrypt, NEVER, PASSWORD_FOR_UPGRADE, &none), PASSWORD_BUSY);
	CU_ASSERT(clock_now_ns() - start_ns < 500 * MS * unit_slower());
	CU_ASSERT_EQUAL(stats_of(gate).upgrades_skipped, 4);
	start(&w[3], gate, bcrypt, NEVER, PASSWORD_FOR_CALLER);
	CU_ASSERT_EQUAL(enter(gate, bcrypt, NEVER, PASSWORD_FOR_CALLER, &none), PASSWORD_BUSY);
	gate_leave(&pass);
	join_all(w, 4);
	CU_ASSERT_EQUAL(stats_of(gate).busy, 1);
	close_empty(gate);
}

/* Slots are left, memory is not: who needs much is not passed by who needs little. */
static void memory_is_a_budget(void)
{
	struct gate *gate = open_gate(8, 100, 100);
	struct gate_pass a = must_enter(gate, argon2(40)), b = must_enter(gate, argon2(40));
	struct worker w[2];

	atomic_store(&came_in, 0);
	CU_ASSERT_EQUAL(stats_of(gate).memory_kib, 80 * MIB);
	start(&w[0], gate, argon2(98), NEVER, PASSWORD_FOR_CALLER);
	start(&w[1], gate, argon2(10), NEVER, PASSWORD_FOR_CALLER);
	gate_leave(&a);
	nap();
	CU_ASSERT_EQUAL(stats_of(gate).waiting, 2);
	gate_leave(&b);
	join_all(w, 2);
	CU_ASSERT_EQUAL(w[0].place, 1);
	CU_ASSERT_EQUAL(w[1].place, 2);
	CU_ASSERT_EQUAL(stats_of(gate).memory_high_kib, 98 * MIB);
	close_empty(gate);
}

static void who_gives_up_lets_others_in(void)
{
	struct gate *gate = open_gate(8, 100, 100);
	struct gate_pass pass = must_enter(gate, argon2(60));
	struct worker w[2];

	atomic_store(&came_in, 0);
	start(&w[0], gate, argon2(90), clock_now_ns() + 300 * MS, PASSWORD_FOR_CALLER);
	start(&w[1], gate, argon2(10), NEVER, PASSWORD_FOR_CALLER);
	join_all(w, 2);         /* `pass` is still inside */
	CU_ASSERT_EQUAL(w[0].result, PASSWORD_LATE);
	CU_ASSERT_EQUAL(w[1].result, 0);
	gate_leave(&pass);
	close_empty(gate);
}

/* --- a storm: whatever happens, all come out, and the rules were kept ------------------- */
#define STORM_SLOTS 3
#define STORM_MIB   64
static atomic_int inside, held_mib, broken, let_in;

static void stay(struct gate *gate, unsigned *seed)
{
	uint32_t mib = rand_r(seed) % 4 ? 2 + rand_r(seed) % 20 : 2 + rand_r(seed) % 62;
	int64_t left = rand_r(seed) % 3 ? 20000 * MS : rand_r(seed) % 50 * MS;
	struct gate_pass pass;

	mib &= ~1u;
	if (enter(gate, argon2(mib), clock_now_ns() + left,
		  rand_r(seed) % 5 ? PASSWORD_FOR_CALLER : PASSWORD_FOR_UPGRADE, &pass))
		return;
	if (atomic_fetch_add(&inside, 1) >= STORM_SLOTS ||
	    atomic_fetch_add(&held_mib, (int)mib) + (int)mib > STORM_MIB)
		atomic_store(&broken, 1);
	atomic_fetch_add(&let_in, 1);
	if (rand_r(seed) % 4 == 0)
		nap();
	atomic_fetch_sub(&held_mib, (int)mib);
	atomic_fetch_sub(&inside, 1);
	gate_leave(&pass);
}

static void *storm(void *arg)
{
	static atomic_uint seeds;
	unsigned seed = atomic_fetch_add(&seeds, 1) + 1;

	for (int i = 0; i < 150; i++)
		stay(arg, &seed);
	return NULL;
}

static void nobody_is_forgotten(void)
{
	struct gate *gate = open_gate(STORM_SLOTS, STORM_MIB, 100);
	pthread_t threads[WORKERS_MAX];
	struct password_stats stats;

	for (size_t i = 0; i < WORKERS_MAX; i++)
		CU_ASSERT_FATAL(!pthread_create(&threads[i], NULL, storm, gate));
	for (size_t i = 0; i < WORKERS_MAX; i++)
		pthread_join(threads[i], NULL);
	stats = stats_of(gate);
	CU_ASSERT_EQUAL(atomic_load(&broken), 0);
	CU_ASSERT(stats.admitted == (uint64_t)atomic_load(&let_in));
	CU_ASSERT(stats.admitted + stats.busy + stats.late + stats.upgrades_skipped ==
		  WORKERS_MAX * 150);
	CU_ASSERT(stats.admitted > 500 && stats.waited > 0);
	CU_ASSERT(stats.memory_high_kib <= STORM_MIB * MIB);
	close_empty(gate);
}

/* --- ceilings and estimates ------------------------------------------------------------- */
struct bound { struct cost at, above; };

static void each_kind_has_its_ceiling(void)
{
	static const struct bound bounds[] = {
		{ { COST_ARGON2, 1, 262144, 1 }, { COST_ARGON2, 1, 262145, 1 } },
		{ { COST_ARGON2, 64, 65536, 1 }, { COST_ARGON2, 65, 8, 1 } },
		{ { COST_ARGON2, 16, 262144, 1 }, { COST_ARGON2, 17, 262144, 1 } },
		{ { COST_ARGON2, 1, 512, 64 }, { COST_ARGON2, 1, 520, 65 } },
		{ { COST_BCRYPT, 15, 0, 0 }, { COST_BCRYPT, 16, 0, 0 } },
		{ { COST_SCRYPT, 18, 8, 1 }, { COST_SCRYPT, 18, 9, 1 } },
		{ { COST_SCRYPT, 14, 8, 16 }, { COST_SCRYPT, 10, 8, 17 } },
		{ { COST_PBKDF2, 10000000, 0, 0 }, { COST_PBKDF2, 10000001, 0, 0 } },
		{ { COST_PBKDF2_WIDE, 5000000, 0, 0 }, { COST_PBKDF2_WIDE, 5000010, 0, 0 } },
		{ { COST_MIXED, 1000000, 0, 0 }, { COST_MIXED, 1000001, 0, 0 } },
		{ { COST_SHACRYPT, 5000000, 0, 0 }, { COST_SHACRYPT, 5000001, 0, 0 } },
		{ { COST_PHPASS, 22, 0, 0 }, { COST_PHPASS, 23, 0, 0 } },
		{ { COST_DRUPAL, 20, 0, 0 }, { COST_DRUPAL, 21, 0, 0 } },
		{ { COST_ROUNDS, 1000000, 0, 0 }, { COST_ROUNDS, 1000001, 0, 0 } },
		{ { COST_NONE, 0, 0, 0 }, { COST_ARGON2, UINT64_MAX, UINT64_MAX, 1 } },
	};

	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		int at = cost_within(&bounds[i].at, NULL), above = cost_within(&bounds[i].above, NULL);

		if (!at || above)
			fprintf(stderr, "kind %d, row %zu: %d %d\n", bounds[i].at.kind, i, at, above);
		CU_ASSERT(at && !above);
	}
}

/* One ceiling raised, the total and the budget still hold. */
static void the_total_has_a_ceiling(void)
{
	struct limits limits = limits_default;
	struct cost bcrypt17 = { COST_BCRYPT, 17, 0, 0 }, large = argon2(512);

	limits.bcrypt_cost = 31;
	CU_ASSERT(!cost_within(&bcrypt17, &limits));
	limits.est_ms = 10000;
	CU_ASSERT(cost_within(&bcrypt17, &limits));
	CU_ASSERT(!cost_within(&(struct cost){ COST_BCRYPT, 31, 0, 0 }, &limits));
	limits.argon2_memory_kib = 1024 * MIB;
	CU_ASSERT(cost_within(&large, &limits));
	limits.memory_kib = 256 * MIB;
	CU_ASSERT(!cost_within(&large, &limits));
	CU_ASSERT_EQUAL(cost_memory_kib(&large), 512 * MIB);
	CU_ASSERT_EQUAL(cost_memory_kib(&(struct cost){ COST_SCRYPT, 17, 8, 1 }), 128 * MIB + 1);
	CU_ASSERT_EQUAL(cost_memory_kib(&(struct cost){ COST_SCRYPT, 1, 65536, 16 }),
			18 * 8 * 1024);
	CU_ASSERT_EQUAL(cost_memory_kib(&bcrypt17), 0);
	CU_ASSERT_EQUAL(cost_memory_kib(&(struct cost){ COST_ARGON2, 2, 19456, 1 }), 20 * MIB);
}

/* What hashes the password again in every round takes no long one at a high number. */
static void long_passwords_cost(void)
{
	static const struct cost phpass = { COST_PHPASS, 22, 0, 0 },
		sha = { COST_SHACRYPT, 656000, 0, 0 }, mixed = { COST_MIXED, 15000, 0, 0 },
		pbkdf2 = { COST_PBKDF2, 10000000, 0, 0 };

	CU_ASSERT(cost_takes(&phpass, 16, NULL) && !cost_takes(&phpass, 4096, NULL));
	CU_ASSERT(cost_takes(&(struct cost){ COST_PHPASS, 13, 0, 0 }, 4096, NULL));
	CU_ASSERT(cost_takes(&sha, 511, NULL));
	CU_ASSERT(!cost_takes(&(struct cost){ COST_SHACRYPT, 5000000, 0, 0 }, 511, NULL));
	CU_ASSERT(cost_takes(&mixed, 4096, NULL));
	CU_ASSERT_EQUAL(cost_us(&pbkdf2, 4096), cost_us(&pbkdf2, 0));
	CU_ASSERT(cost_us(&mixed, 4096) > 10 * cost_us(&mixed, 16));
	CU_ASSERT_EQUAL(cost_us(&mixed, 16), cost_us(&mixed, 0));
}

/* How many of a cost come in before one is too late. */
static uint32_t count_in(uint32_t slots, struct cost cost)
{
	struct gate *gate = open_gate(slots, 256, 64);
	struct gate_pass passes[4096];
	uint32_t n = 0;

	while (n < 4096 && !enter(gate, cost, clock_now_ns() + 300000000, PASSWORD_FOR_CALLER,
				  &passes[n]))
		n++;
	for (uint32_t i = 0; i < n; i++)
		gate_leave(&passes[i]);
	close_empty(gate);
	return n;
}

static void short_ones_share(void)
{
	static const struct cost quick = { COST_BCRYPT, 4, 0, 0 }, slow = { COST_BCRYPT, 8, 0, 0 };
	struct gate *gate = open_gate(0, 256, 64);
	uint32_t cores = stats_of(gate).slots;

	close_empty(gate);
	CU_ASSERT_EQUAL(count_in(0, quick), 2 * cores);
	CU_ASSERT_EQUAL(count_in(0, slow), cores);
	CU_ASSERT_EQUAL(count_in(3, quick), 3);
}

static const struct unit_test tests[] = {
	{ "first come, first served", first_come_first_served },
	{ "cheap ones pass by", cheap_ones_pass_by },
	{ "waiting ends in time", waiting_ends_in_time },
	{ "upgrades come last", upgrades_come_last },
	{ "upgrades are given up", upgrades_are_given_up },
	{ "memory is a budget", memory_is_a_budget },
	{ "who gives up lets others in", who_gives_up_lets_others_in },
	{ "nobody is forgotten", nobody_is_forgotten },
	{ "each kind has its ceiling", each_kind_has_its_ceiling },
	{ "the total has a ceiling", the_total_has_a_ceiling },
	{ "long passwords cost", long_passwords_cost },
	{ "short ones share a slot", short_ones_share },
};
UNIT_MAIN("password_gate", tests)
