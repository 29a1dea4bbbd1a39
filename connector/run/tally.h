/* connector/run/tally.h - how calls ended and how long they took, counted.
 * Threads: any; relaxed atomic counters in lanes, no lock.
 */
#ifndef CONNECTOR_RUN_TALLY_H
#define CONNECTOR_RUN_TALLY_H

#include <stdatomic.h>
#include <jansson.h>
#include "base/lane.h"

#define TALLY_OPS      8        /* enum idbc_op_kind, 0 unused */
#define TALLY_STATUSES 20       /* places in IDBC_STATUS_MAP */
#define TALLY_FIRST    4        /* the first bound is 16 us, */
#define TALLY_BOUNDS   22       /* each twice the one before, the last 34 s */

struct tally_lane {
	_Atomic uint64_t ended[TALLY_OPS][TALLY_STATUSES];
	_Atomic uint64_t took[TALLY_OPS][TALLY_BOUNDS + 1];
	_Atomic uint64_t total_us[TALLY_OPS];
	char apart[LANE_LINE];
};
struct tally {
	struct tally_lane lane[LANES];
};

void tally_call(struct tally *, uint32_t kind, int status, int64_t took_ns);
/* {"login":{"OK":1,...},...} */
json_t *tally_operations(const struct tally *);
/* {"bounds_us":[16,...],"login":{"total_us":1,"counts":[...]},...} */
json_t *tally_latency(const struct tally *);

#endif
