/* connector/base/text.h - UTF-8, case folding and small string help.  Case mapping is
 * libunistring's; nothing here depends on the locale.  Threads: any, no lock.
 */
#ifndef CONNECTOR_BASE_TEXT_H
#define CONNECTOR_BASE_TEXT_H

#include <idbc/types.h>

int text_is_utf8(const char *bytes, size_t len);
int text_has_control(const char *bytes, size_t len);    /* C0, DEL, C1 (as UTF-8); len bytes */

/* Copies with every ill-formed sequence replaced by U+FFFD; malloc'ed, NUL-terminated. */
char *text_repair(const char *bytes, size_t len, size_t *out_len);

/* One line for people: ill-formed sequences as U+FFFD, control characters and line
 * separators as \xNN, cut between characters to fit.  NUL-terminated; its length. */
size_t text_line(const char *in, size_t len, char *out, size_t cap);
/* The length of the longest prefix of at most `max` bytes that ends between characters. */
size_t text_cut(const char *bytes, size_t len, size_t max);

/* As enum idbc_fold writes it.  Length, or -1 (does not fit, not UTF-8).  A letter
 * outside ASCII never folds to one inside it (Kelvin sign, dotted capital I). */
int64_t text_fold(uint32_t fold, const char *in, size_t len, char *out, size_t cap);
/* IDBC_FOLD_LETTERS: lower case, without accents, ligatures taken apart (letters.c). */
int64_t text_letters(const char *in, size_t len, char *out, size_t cap);
/* One text for what some collation may call equal: case, accents, width, ligatures, letters
 * with a stroke, blanks and what is not seen make no difference.  Never to compare
 * identifiers.  -1: nothing is left, it does not fit, not UTF-8. */
int64_t text_alike(const char *in, size_t len, char *out, size_t cap);
/* 1 if both are one identifier under `fold`.  DATABASE: always 1. */
int text_same(uint32_t fold, const char *a, size_t alen, const char *b, size_t blen);

char *text_dup(const char *bytes, size_t len);          /* malloc'ed, NUL-terminated */
/* The candidate nearest to `word` by edit distance, or NULL if none is near. */
const char *text_nearest(const char *word, const char *const *candidates, size_t n);

#endif
