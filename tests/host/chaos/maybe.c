/* tests/host/chaos/maybe.c - what one thing of a user may be: what was seen or written to be so, and
 * what ended in doubt and may come true for some seconds more.
 * Threads: the user's.
 */
#include "chaos.h"

int maybe_has(const struct maybe *set, int value)
{
	for (int i = 0; i < set->n; i++)
		if (set->value[i] == value)
			return 1;
	return 0;
}

static void drop_at(struct maybe *set, int i)
{
	set->n--;
	set->value[i] = set->value[set->n];
	set->ripe_ns[i] = set->ripe_ns[set->n];
}

void maybe_add(struct maybe *set, int value, int64_t ripe_ns)
{
	for (int i = 0; i < set->n; i++)
		if (set->value[i] == value) {
			set->ripe_ns[i] = ripe_ns > set->ripe_ns[i] ? ripe_ns : set->ripe_ns[i];
			return;
		}
	if (set->n == MAYBE)
		return;
	set->value[set->n] = value;
	set->ripe_ns[set->n++] = ripe_ns;
}

/* Seen to be so at `when_ns`: what was ripe before and is something else is not. */
int maybe_seen(struct maybe *set, int value, int64_t when_ns)
{
	int expected = maybe_has(set, value);

	for (int i = set->n - 1; i >= 0; i--)
		if (set->value[i] != value && set->ripe_ns[i] < when_ns)
			drop_at(set, i);
	if (!expected)
		maybe_add(set, value, 0);
	return expected;
}

void maybe_wrote(struct maybe *set, int value, int64_t when_ns)
{
	maybe_add(set, value, 0);
	maybe_seen(set, value, when_ns);
}

/* Seen not to be so. */
int maybe_unseen(struct maybe *set, int value, int64_t when_ns)
{
	if (set->n == 1 && set->value[0] == value)
		return 0;
	for (int i = 0; i < set->n; i++)
		if (set->value[i] == value && set->ripe_ns[i] < when_ns) {
			drop_at(set, i);
			break;
		}
	return 1;
}

void maybe_only(struct maybe *set, int value)
{
	set->n = 0;
	maybe_add(set, value, 0);
}
