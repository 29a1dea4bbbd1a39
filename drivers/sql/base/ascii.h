/* drivers/sql/base/ascii.h - words of a server, of a driver and of SQL: letter case is ignored in
 * ASCII alone, and the same in every locale of the host (strcasecmp() does not know "I" as
 * "i" in Turkish).  Threads: any; no lock.
 */
#ifndef DRIVERS_SQL_ASCII_H
#define DRIVERS_SQL_ASCII_H

#include <stddef.h>
#include "sql/base/shared.h"

int ascii_same(const char *a, const char *b) SQL_SHARED(ascii_same);   /* 1 if equal */
int ascii_begins(const char *text, const char *word) SQL_SHARED(ascii_begins); /* 1 if so */
int ascii_same_n(const char *a, const char *b, size_t n);       /* n bytes of both */
int ascii_has(const char *text, const char *word) SQL_SHARED(ascii_has);       /* anywhere */
/* A letter, a digit, '_', or a byte beyond ASCII: what names in SQL are made of. */
int ascii_is_word(char);
int ascii_is_blank(char);                                       /* also a line's end */

#endif
