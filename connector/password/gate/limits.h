/* connector/password/gate/limits.h - what one check may cost.  Threads: any, no lock. */
#ifndef CONNECTOR_PASSWORD_LIMITS_H
#define CONNECTOR_PASSWORD_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "password/rules.h"

/* What `rounds`, `memory` and `lanes` of a cost count. */
enum cost_kind {
	COST_NONE,              /* a single digest */
	COST_ARGON2,            /* passes; KiB; lanes */
	COST_BCRYPT,            /* log2 of the rounds */
	COST_SCRYPT,            /* log2 of N; block size r; p */
	COST_PBKDF2,            /* iterations times blocks derived */
	COST_PBKDF2_WIDE,       /* the same, of digests that take twice the time */
	COST_SHACRYPT,          /* rounds */
	COST_PHPASS,            /* log2 of the rounds */
	COST_DRUPAL,            /* the same, of SHA-512 */
	COST_ROUNDS,            /* rounds of the old and slow ones */
	COST_MIXED,             /* the same, each hashing the whole password again */
	COST_KINDS
};
struct cost {
	enum cost_kind kind;
	uint64_t rounds, memory, lanes;
};

extern const struct limits limits_default;
/* 1 if it may be computed; `limits` NULL: the defaults. */
int cost_within(const struct cost *, const struct limits *);
/* What it takes, as measured once on one machine: good for a factor of two.  `typed`: bytes
 * of the password, which some forms hash again in every round; 0: it is short. */
uint64_t cost_us(const struct cost *, size_t typed);
/* 1 if a password of so many bytes may be computed, where the form itself may. */
int cost_takes(const struct cost *, size_t typed, const struct limits *);
uint32_t cost_memory_kib(const struct cost *);  /* at most UINT32_MAX */
int cost_in_arena(const struct cost *);         /* its memory is an arena of ours */
/* 1 if `a` is of the same kind, in nothing more than `b`, and in something less. */
int cost_lower(const struct cost *a, const struct cost *b);
/* For people: "2^13 rounds". */
void cost_text(const struct cost *, char *out, size_t cap);

#define LIMIT_STORED_BYTES   4096u     /* unless password.limits.stored_bytes says more */
#define LIMIT_PASSWORD_BYTES 4096u
#define LIMIT_DIGEST_MIN     12u        /* a shorter stored digest could be guessed */

#endif
