/* connector/password/gate/gate.c - job: let hashes in, one by one, as cores and memory allow.
 *
 * Threads: any.  Lock: gate.lock, never held while a hash runs or memory is mapped.  Each
 * waiter has a condition of its own, on its own stack: whoever leaves wakes exactly those
 * who are let in.  A slot given to a thread that sleeps is empty until that one runs: of hashes
 * so short that this matters two share a slot, where the number was left to us.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fork.h"
#include "password/gate/gate.h"
#include "password/tool/arena.h"

#define NS_PER_US       INT64_C(1000)
#define NS_PER_S        INT64_C(1000000000)
#define PASS_BY_US      50u                     /* cheaper than to ask */
#define SHORT_US        4000u                   /* of these two share a core's slot */
#define UPGRADE_WAIT_NS NS_PER_S                /* longer, and the next login does it */
#define LINES           2                       /* by enum password_priority */

struct waiter {
	struct waiter *next;
	pthread_cond_t wake;
	uint32_t memory_kib, halves;
	int admitted;
};
struct line {
	struct waiter *first, *last;
	uint32_t n;
};
struct gate {
	struct gate_rules rules;
	uint32_t generation;            /* of the process that counted its budget */
	pthread_mutex_t lock;
	struct line line[LINES];
	uint32_t running, memory_kib;   /* inside, and what they hold */
	uint32_t halves;                /* of slots that they fill */
	int shares;                     /* nobody has said how many run at once */
	uint32_t memory_high_kib;
	uint64_t admitted, waited, busy, late, skipped;
	_Atomic uint64_t passed_by;
};

/* --- opening -------------------------------------------------------------------------- */
static uint32_t count_cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return CPU_COUNT(&set) > 0 ? (uint32_t)CPU_COUNT(&set) : 1;
}

int gate_open(const struct gate_rules *rules, struct gate **out)
{
	struct gate *gate = calloc(1, sizeof(*gate));

	if (!gate)
		return -1;
	if (pthread_mutex_init(&gate->lock, NULL)) {
		free(gate);
		return -1;
	}
	gate->rules = *rules;
	gate->shares = !gate->rules.slots;
	if (gate->shares)
		gate->rules.slots = count_cores();
	gate->generation = fork_generation();
	arena_budget_add((int64_t)rules->memory_kib * 1024);
	*out = gate;
	return 0;
}

/* A forked child has arenas of its own, and no budget of its parent's. */
void gate_close(struct gate *gate)
{
	if (!gate)
		return;
	if (gate->generation == fork_generation())
		arena_budget_add(-(int64_t)gate->rules.memory_kib * 1024);
	pthread_mutex_destroy(&gate->lock);
	free(gate);
}

/* --- with the lock held --------------------------------------------------------------- */
static int fits(const struct gate *gate, const struct waiter *waiter)
{
	return gate->halves + waiter->halves <= 2 * gate->rules.slots &&
		waiter->memory_kib <= gate->rules.memory_kib - gate->memory_kib;
}

static void take_place(struct gate *gate, const struct waiter *waiter)
{
	gate->running++;
	gate->admitted++;
	gate->halves += waiter->halves;
	gate->memory_kib += waiter->memory_kib;
	if (gate->memory_kib > gate->memory_high_kib)
		gate->memory_high_kib = gate->memory_kib;
}

static void join(struct line *line, struct waiter *waiter)
{
	if (line->last)
		line->last->next = waiter;
	else
		line->first = waiter;
	line->last = waiter;
	line->n++;
}

static void drop(struct line *line, struct waiter *waiter)
{
	struct waiter *before = NULL;

	for (struct waiter *at = line->first; at != waiter; at = at->next)
		before = at;
	if (before)
		before->next = waiter->next;
	else
		line->first = waiter->next;
	if (line->last == waiter)
		line->last = before;
	line->n--;
}

static struct line *moving_line(struct gate *gate)
{
	return &gate->line[gate->line[PASSWORD_FOR_CALLER].n ? PASSWORD_FOR_CALLER
							     : PASSWORD_FOR_UPGRADE];
}

static void admit_next(struct gate *gate)
{
	struct line *line = moving_line(gate);
	struct waiter *head;

	while ((head = line->first) && fits(gate, head)) {
		drop(line, head);
		take_place(gate, head);
		head->admitted = 1;
		pthread_cond_signal(&head->wake);
		line = moving_line(gate);
	}
}

static int is_full(const struct gate *gate, enum password_priority priority)
{
	uint32_t n = gate->line[PASSWORD_FOR_CALLER].n + gate->line[PASSWORD_FOR_UPGRADE].n;

	return priority == PASSWORD_FOR_UPGRADE ? n > gate->rules.queue_max / 2
						: n >= gate->rules.queue_max;
}

/* --- waiting -------------------------------------------------------------------------- */
static int waiter_init(struct waiter *waiter, const struct gate_pass *pass)
{
	pthread_condattr_t attr;
	int rc;

	memset(waiter, 0, sizeof(*waiter));
	waiter->memory_kib = pass->memory_kib;
	waiter->halves = pass->halves;
	if (pthread_condattr_init(&attr))
		return -1;
	rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) ||
		pthread_cond_init(&waiter->wake, &attr);
	pthread_condattr_destroy(&attr);
	return rc ? -1 : 0;
}

