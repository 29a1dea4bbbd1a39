/* connector/password/gate/limits.c - the ceilings.  Every cost read from a row passes here
 * before anything is allocated or computed for it.  Threads: any.  Lock: none.
 */
#include <stdio.h>
#include "password/gate/limits.h"
#include "password/tool/arena.h"

const struct limits limits_default = {
	.stored_bytes = LIMIT_STORED_BYTES, .argon2_memory_kib = 256 * 1024,
	.argon2_iterations = 64, .argon2_parallelism = 64, .argon2_work_kib = 4 * 1024 * 1024,
	.bcrypt_cost = 15, .scrypt_memory_kib = 256 * 1024, .scrypt_parallelism = 16,
	.pbkdf2_iterations = 10000000, .shacrypt_rounds = 5000000, .phpass_log2 = 22,
	.drupal_log2 = 20, .old_rounds = 1000000, .est_ms = 3000,
};

static int argon2_within(const struct cost *c, const struct limits *l)
{
	return c->memory <= l->argon2_memory_kib && c->rounds <= l->argon2_iterations &&
		c->lanes <= l->argon2_parallelism && c->memory * c->rounds <= l->argon2_work_kib;
}

static int scrypt_within(const struct cost *c, const struct limits *l)
{
	uint64_t bytes = (uint64_t)l->scrypt_memory_kib * 1024;

	if (c->rounds > 30 || c->lanes > l->scrypt_parallelism || c->memory > bytes / 128)
		return 0;
	return (128 * c->memory * c->lanes) << c->rounds <= bytes;
}

static int kind_within(const struct cost *c, const struct limits *l)
{
	switch (c->kind) {
	case COST_ARGON2:
		return argon2_within(c, l);
	case COST_SCRYPT:
		return scrypt_within(c, l);
	case COST_BCRYPT:
		return c->rounds <= l->bcrypt_cost;
	case COST_PBKDF2: case COST_PBKDF2_WIDE:
		return c->rounds <= l->pbkdf2_iterations;
	case COST_SHACRYPT:
		return c->rounds <= l->shacrypt_rounds;
	case COST_PHPASS:
		return c->rounds <= l->phpass_log2;
	case COST_DRUPAL:
		return c->rounds <= l->drupal_log2;
	case COST_ROUNDS: case COST_MIXED:
		return c->rounds <= l->old_rounds;
	default:
		return 1;
	}
}

/* Nanoseconds of a unit of work: the fastest of a few runs on a server processor of 2023,
 * through the libraries used here.  Both kinds of a pair are estimated by the slower one. */
#define NS_SINGLE      2000u    /* a digest or two, with all there is around them */
#define NS_ARGON2      700u     /* KiB and pass */
#define NS_BCRYPT      46000u
#define NS_SCRYPT      3200u    /* KiB of N, r and p */
#define NS_PBKDF2      300u
#define NS_PBKDF2_WIDE 600u     /* SHA-384, SHA-512; and MD5, which has no short cut */
#define NS_SHACRYPT    450u
#define NS_PHPASS      130u
#define NS_DRUPAL      260u
#define NS_OLD         1300u    /* the slowest, sunmd5 */
#define NS_MIXED       700u

/* Nanoseconds of a byte of the password and a round.  The constants above have a usual
 * password in them. */
#define USUAL_BYTES    16u
static const uint32_t ns_of_byte[COST_KINDS] = {
	[COST_SHACRYPT] = 6, [COST_PHPASS] = 2, [COST_DRUPAL] = 2, [COST_MIXED] = 2,
};

/* No cost comes here but one whose parts are within its own ceilings, or 2^63 ns and more. */
static uint64_t work_ns(uint64_t units, uint64_t ns)
{
	return units > UINT64_MAX / 2 / ns ? UINT64_MAX / 2 : units * ns;
}

static uint64_t power(uint64_t units, uint64_t log2)
{
	return log2 > 62 || units > (UINT64_MAX / 2) >> log2 ? UINT64_MAX / 2 : units << log2;
}

static uint64_t times(uint64_t a, uint64_t b)
{
	return a && b > UINT64_MAX / 2 / a ? UINT64_MAX / 2 : a * b;
}

