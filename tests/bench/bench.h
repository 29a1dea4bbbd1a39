/* tests/bench/bench.h - ours against a baseline, in one process, call by call in turns.
 *
 * A row is measured in rounds; its ratio is the median of the rounds' own, so what else the
 * machine does for a while falls on both alike or into a round that does not count.  What
 * waits for nobody is measured by its thread's processor time, the rest by the wall.  Each
 * row is a line "name, ratio, ops, baseline ops, what the baseline is", with tabs, on
 * stdout; tests/bench/run makes a table and build/bench.json of them.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_ROUNDS_MAX 64

/* One call; what is not as it must be ends the program by bench_die(). */
typedef void bench_fn(void *ctx);

static inline void bench_die(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

struct bench_pair {
	bench_fn *ours, *bare;
	void *ctx;
	clockid_t clock;        /* CLOCK_MONOTONIC or CLOCK_THREAD_CPUTIME_ID */
};

static inline int64_t bench_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static inline int64_t bench_call(const struct bench_pair *pair, bench_fn *fn)
{
	int64_t start = bench_ns(pair->clock);

	fn(pair->ctx);
	return bench_ns(pair->clock) - start;
}

static int bench_order(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static inline double bench_median(double *values, size_t n)
{
	qsort(values, n, sizeof(*values), bench_order);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* BENCH_QUICK=1, or BENCH=short: enough to see that it runs. */
static inline int bench_is_short(void)
{
	const char *mode = getenv("BENCH"), *quick = getenv("BENCH_QUICK");

	return (mode && !strcmp(mode, "short")) || (quick && *quick && strcmp(quick, "0"));
}

/* BENCH_CLOCK=cpu: the client's own processor time, which other work on the machine disturbs
 * less; the server's is not in it then. */
static inline clockid_t bench_clock(void)
{
	const char *clock = getenv("BENCH_CLOCK");

	return clock && !strcmp(clock, "cpu") ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
}

/* BENCH_LOOP=500: so many calls of ours and no row; -500: by hand.  What tests/bench/profile
 * looks at is inside bench_watched(). */
static inline long bench_loop(void)
{
	const char *calls = getenv("BENCH_LOOP");

	return calls ? strtol(calls, NULL, 10) : 0;
}

__attribute__((noinline, unused)) static void bench_watched(bench_fn *fn, void *ctx)
{
	fn(ctx);
	__asm__ volatile("");           /* a call of its own, and no jump */
}

/* What a call finds after a server had the processor: nothing of it in the caches, of which
 * tests/bench/profile pretends that each holds as much as this walks through. */
#define BENCH_CACHE (256 * 1024)
__attribute__((noinline, unused)) static void bench_forget(void)
{
	static volatile unsigned char bytes[BENCH_CACHE];

	for (size_t i = 0; i < sizeof(bytes); i += 64)
		bytes[i]++;
#ifdef __x86_64__
	__asm__ volatile(".rept 4096\n\tjmp 1f\n\t.balign 64\n1:\n\t.endr");
#endif
}

struct bench_round { int64_t ours, bare; };

static inline struct bench_round bench_round(const struct bench_pair *pair, size_t calls)
{
	struct bench_round r = { 0, 0 };

	for (size_t i = 0; i < calls; i++) {
		if (i % 2)
			r.bare += bench_call(pair, pair->bare);
		r.ours += bench_call(pair, pair->ours);
		if (i % 2 == 0)
			r.bare += bench_call(pair, pair->bare);
	}
	return r;
}

static inline void bench_tell(const char *name, const char *baseline, double ratio,
			      double ops, double baseline_ops)
{
	printf("%s\t%.3f\t%.1f\t%.1f\t%s\n", name, ratio, ops, baseline_ops, baseline);
	fflush(stdout);
}

static inline void bench_row(const char *name, const char *baseline,
			     const struct bench_pair *pair)
{
	size_t rounds = bench_is_short() ? 3 : 25;
	int64_t round_ns = bench_is_short() ? 1000000 : 150000000;
	double ratio[BENCH_ROUNDS_MAX], mine[BENCH_ROUNDS_MAX], theirs[BENCH_ROUNDS_MAX];
	struct bench_round warm = bench_round(pair, 2);
	size_t calls = (size_t)(round_ns / ((warm.ours + warm.bare) / 2 + 1)) / 2 * 2 + 2;

	for (size_t i = 0; i < rounds; i++) {
		struct bench_round r = bench_round(pair, calls);

		ratio[i] = (double)r.bare / (double)r.ours;
		mine[i] = (double)calls * 1e9 / (double)r.ours;
		theirs[i] = (double)calls * 1e9 / (double)r.bare;
	}
	bench_tell(name, baseline, bench_median(ratio, rounds), bench_median(mine, rounds),
		   bench_median(theirs, rounds));
}

#endif
