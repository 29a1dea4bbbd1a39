/* drivers/sql/codec/codec_part.h - what the codec's own files share, and nobody else needs.
 * Threads: any; no lock.
 */
#ifndef DRIVERS_SQL_CODEC_PART_H
#define DRIVERS_SQL_CODEC_PART_H

#include "sql/codec/codec.h"

#define US_PER_SECOND INT64_C(1000000)

/* Text of one stored form as microseconds since 1970, UTC: OK, ABSENT, NEVER or
 * MALFORMED. */
int codec_time_parse(const struct idbc_str *text, uint32_t form, int64_t *us);

/* "Now" as a column keeps it: legacy programs parse whole seconds only. */
int codec_now(int64_t now_us, uint32_t form, uint32_t column_type, struct arena *,
	      struct idbc_value *out);

/* Text, or a number, in the kind that binds best to the column's type. */
int codec_bind_text(const struct idbc_str *text, uint32_t column_type, struct idbc_value *out);
/* The same, and a uuid as its 16 bytes where a column keeps those. */
int codec_bind(const struct idbc_str *text, uint32_t column_type, struct arena *,
	       struct idbc_value *out);
int codec_bind_i64(int64_t n, uint32_t column_type, struct arena *, struct idbc_value *out);

/* MAP_NULL, MAP_STR, MAP_I64, MAP_BOOL, MAP_REAL, MAP_NOW. */
int codec_literal(const struct map_value *, uint32_t column_type, int64_t now_us,
		  struct arena *, struct idbc_value *out);

/* --- documents as text: codec_doc.c --- */
/* Are arrays and objects nested deeper than that? */
int codec_doc_is_deeper(const struct idbc_str *text, size_t levels);
/* 1: JSON beyond doubt, and not nested deeply; 0: nobody knows. */
int codec_doc_is_plain(const struct idbc_str *text);
/* One JSON value, and nothing else: OK, MALFORMED or NOMEM. */
int codec_doc_check(const struct idbc_str *text);
/* Replaces what jansson refuses though it is JSON: codec_soften.c. */
void codec_doc_soften(char *text, size_t len);
struct idbc_str codec_doc_trim(const struct idbc_str *text);
int codec_is_text(const struct idbc_str *bytes);       /* UTF-8 that people can read */
/* A string with its quotes and escapes, or without; MALFORMED: not UTF-8. */
int codec_doc_quote(const struct idbc_str *text, struct arena *, struct idbc_str *out);
int codec_doc_unquote(const struct idbc_str *quoted, struct arena *, struct idbc_str *out);
/* The bytes of the value at a path of a checked document: OK, ABSENT or NOMEM. */
int codec_doc_find(const struct idbc_str *doc, const struct map_path *, struct arena *,
		   struct idbc_str *out);
/* The document with `value` there, parents made where there are none, and every other byte
 * as it was: OK, BLOCKED or NOMEM. */
int codec_doc_put(const struct idbc_str *doc, const struct map_path *,
		  const struct idbc_str *value, struct arena *, struct idbc_str *out);

/* codec_bytes.c.  OK or NOMEM; the two that read text also MALFORMED. */
int codec_hex(const struct idbc_str *bytes, const char *prefix, struct arena *,
	      struct idbc_str *out);
int codec_unhex(const struct idbc_str *lower_hex, struct arena *, struct idbc_str *out);
int codec_uuid_text(const struct idbc_str *bytes16, struct arena *, struct idbc_str *out);
int codec_uuid_bytes(const struct idbc_str *text36, struct arena *, struct idbc_str *out);

#endif
