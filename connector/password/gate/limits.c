/* connector/password/gate/limits.c - the ceilings.  Every cost read from a row passes here
 * before anything is allocated or computed for it.  Threads: any.  Lock: none.
 */
#include <stdio.h>
#include "password/gate/limits.h"

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

int cost_within(const struct cost *c, const struct limits *limits)
{
	const struct limits *l = limits ? limits : &limits_default;

	switch (c->kind) {
	case COST_ARGON2:
		return argon2_within(c, l);
	case COST_SCRYPT:
		return scrypt_within(c, l);
	case COST_BCRYPT:
		return c->rounds <= l->bcrypt_cost;
	case COST_PBKDF2:
		return c->rounds <= l->pbkdf2_iterations;
	case COST_SHACRYPT:
		return c->rounds <= l->shacrypt_rounds;
	case COST_PHPASS:
		return c->rounds <= l->phpass_log2;
	case COST_DRUPAL:
		return c->rounds <= l->drupal_log2;
	case COST_ROUNDS:
		return c->rounds <= l->old_rounds;
	default:
		return 1;
	}
}

void cost_text(const struct cost *c, char *out, size_t cap)
{
	static const char *const forms[COST_KINDS] = {
		[COST_NONE] = "a single digest", [COST_BCRYPT] = "cost %llu",
		[COST_SCRYPT] = "N 2^%llu, r %llu, p %llu", [COST_PBKDF2] = "%llu iterations",
		[COST_ARGON2] = "%llu passes, %llu KiB, %llu lanes",
		[COST_SHACRYPT] = "%llu rounds", [COST_PHPASS] = "2^%llu rounds",
		[COST_DRUPAL] = "2^%llu rounds",
		[COST_ROUNDS] = "%llu rounds",
	};

	snprintf(out, cap, forms[c->kind], (unsigned long long)c->rounds,
		 (unsigned long long)c->memory, (unsigned long long)c->lanes);
}

int cost_lower(const struct cost *a, const struct cost *b)
{
	if (a->kind != b->kind || a->rounds > b->rounds || a->memory > b->memory)
		return 0;
	return a->rounds < b->rounds || a->memory < b->memory;
}
