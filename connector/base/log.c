/* connector/base/log.c - makes one safe line of whatever a caller or driver says, and
 * hands it to the host's callback.  Threads: any; no lock is held during the callback.
 */
#include <stdio.h>
#include <string.h>
#include "base/locale.h"
#include "base/log.h"
#include "base/text.h"

void log_vline(const struct log *log, uint32_t level, uint32_t op, uint64_t op_id,
	       const char *origin, const char *fmt, va_list ap)
{
	char raw[8192], line[8192];     /* a statement is long */
	locale_t before;
	size_t len = 0;
	int n;

	if (!log_heard(log, level))
		return;
	if (log->connection) {
		n = snprintf(raw, 256, "%s: ", log->connection);
		len = n < 0 ? 0 : text_cut(raw, strlen(raw), 250);
	}
	n = vsnprintf(raw + len, sizeof(raw) - len, fmt, ap);
	if (n < 0)
		n = 0;
	if ((size_t)n >= sizeof(raw) - len)
		len = text_cut(raw, sizeof(raw) - 1, sizeof(raw) - 4);
	else
		len += (size_t)n;
	text_line(raw, len, line, sizeof(line));
	if (log->hush && !hush_enter(log->hush))
		return;
	before = locale_host();
	log->fn(log->ctx, level, op, op_id, origin ? origin : "", line);
	locale_back(before);
	if (log->hush)
		hush_leave(log->hush);
}

void log_line(const struct log *log, uint32_t level, uint32_t op, uint64_t op_id,
	      const char *origin, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(log, level, op, op_id, origin, fmt, ap);
	va_end(ap);
}
