/* connector/base/buf.c - a byte buffer that grows by doubling up to its ceiling.  What
 * it outgrows is overwritten, so a buffer may hold a secret until buf_wipe().
 * Threads: one at a time; no lock.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"

static int buf_fail(struct buf *buf)
{
	buf->failed = 1;
	return -1;
}

/* Room for `extra` more bytes and the NUL. */
static int buf_reserve(struct buf *buf, size_t extra)
{
	size_t need, cap = buf->cap ? buf->cap : 64;
	char *ptr;

	if (buf->failed || extra > buf->max || buf->len > buf->max - extra)
		return buf_fail(buf);
	need = buf->len + extra + 1;
	if (buf->ptr && need <= buf->cap)
		return 0;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	/* The ceiling holds for what is asked of malloc, too. */
	if (cap > buf->max && buf->max < SIZE_MAX)
		cap = buf->max + 1;
	ptr = malloc(cap);
	if (!ptr)
		return buf_fail(buf);
	if (buf->ptr) {
		memcpy(ptr, buf->ptr, buf->len);
		explicit_bzero(buf->ptr, buf->cap);
		free(buf->ptr);
	}
	buf->ptr = ptr;
	buf->cap = cap;
	return 0;
}

int buf_add(struct buf *buf, const void *bytes, size_t len)
{
	if (buf_reserve(buf, len))
		return -1;
	if (len)
		memcpy(buf->ptr + buf->len, bytes, len);
	buf->len += len;
	buf->ptr[buf->len] = '\0';
	return 0;
}

int buf_add_str(struct buf *buf, const char *str)
{
	return buf_add(buf, str, strlen(str));
}

int buf_addf(struct buf *buf, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0 || buf_reserve(buf, (size_t)len))
		return buf_fail(buf);
	va_start(ap, fmt);
	vsnprintf(buf->ptr + buf->len, (size_t)len + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)len;
	return 0;
}

char *buf_take(struct buf *buf)
{
	char *ptr;

	if (buf->failed || buf_add(buf, "", 0))
		return NULL;
	ptr = buf->ptr;
	buf->ptr = NULL;
	buf->len = buf->cap = 0;
	return ptr;
}

void buf_free(struct buf *buf)
{
	free(buf->ptr);
	buf->ptr = NULL;
	buf->len = buf->cap = 0;
	buf->failed = 0;
}

void buf_wipe(struct buf *buf)
{
	if (buf->ptr)
		explicit_bzero(buf->ptr, buf->cap);
	buf_free(buf);
}
