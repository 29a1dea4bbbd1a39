/* connector/bulk/when.h - times as RFC 3339 writes them.  Threads: any; no lock.
 */
#ifndef CONNECTOR_BULK_WHEN_H
#define CONNECTOR_BULK_WHEN_H

#include <idbc/types.h>

/* "2024-02-29T12:00:00.123Z", "... +01:00", a date alone: microseconds since 1970, UTC.  0 or -1. */
int when_read(const struct idbc_str *, int64_t *out_us);

#endif
