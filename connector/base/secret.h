/* connector/base/secret.h - memory for passwords and derived keys: locked where the
 * limit allows, left out of core files, zero in a forked child, wiped when given back.
 * Threads: any; pages in lanes, a lock for each, which threads seldom share.
 */
#ifndef CONNECTOR_BASE_SECRET_H
#define CONNECTOR_BASE_SECRET_H

#include <idbc/types.h>

struct secret {
	char  *ptr;             /* NUL-terminated */
	size_t len;
};
#define SECRET_INIT { NULL, 0 }

int  secret_copy(struct secret *out, const char *bytes, size_t len);   /* 0, or -1: no memory */
int  secret_alloc(struct secret *out, size_t len);                     /* zeroed */
void secret_free(struct secret *);      /* wipes; accepts empty */
void secret_wipe(void *bytes, size_t len);
int  secret_equal(const void *a, const void *b, size_t len);   /* constant time; 1 if equal */

#endif
