/* drivers/sql/codec_part.h - what the codec's own files share, and nobody else needs.
 * Threads: any; no lock.
 */
#ifndef DRIVERS_SQL_CODEC_PART_H
#define DRIVERS_SQL_CODEC_PART_H

#include "sql/codec.h"

#define US_PER_SECOND INT64_C(1000000)

/* Text of one stored form as microseconds since 1970, UTC: OK, ABSENT or MALFORMED. */
int codec_time_parse(const struct idbc_str *text, uint32_t form, int64_t *us);

/* "Now" as a column keeps it: legacy programs parse whole seconds only. */
int codec_now(int64_t now_us, uint32_t form, uint32_t column_type, struct arena *,
	      struct idbc_value *out);

/* Text, or a number, in the kind that binds best to the column's type. */
int codec_bind_text(const struct idbc_str *text, uint32_t column_type, struct idbc_value *out);
int codec_bind_i64(int64_t n, uint32_t column_type, struct arena *, struct idbc_value *out);

/* MAP_NULL, MAP_STR, MAP_I64, MAP_BOOL, MAP_REAL, MAP_NOW. */
int codec_literal(const struct map_value *, uint32_t column_type, int64_t now_us,
		  struct arena *, struct idbc_value *out);

#endif
