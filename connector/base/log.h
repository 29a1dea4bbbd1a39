/* connector/base/log.h - log lines to the host's callback.  One line, control
 * characters escaped, invalid UTF-8 replaced; no secret ever.  Threads: any; the
 * callback is read once per line under no lock and runs on the caller's thread.
 */
#ifndef CONNECTOR_BASE_LOG_H
#define CONNECTOR_BASE_LOG_H

#include <stdatomic.h>
#include <stdarg.h>
#include <idbc/types.h>
#include "base/hush.h"

typedef void log_fn(void *ctx, uint32_t level, uint32_t op, uint64_t op_id,
		    const char *origin, const char *text);

/* Set at open, or by the host while nothing else runs on the connection; `hushed` at any time. */
struct log {
	log_fn *fn;             /* NULL: nothing is written */
	void   *ctx;
	const char *connection; /* begins every line */
	_Atomic uint32_t hushed;        /* levels not wanted, from IDBC_LOG_DEBUG upwards */
	struct hush *hush;      /* NULL: the host is there as long as anybody writes */
};

/* 0: nobody hears a line of that level, and none need be made. */
static inline int log_heard(const struct log *log, uint32_t level)
{
	return log && log->fn &&
	       level + atomic_load_explicit(&log->hushed, memory_order_relaxed) <= IDBC_LOG_DEBUG;
}

void log_line(const struct log *, uint32_t level, uint32_t op, uint64_t op_id,
	      const char *origin, const char *fmt, ...) IDBC_PRINTF(6, 7);
void log_vline(const struct log *, uint32_t level, uint32_t op, uint64_t op_id,
	       const char *origin, const char *fmt, va_list ap);

#endif
