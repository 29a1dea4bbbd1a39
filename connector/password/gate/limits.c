/* connector/password/gate/limits.c - the ceilings.  Every cost read from a row passes here
 * before anything is allocated or computed for it.  Threads: any.  Lock: none.
 */
#include <stdio.h>
#include "password/gate/limits.h"

#define ARGON2_MEMORY_KIB   (256u * 1024)
#define ARGON2_PASSES       64u
#define ARGON2_LANES        64u
#define ARGON2_WORK_KIB     (4u * 1024 * 1024)  /* passes times memory */
#define BCRYPT_LOG2         15u
#define SCRYPT_BYTES        (256ull * 1024 * 1024)
#define SCRYPT_LANES        16u
#define PBKDF2_ITERATIONS   10000000u
#define SHACRYPT_ROUNDS     5000000u
#define PHPASS_LOG2         22u
#define OLD_ROUNDS          1000000u

static int argon2_within(const struct cost *c)
{
	return c->memory <= ARGON2_MEMORY_KIB && c->rounds <= ARGON2_PASSES &&
		c->lanes <= ARGON2_LANES && c->memory * c->rounds <= ARGON2_WORK_KIB;
}

static int scrypt_within(const struct cost *c)
{
	if (c->rounds > 30 || c->lanes > SCRYPT_LANES || c->memory > SCRYPT_BYTES / 128)
		return 0;
	return (128 * c->memory * c->lanes) << c->rounds <= SCRYPT_BYTES;
}

int cost_within(const struct cost *c)
{
	switch (c->kind) {
	case COST_ARGON2:
		return argon2_within(c);
	case COST_SCRYPT:
		return scrypt_within(c);
	case COST_BCRYPT:
		return c->rounds <= BCRYPT_LOG2;
	case COST_PBKDF2:
		return c->rounds <= PBKDF2_ITERATIONS;
	case COST_SHACRYPT:
		return c->rounds <= SHACRYPT_ROUNDS;
	case COST_PHPASS:
		return c->rounds <= PHPASS_LOG2;
	case COST_ROUNDS:
		return c->rounds <= OLD_ROUNDS;
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
