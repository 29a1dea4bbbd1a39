/* drivers/sql/user/key.h - the user's key: as its column wants it bound, and as the text that a
 * native id is.  Keys of bytes have a text that leads back to the same bytes.
 */
#ifndef DRIVERS_SQL_KEY_H
#define DRIVERS_SQL_KEY_H

#include "sql/call/call.h"

/* A key as its column's type wants it bound, in the call's arena; NULL kind if the text
 * cannot be one, or if memory ran out. */
struct idbc_value key_bind(struct session *, const struct idbc_str *id);
/* The same for a new key that the caller chose: a uuid as the store will print it. */
struct idbc_value key_given(struct session *, const struct idbc_str *id);
/* A key as it was read, as text; -1: no memory. */
int  key_text(struct session *, const struct idbc_value *stored, struct idbc_value *out);

int  key_is_number(const struct idbc_str *, int64_t *out);      /* as a column prints it */
int  key_is_uuid(const struct idbc_str *);                      /* in either letter case */
/* UTF-8 without control characters, not empty, not beginning with "0x". */
int  key_is_plain(struct session *, const struct idbc_str *bytes);

#endif
