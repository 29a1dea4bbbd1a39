/* connector/base/siphash.h - SipHash-2-4: a keyed hash of short texts for tables, which nobody
 * without the key can make collide.  No digest: for keys of tables alone.  Threads: any, no lock.
 */
#ifndef CONNECTOR_BASE_SIPHASH_H
#define CONNECTOR_BASE_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

#define SIPHASH_KEY_BYTES 16

uint64_t siphash(const void *key, const void *bytes, size_t len);

#endif
