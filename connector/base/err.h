/* connector/base/err.h - the one error idiom:
 *
 *     return err_set(err, IDBC_TIMEOUT, "pool", "no session within %u ms", waited_ms);
 *
 * Inside the library `err` is never NULL and always full size; api/ copies it out to
 * the host's struct, which may be older and smaller.  Threads: values only, any thread.
 */
#ifndef CONNECTOR_BASE_ERR_H
#define CONNECTOR_BASE_ERR_H

#include <idbc/types.h>

/* What is done when something failed is compiled apart from what every call runs through. */
#define COLD __attribute__((cold))

void err_clear(struct idbc_error *err);

/* Fills *err and returns `status`.  Text is cut at a UTF-8 boundary, one line. */
int err_set(struct idbc_error *err, uint32_t status, const char *origin,
	    const char *fmt, ...) IDBC_PRINTF(4, 5) COLD;

/* The same with a stable code such as "user_exists". */
int err_code(struct idbc_error *err, uint32_t status, const char *origin,
	     const char *code, const char *fmt, ...) IDBC_PRINTF(5, 6) COLD;

int err_nomem(struct idbc_error *err, const char *origin) COLD;

/* Copies to a host's struct, which may be NULL or smaller; keeps its `size`. */
void err_copy_out(struct idbc_error *to, const struct idbc_error *from);

const char *status_name(uint32_t status);
const char *status_text(uint32_t status);
const char *effect_name(uint32_t effect);       /* "UNKNOWN" for what we do not know as well */
const char *detail_name(uint32_t detail);       /* "NONE" for 0 */

#endif
