/* drivers/sql/codec/codec.h - between what a column holds and what a profile says: flags,
 * times, enums, PHP text, and the generators of the mapping ($now, $uuid, slug ...).
 * Pure functions over bytes; no SQL, no session.  Threads: any; no lock.
 */
#ifndef DRIVERS_SQL_CODEC_H
#define DRIVERS_SQL_CODEC_H

#include "sql/base/arena.h"
#include "sql/mapping/mapping.h"

/* The catalogue's type of a column, as far as binding cares. */
enum sql_column_type {
	SQL_COL_UNKNOWN, SQL_COL_TEXT, SQL_COL_INTEGER, SQL_COL_REAL, SQL_COL_BOOL,
	SQL_COL_DATETIME, SQL_COL_DATE, SQL_COL_BINARY, SQL_COL_BIT, SQL_COL_JSON,
	SQL_COL_UUID,
	SQL_COL_UUID_BYTES,     /* 16 bytes: a uuid outside                            */
	SQL_COL_OTHER,          /* known, and none of these: bound as text             */
};

/* What generators may look at, for one call. */
struct codec_context {
	int64_t now_us;                         /* one point in time for the whole call, UTC */
	const struct idbc_field *fields;        /* of the request */
	size_t nfields;
	struct idbc_str id, given;              /* the user's key; user_id of the request */
	struct idbc_value key;                  /* the user's key as its column has it */
	struct idbc_str client_ip;
	/* A column of the user's row, already read ("@col"); NULL value if unknown. */
	int (*user_col)(void *ctx, int32_t link, const char *col, struct idbc_value *out);
	void *user_col_ctx;
	const struct idbc_host *host;           /* fold */
};

enum codec_result {
	CODEC_OK = 0,
	CODEC_ABSENT = 1,       /* NULL, or a count of 0 seconds: the field is not shown    */
	CODEC_MALFORMED = 2,    /* not what the mapping says: not shown, logged by the caller */
	CODEC_NEVER = 4,        /* a date that is none, such as 0000-00-00: the same         */
	CODEC_BLOCKED = 3,      /* something else stands in the way of a path          */
	CODEC_NOMEM = -1,
};

int codec_is_bytes(uint32_t column_type);

/* A bound text; NULL where it is empty. */
struct idbc_value text_or_null(const char *s, size_t len);
int str_equal(const struct idbc_str *, const struct idbc_str *);
/* Stored text or bytes; empty for NULL. */
static inline struct idbc_str value_str(const struct idbc_value *v)
{
	if (v->kind == IDBC_KIND_STR || v->kind == IDBC_KIND_BYTES || v->kind == IDBC_KIND_JSON)
		return v->u.str;
	return (struct idbc_str){ "", 0 };
}

/* The value of that name; NULL if there is none. */
const struct idbc_value *fields_get(const struct idbc_field *, size_t n, const char *name);

/* Decimal digits with an optional '-', whole text, no overflow: 0, or -1. */
int codec_i64(const char *text, size_t len, int64_t *out);

/* What a column holds, or the member of its document that the place names: a stored value
 * for codec_read(); NULL where there is none.  MALFORMED: no JSON, or nested too deeply. */
int codec_member(const struct map_place *, const struct idbc_value *column, struct arena *,
		 struct idbc_value *out);
/* codec_write() for a member of a document. */
int codec_write_member(const struct map_field *, const struct idbc_value *value, int64_t now_us,
		       struct arena *, struct idbc_value *out);
/* The document in a column with such a member at a path, all else as it was to the byte.
 * MALFORMED: what the column holds is no JSON; BLOCKED: a parent is no object, or a list
 * has no such place. */
int codec_document(const struct idbc_value *column, const struct map_path *,
		   const struct idbc_value *member, struct arena *, struct idbc_str *out);

/* A stored value, as the profile shows it.  MAP_TEXT, MAP_FLAG, MAP_TIME, MAP_ENUM,
 * MAP_PHP, MAP_INTEGER.  A flag that is neither yes nor no is MALFORMED. */
int codec_read(const struct map_field *, const struct idbc_value *stored, struct arena *,
	       struct idbc_value *out);

/* A profile's value as the column stores it; `now_us` for "true": "$now".  MALFORMED if
 * the value cannot be held (text for a flag, a time that is none). */
int codec_write(const struct map_field *, const struct idbc_value *value, uint32_t column_type,
		int64_t now_us, struct arena *, struct idbc_value *out);

/* A literal or generator of the mapping, as a column of `column_type` stores it.
 * ABSENT: the field it names is not in the request (and no "or empty"). */
int codec_generate(const struct map_value *, const struct codec_context *,
		   uint32_t column_type, struct arena *, struct idbc_value *out);

/* A point in time in one stored form; NONE takes the form of the column's type. */
int codec_time(int64_t us, uint32_t form, uint32_t column_type, struct arena *,
	       struct idbc_value *out);

/* PHP-serialised text as JSON text; MALFORMED, or nested deeper than 64. */
int codec_php(const struct idbc_str *php, struct arena *, struct idbc_str *json);

/* Lower case, ASCII letters and digits, '-' between words; at most 50 bytes. */
int codec_slug(const struct idbc_str *text, struct arena *, struct idbc_str *out);

#endif
