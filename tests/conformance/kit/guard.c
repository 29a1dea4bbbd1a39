/* tests/conformance/kit/guard.c - job: what a driver writes to during one call, error and sink,
 * in pages of their own: past their end lies nothing, and after the call neither do they.  A
 * sink handed over is not to be written to but through its functions.
 * Threads: a guard belongs to one call.
 */
#include <sys/mman.h>
#include <unistd.h>
#include "inside.h"

/* Before the sink, so that this is what ends where the page does. */
struct front {
	struct idbc_sink *to;
	struct idbc_sink sink;
};

static struct front *front_of(struct idbc_sink *sink)
{
	return (struct front *)(void *)((char *)sink - offsetof(struct front, sink));
}

static int pass_row(struct idbc_sink *sink, const struct idbc_str *id,
		    const struct idbc_str *matched)
{
	struct idbc_sink *to = front_of(sink)->to;

	return to->row(to, id, matched);
}

static int pass_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	struct idbc_sink *to = front_of(sink)->to;

	return to->field(to, name, value);
}

static int pass_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
	struct idbc_sink *to = front_of(sink)->to;

	return to->credential(to, parts, n);
}

static void pass_over(struct idbc_sink *sink, uint32_t why)
{
	struct idbc_sink *to = front_of(sink)->to;

	to->passed_over(to, why);
}

static struct idbc_sink front_sink(const struct idbc_sink *to)
{
	return (struct idbc_sink){ sizeof(struct idbc_sink), 0, pass_row, pass_field,
		pass_credential, IDBC_HAS(to, passed_over) && to->passed_over ? pass_over : NULL };
}

/* Four pages: a sink's, none, an error's, none. */
void guard_begin(struct guard *guard, struct kit *kit, struct idbc_sink *sink,
		 struct idbc_error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct front *front;

	guard->kit = kit;
	guard->bytes = 4 * page;
	guard->caller = err;
	guard->base = mmap(NULL, guard->bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (guard->base == MAP_FAILED || mprotect(guard->base, page, PROT_READ | PROT_WRITE) ||
	    mprotect(guard->base + 2 * page, page, PROT_READ | PROT_WRITE))
		kit_fail(kit, "memory for the kit", "none");
	guard->err = (struct idbc_error *)(void *)(guard->base + 3 * page - sizeof(*err));
	*guard->err = *err;
	if (!sink)
		return;
	front = (struct front *)(void *)(guard->base + page - sizeof(*front));
	*front = (struct front){ sink, front_sink(sink) };
	guard->sink = &front->sink;
	guard->as_lent = front->sink;
}

void guard_end(struct guard *guard, const char *slot)
{
	*guard->caller = *guard->err;
	if (guard->sink && memcmp(guard->sink, &guard->as_lent, sizeof(guard->as_lent)))
		kit_note(guard->kit, "sink.order", "%s() wrote into the sink itself", slot);
	lend_close(guard->kit, guard->base, guard->bytes);
}
