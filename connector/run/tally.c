/* connector/run/tally.c - how calls ended and how long they took; see tally.h.
 * Threads: any; a reader may see a call in one counter and not yet in another.
 */
#include <idbc/idbc.h>
#include "base/err.h"
#include "config/config.h"
#include "run/tally.h"

static const int statuses[] = {
#define VALUE(name, value, text) value,
	IDBC_STATUS_MAP(VALUE)
#undef VALUE
};
_Static_assert(sizeof(statuses) / sizeof(statuses[0]) == TALLY_STATUSES, "a place for each status");

static void add(_Atomic uint64_t *counter, uint64_t n)
{
	atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static size_t place_of(int status)
{
	size_t place = 0;

	while (place < TALLY_STATUSES - 1 && statuses[place] != status)
		place++;
	return place;
}

/* The first bound that is not below. */
static size_t bound_of(uint64_t us)
{
	size_t bound = us > 1 ? 64 - (size_t)__builtin_clzll(us - 1) : 0;

	if (bound <= TALLY_FIRST)
		return 0;
	return bound - TALLY_FIRST < TALLY_BOUNDS ? bound - TALLY_FIRST : TALLY_BOUNDS;
}

void tally_call(struct tally *tally, uint32_t kind, int status, int64_t took_ns)
{
	struct tally_lane *lane = &tally->lane[lane_here()];
	uint64_t us = took_ns > 0 ? (uint64_t)took_ns / 1000 : 0;

	if (kind >= TALLY_OPS)
		return;
	add(&lane->ended[kind][place_of(status)], 1);
	add(&lane->took[kind][bound_of(us)], 1);
	add(&lane->total_us[kind], us);
}

/* --- told ---------------------------------------------------------------------------------- */
static uint64_t ended(const struct tally *tally, uint32_t kind, size_t place)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < LANES; i++)
		n += atomic_load_explicit(&tally->lane[i].ended[kind][place], memory_order_relaxed);
	return n;
}

static uint64_t took(const struct tally *tally, uint32_t kind, size_t bound)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < LANES; i++)
		n += atomic_load_explicit(&tally->lane[i].took[kind][bound], memory_order_relaxed);
	return n;
}

static uint64_t total_us(const struct tally *tally, uint32_t kind)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < LANES; i++)
		n += atomic_load_explicit(&tally->lane[i].total_us[kind], memory_order_relaxed);
	return n;
}

static json_t *operation(const struct tally *tally, uint32_t kind)
{
	json_t *op = json_object();

	for (size_t place = 0; op && place < TALLY_STATUSES; place++) {
		uint64_t n = ended(tally, kind, place);

		if (n)
			json_object_set_new(op, status_name((uint32_t)statuses[place]),
					    json_integer((json_int_t)n));
	}
	return op;
}

json_t *tally_operations(const struct tally *tally)
{
	json_t *ops = json_object();

	for (uint32_t kind = IDBC_LOGIN; kind < TALLY_OPS; kind++)
		json_object_set_new(ops, config_operation_name(kind), operation(tally, kind));
	return ops;
}

static json_t *counts(const struct tally *tally, uint32_t kind)
{
	json_t *list = json_array();

	for (size_t bound = 0; bound <= TALLY_BOUNDS; bound++)
		json_array_append_new(list, json_integer((json_int_t)took(tally, kind, bound)));
	return list;
}

static json_t *bounds(void)
{
	json_t *list = json_array();

	for (int bound = 0; bound < TALLY_BOUNDS; bound++)
		json_array_append_new(list, json_integer((json_int_t)1 << (bound + TALLY_FIRST)));
	return list;
}

json_t *tally_latency(const struct tally *tally)
{
	json_t *latency = json_pack("{s:o}", "bounds_us", bounds());

	for (uint32_t kind = IDBC_LOGIN; kind < TALLY_OPS; kind++)
		json_object_set_new(latency, config_operation_name(kind),
				    json_pack("{s:I, s:o}", "total_us",
					      (json_int_t)total_us(tally, kind),
					      "counts", counts(tally, kind)));
	return latency;
}
