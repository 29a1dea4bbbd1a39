/* tests/host/chaos/recovery.c - how soon a store that is well again gives its first good answer, and
 * what was logged where that took long.
 * Threads: recovery_tell() the main one, the rest any.
 */
#include "chaos.h"

#define SLOT_NS INT64_C(10000000)
#define SLOTS   120000                  /* twenty minutes */
#define SAID    512
#define SLOW_MS 1500                    /* to recover in, beside the wait for who asks again */

static _Atomic unsigned char good[SLOTS];       /* by SLOT_NS: somebody was answered */
static struct { int64_t at_ns; char text[160]; } said[SAID];
static _Atomic unsigned nsaid;

void recovery_good(int64_t at_ns)
{
	atomic_store(&good[(at_ns - chaos.origin_ns) / SLOT_NS % SLOTS], 1);
}

/* Warnings, and that the store is back. */
void recovery_hear(void *ctx, uint32_t level, uint32_t op, uint64_t op_id, const char *origin,
		   const char *text)
{
	unsigned at;

	(void)ctx;
	(void)origin;
	(void)op;
	(void)op_id;
	if (level > IDBC_LOG_INFO)
		return;
	at = atomic_fetch_add(&nsaid, 1) % SAID;
	said[at].at_ns = chaos_now_ns();
	chaos_copy(said[at].text, sizeof(said[at].text), text);
}

static void tell_slow(int64_t at_ns, int64_t ms)
{
	for (unsigned i = nsaid > SAID ? nsaid - SAID : 0; i < nsaid; i++) {
		int64_t after_ms = (said[i % SAID].at_ns - at_ns) / 1000000;

		if (after_ms > -8000 && after_ms <= ms + 100)
			fprintf(stderr, "%+8lld ms: %s\n", (long long)after_ms, said[i % SAID].text);
	}
	fprintf(stderr, "%+8lld ms: the first answer\n", (long long)ms);
}

static int64_t slot_of(int64_t ns)
{
	int64_t slot = (ns - chaos.origin_ns) / SLOT_NS;

	return slot < 0 ? 0 : slot < SLOTS ? slot : SLOTS - 1;
}

/* From `at_ns`, when all was well, to the first good answer.  Who asks a store again waits about
 * as long as it has been down.  -1: the next trouble came before; -2: it should have come. */
static int64_t recovery_ms(int64_t at_ns, int64_t until_ns)
{
	int64_t first = slot_of(at_ns) + 1, last = slot_of(at_ns), limit_ms, ms;

	while (first < slot_of(until_ns) && !atomic_load(&good[first]))
		first++;
	while (last > 0 && !atomic_load(&good[last]))
		last--;
	limit_ms = SLOW_MS + 1000 + (slot_of(at_ns) - last) * SLOT_NS / 1000000;
	ms = first * SLOT_NS / 1000000 - (at_ns - chaos.origin_ns) / 1000000;
	if (ms > limit_ms) {
		tell_slow(at_ns, ms);
		return -2;
	}
	return first < slot_of(until_ns) ? ms : -1;
}

/* `line`: pairs of times, nanoseconds. */
void recovery_tell(char *line)
{
	int64_t at_ns, until_ns;
	char *end;

	fputs("back", stdout);
	while ((at_ns = strtoll(line, &end, 10)) != 0) {
		until_ns = strtoll(end, &line, 10);
		printf(" %lld", (long long)recovery_ms(at_ns, until_ns));
	}
	puts("");
}