static uint64_t rounds_ns(const struct cost *c, size_t typed, uint64_t ns)
{
	size_t more = typed > USUAL_BYTES ? typed - USUAL_BYTES : 0;
	int is_log2 = c->kind == COST_PHPASS || c->kind == COST_DRUPAL;

	return work_ns(is_log2 ? power(1, c->rounds) : c->rounds,
		       ns + more * ns_of_byte[c->kind]);
}

static uint64_t cost_ns(const struct cost *c, size_t typed)
{
	switch (c->kind) {
	case COST_ARGON2:
		return work_ns(times(c->memory, c->rounds), NS_ARGON2);
	case COST_BCRYPT:
		return work_ns(power(1, c->rounds), NS_BCRYPT);
	case COST_SCRYPT:
		return work_ns(power(times(c->memory, c->lanes), c->rounds) / 8, NS_SCRYPT);
	case COST_PBKDF2:
		return work_ns(c->rounds, NS_PBKDF2);
	case COST_PBKDF2_WIDE:
		return work_ns(c->rounds, NS_PBKDF2_WIDE);
	case COST_SHACRYPT:
		return rounds_ns(c, typed, NS_SHACRYPT);
	case COST_PHPASS:
		return rounds_ns(c, typed, NS_PHPASS);
	case COST_DRUPAL:
		return rounds_ns(c, typed, NS_DRUPAL);
	case COST_ROUNDS:
		return work_ns(c->rounds, NS_OLD);
	case COST_MIXED:
		return rounds_ns(c, typed, NS_MIXED);
	default:
		return NS_SINGLE;
	}
}

uint64_t cost_us(const struct cost *c, size_t typed)
{
	return cost_ns(c, typed) / 1000;
}

int cost_in_arena(const struct cost *c)
{
	return c->kind == COST_ARGON2;
}

uint32_t cost_memory_kib(const struct cost *c)
{
	uint64_t kib = 0;

	if (c->kind == COST_ARGON2)
		kib = c->memory > UINT32_MAX ? c->memory : arena_bytes(c->memory * 1024) / 1024;
	else if (c->kind == COST_SCRYPT)        /* 128 r bytes for each of N and p */
		kib = (power(c->memory, c->rounds) + times(c->memory, c->lanes)) / 8;
	return kib > UINT32_MAX ? UINT32_MAX : (uint32_t)kib;
}

int cost_within(const struct cost *c, const struct limits *limits)
{
	const struct limits *l = limits ? limits : &limits_default;

	if (!kind_within(c, l) || !cost_takes(c, 0, l))
		return 0;
	return !l->memory_kib || cost_memory_kib(c) <= l->memory_kib;
}

int cost_takes(const struct cost *c, size_t typed, const struct limits *limits)
{
	const struct limits *l = limits ? limits : &limits_default;

	return cost_us(c, typed) <= (uint64_t)l->est_ms * 1000;
}

void cost_text(const struct cost *c, char *out, size_t cap)
{
	static const char *const forms[COST_KINDS] = {
		[COST_NONE] = "a single digest", [COST_BCRYPT] = "cost %llu",
		[COST_SCRYPT] = "N 2^%llu, r %llu, p %llu",
		[COST_PBKDF2] = "%llu iterations", [COST_PBKDF2_WIDE] = "%llu iterations",
		[COST_ARGON2] = "%llu passes, %llu KiB, %llu lanes",
		[COST_SHACRYPT] = "%llu rounds", [COST_PHPASS] = "2^%llu rounds",
		[COST_DRUPAL] = "2^%llu rounds", [COST_ROUNDS] = "%llu rounds",
		[COST_MIXED] = "%llu rounds",
	};

	snprintf(out, cap, forms[c->kind], (unsigned long long)c->rounds,
		 (unsigned long long)c->memory, (unsigned long long)c->lanes);
}

static int is_pbkdf2(const struct cost *c)
{
	return c->kind == COST_PBKDF2 || c->kind == COST_PBKDF2_WIDE;
}

int cost_lower(const struct cost *a, const struct cost *b)
{
	if (a->kind != b->kind && !(is_pbkdf2(a) && is_pbkdf2(b)))
		return 0;
	if (a->rounds > b->rounds || a->memory > b->memory)
		return 0;
	return a->rounds < b->rounds || a->memory < b->memory;
}
