/* connector/guess/guess.h - failed guesses counted per identifier and per client, before the
 * store is asked, alike for users who exist and those who do not.
 *
 * The memory is fixed: GUESS_ENTRIES counters, found by a hash under a random key, so that
 * nobody aims at another's counter.  The one with the fewest failures gives way, so a flood
 * of new names pushes out its own.
 * A window begins with the first failure and ends `window_s` later, all of it at once.
 * Attempts under way count as failures until they end: what comes meanwhile waits.
 * Threads: any.  Locks: one for every 1/GUESS_SHARDS of the table, held for a few compares.
 */
#ifndef CONNECTOR_GUESS_GUESS_H
#define CONNECTOR_GUESS_GUESS_H

#include <idbc/types.h>
#include "guess/rules.h"

#define GUESS_ENTRIES 65536u
#define GUESS_SHARDS  64u

struct guess;
struct guess_entry;

/* `now_ns`: the clock; NULL: the monotonic one.  *out is NULL where nothing is throttled. */
int  guess_open(const struct guess_rules *, int64_t (*now_ns)(void), struct guess **out,
		struct idbc_error *err);
void guess_close(struct guess *);               /* accepts NULL */

struct guess_who {
	struct idbc_str identifier;             /* folded: one spelling for one user */
	struct idbc_str client;                 /* an address as the host gives it; ptr NULL: none */
};
struct guess_attempt {                          /* on the caller's stack; zero: nothing held */
	struct guess *guess;
	struct guess_entry *held[2];            /* by enum guess_kind */
	uint32_t shard[2];
};
enum guess_kind { GUESS_IDENTIFIER, GUESS_CLIENT };

/* OK: go on, and guess_end() must follow.  BUSY too_many_attempts; TIMEOUT while others were
 * under way. */
int  guess_begin(struct guess *, const struct guess_who *, int64_t deadline_ns,
		 struct guess_attempt *out, struct idbc_error *err);

enum guess_end {
	GUESS_WRONG,            /* counts against both */
	GUESS_RIGHT,            /* the identifier's failures are forgotten, the client's not */
	GUESS_OPEN,             /* nobody knows: counts for nothing */
};
/* Bits 1u << enum guess_kind: which of them may not go on from here. */
uint32_t guess_end(struct guess_attempt *, enum guess_end);

/* Failures of an identifier that count now. */
uint32_t guess_count(struct guess *, const struct idbc_str *identifier);

/* --- clients: guess_client.c ------------------------------------------------------------ */
#define GUESS_CLIENT_MAX 64
/* What one client is counted under: an IPv4 address, the /64 of an IPv6 one (a site's
 * smallest network, any address of which a single host may take), else the text.  Length. */
size_t guess_client(const struct idbc_str *client, char out[GUESS_CLIENT_MAX]);

#endif
