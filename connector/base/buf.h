/* connector/base/buf.h - a byte buffer that grows up to a ceiling.  A failed addition
 * makes the buffer `failed` for good; callers test once, at the end.  A zeroed struct
 * with `max` set is empty and may be freed.  Threads: one at a time.
 */
#ifndef CONNECTOR_BASE_BUF_H
#define CONNECTOR_BASE_BUF_H

#include <idbc/types.h>

struct buf {
	char  *ptr;             /* always NUL-terminated after the first addition */
	size_t len, cap, max;   /* bytes */
	int    failed;
};
#define BUF_INIT(max_bytes) { NULL, 0, 0, (max_bytes), 0 }

int   buf_add(struct buf *, const void *bytes, size_t len);     /* 0, or -1 */
int   buf_add_str(struct buf *, const char *);
int   buf_addf(struct buf *, const char *fmt, ...) IDBC_PRINTF(2, 3);
/* The bytes, NUL-terminated, now the caller's; NULL if failed. */
char *buf_take(struct buf *);
void  buf_free(struct buf *);   /* accepts empty */
void  buf_wipe(struct buf *);   /* overwrites, then frees */

#endif
