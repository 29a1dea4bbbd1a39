/* connector/run/prefix.c - job: the prefixes in use, one entry for each that ever was, in a list
 * that only grows; an entry says which connection has it and how often.
 * Threads: any; atomics, no lock.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/fork.h"
#include "run/prefix.h"

struct prefix {
	struct prefix *next;
	uint32_t generation;            /* of the process that it is true in */
	_Atomic uint64_t held;          /* by which connection, above how often */
	char text[];
};

static struct prefix *_Atomic prefixes;

static struct prefix *find(struct prefix *from, const char *text)
{
	while (from && (from->generation != fork_generation() || strcmp(from->text, text)))
		from = from->next;
	return from;
}

static struct prefix *entry(const char *text)
{
	struct prefix *head = atomic_load(&prefixes), *found = find(head, text), *mine;
	size_t len = strlen(text);

	if (found)
		return found;
	mine = calloc(1, sizeof(*mine) + len + 1);
	if (!mine)
		return NULL;
	memcpy(mine->text, text, len);
	mine->generation = fork_generation();
	do {
		found = find(head, text);
		if (found) {
			free(mine);
			return found;
		}
		mine->next = head;
	} while (!atomic_compare_exchange_weak(&prefixes, &head, mine));
	return mine;
}

int prefix_claim(const char *prefix, uint32_t connection, struct prefix **out)
{
	struct prefix *mine = entry(prefix);
	uint64_t held, wanted;

	if (!mine)
		return -1;
	held = atomic_load(&mine->held);
	do {
		wanted = (uint32_t)held ? held + 1 : (uint64_t)connection << 32 | 1;
		if (wanted >> 32 != connection)
			return 1;
	} while (!atomic_compare_exchange_weak(&mine->held, &held, wanted));
	*out = mine;
	return 0;
}

void prefix_release(struct prefix *prefix)
{
	if (prefix)
		atomic_fetch_sub(&prefix->held, 1);
}