/* The lock is held, but while it waits.  1: let in. */
static int wait_in_line(struct gate *gate, struct line *line, struct waiter *waiter,
	int64_t until_ns)
{
	struct timespec until = { until_ns / NS_PER_S, until_ns % NS_PER_S };
	int timed_out = 0;

	gate->waited++;
	join(line, waiter);
	while (!waiter->admitted && !timed_out)
		timed_out = pthread_cond_timedwait(&waiter->wake, &gate->lock, &until) != 0;
	if (waiter->admitted)
		return 1;
	drop(line, waiter);
	admit_next(gate);       /* it may have been the head that did not fit */
	return 0;
}

static int turned_away(struct gate *gate, const struct password_call *call, int result)
{
	if (call->priority == PASSWORD_FOR_UPGRADE)
		gate->skipped++;
	else if (result == PASSWORD_BUSY)
		gate->busy++;
	else
		gate->late++;
	return result;
}

static int enter_locked(struct gate *gate, const struct password_call *call,
	struct waiter *waiter, int64_t until_ns)
{
	int first_is_empty = !gate->line[PASSWORD_FOR_CALLER].n;

	if (first_is_empty && !gate->line[call->priority].n && fits(gate, waiter)) {
		take_place(gate, waiter);
		return 0;
	}
	if (is_full(gate, call->priority))
		return turned_away(gate, call, PASSWORD_BUSY);
	if (!wait_in_line(gate, &gate->line[call->priority], waiter, until_ns))
		return turned_away(gate, call, call->priority == PASSWORD_FOR_UPGRADE
				   ? PASSWORD_BUSY : PASSWORD_LATE);
	return 0;
}

static int enter(struct gate *gate, const struct password_call *call, const struct gate_pass *pass,
	int64_t now_ns, int64_t until_ns)
{
	struct waiter waiter;
	int rc;

	if (waiter_init(&waiter, pass))
		return PASSWORD_FAILED;
	if (call->priority == PASSWORD_FOR_UPGRADE && until_ns > now_ns + UPGRADE_WAIT_NS)
		until_ns = now_ns + UPGRADE_WAIT_NS;
	pthread_mutex_lock(&gate->lock);
	rc = until_ns < now_ns ? turned_away(gate, call, PASSWORD_LATE)
			       : enter_locked(gate, call, &waiter, until_ns);
	pthread_mutex_unlock(&gate->lock);
	pthread_cond_destroy(&waiter.wake);
	return rc;
}

/* --- what others see ------------------------------------------------------------------ */
int gate_enter(const struct gate_ask *ask, const struct cost *cost, size_t typed,
	struct gate_pass *out)
{
	struct gate *gate = ask ? ask->gate : NULL;
	uint64_t est_us = cost_us(cost, typed);
	int64_t now_ns;
	int rc;

	memset(out, 0, sizeof(*out));
	if (!gate)
		return 0;
	if (est_us < PASS_BY_US) {
		atomic_fetch_add_explicit(&gate->passed_by, 1, memory_order_relaxed);
		return 0;
	}
	now_ns = clock_now_ns();
	out->memory_kib = cost_memory_kib(cost);
	out->halves = gate->shares && est_us < SHORT_US ? 1 : 2;
	rc = enter(gate, &ask->call, out, now_ns,
		   ask->call.deadline_ns - (int64_t)est_us * NS_PER_US);
	if (rc)
		return rc;
	out->gate = gate;
	if (!cost_in_arena(cost))
		out->elsewhere_kib = out->memory_kib;
	if (out->elsewhere_kib)
		arena_budget_add(-(int64_t)out->elsewhere_kib * 1024);
	return 0;
}

void gate_leave(struct gate_pass *pass)
{
	struct gate *gate = pass->gate;

	if (!gate)
		return;
	if (pass->elsewhere_kib)
		arena_budget_add((int64_t)pass->elsewhere_kib * 1024);
	pthread_mutex_lock(&gate->lock);
	gate->running--;
	gate->halves -= pass->halves;
	gate->memory_kib -= pass->memory_kib;
	admit_next(gate);
	pthread_mutex_unlock(&gate->lock);
}

int gate_has_room(struct gate *gate, const struct cost *cost, int64_t deadline_ns)
{
	int64_t est_ns = 2 * (int64_t)cost_us(cost, 0) * NS_PER_US;
	int room;

	pthread_mutex_lock(&gate->lock);
	room = !is_full(gate, PASSWORD_FOR_UPGRADE) && clock_now_ns() + est_ns < deadline_ns;
	if (!room)
		gate->skipped++;
	pthread_mutex_unlock(&gate->lock);
	return room;
}

void gate_stats(struct gate *gate, struct password_stats *out)
{
	pthread_mutex_lock(&gate->lock);
	out->slots = gate->rules.slots;
	out->running = gate->running;
	out->waiting = gate->line[PASSWORD_FOR_CALLER].n + gate->line[PASSWORD_FOR_UPGRADE].n;
	out->memory_kib = gate->memory_kib;
	out->memory_high_kib = gate->memory_high_kib;
	out->admitted = gate->admitted;
	out->waited = gate->waited;
	out->busy = gate->busy;
	out->late = gate->late;
	out->upgrades_skipped = gate->skipped;
	pthread_mutex_unlock(&gate->lock);
	out->passed_by = atomic_load_explicit(&gate->passed_by, memory_order_relaxed);
}
