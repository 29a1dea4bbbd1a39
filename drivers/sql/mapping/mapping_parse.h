/* drivers/sql/mapping/mapping_parse.h - what the files of the mapping compiler share.
 *
 * Parsing goes on after a mistake, so that all are found: functions report a finding and
 * leave their output empty.  A failed allocation is remembered by the arena and asked for
 * once, at the end.  Threads: one per mapping_parse(); no lock.
 */
#ifndef DRIVERS_SQL_MAPPING_PARSE_H
#define DRIVERS_SQL_MAPPING_PARSE_H

#include "sql/base/arena.h"
#include "sql/mapping/mapping.h"

#include <jansson.h>

struct parse {
	struct idbc_findings *findings;
	struct arena *arena;
	struct mapping *m;
	json_t *root, *vars, *links, *profile;  /* borrowed; NULL where absent */
	size_t errors;
	int lost;                       /* a finding could not be kept: out of memory */
	const char *first;              /* the first error, for struct idbc_error */
};

/* --- findings (mapping_json.c) --- */
void parse_bad(struct parse *, const char *code, const char *key, const char *fmt, ...)
	IDBC_PRINTF(4, 5);
void parse_warn(struct parse *, const char *code, const char *key, const char *fmt, ...)
	IDBC_PRINTF(4, 5);
/* "unknown link "mata", did you mean "meta""; `names` are the keys of an object. */
void parse_unknown(struct parse *, const char *code, const char *key, const char *what,
		   const char *name, const json_t *names);

/* --- JSON (mapping_json.c) --- */
const char *parse_key(struct parse *, const char *base, const char *name);      /* base.name */
const char *parse_at(struct parse *, const char *base, size_t index);           /* base[3] */
void *parse_items(struct parse *, size_t n, size_t size);       /* zeroed; NULL for none */
/* A member of the type asked for; NULL if absent, or of another type (a finding). */
json_t *parse_object(struct parse *, const json_t *parent, const char *base, const char *name);
json_t *parse_array(struct parse *, const json_t *parent, const char *base, const char *name);
const char *parse_string(struct parse *, const json_t *parent, const char *base,
			 const char *name);
int  parse_bool(struct parse *, const json_t *parent, const char *base, const char *name);
const char *parse_text(struct parse *, const json_t *, const char *key);        /* itself */
/* Every key of `object` is one of `names`, which ends with NULL. */
void parse_known(struct parse *, const json_t *object, const char *base,
		 const char *const *names);
int  parse_in(const char *name, const char *const *names);      /* its index, or -1 */

/* --- names (mapping_names.c) --- */
void parse_vars(struct parse *);
const char *parse_expand(struct parse *, const char *text, const char *key);    /* ${var} */
const char *parse_table(struct parse *, const char *text, const char *key);
const char *parse_column(struct parse *, const char *text, const char *key);
const char *parse_table_of(struct parse *, const json_t *parent, const char *base,
			   const char *name);
const char *parse_column_of(struct parse *, const json_t *parent, const char *base,
			    const char *name);
int32_t parse_link(struct parse *, const char *name, const char *key);  /* index, or -1 */
/* "col", "link.col", "link[name]".  1, or 0 with a finding. */
int  parse_place(struct parse *, const char *text, const char *key, struct map_place *out);
/* The field is mapped; else a finding. */
int  parse_field_name(struct parse *, const char *name, const char *key);

/* --- values (mapping_value.c) --- */
struct value_rule {
	uint32_t allowed;               /* bits 1u << enum map_source */
	const char *expected;           /* for the finding */
};
extern const struct value_rule value_constant, value_flag, value_insert, value_update,
	value_set, value_touch, value_step, value_id, value_on;
int  parse_value(struct parse *, const json_t *, const struct value_rule *, const char *key,
		 struct map_value *out);
/* The member `name` of `parent`, if it is there. */
void parse_sets_of(struct parse *, const json_t *parent, const char *base, const char *name,
		   const struct value_rule *, struct map_sets *out);
void parse_literals(struct parse *, const json_t *, const struct value_rule *, const char *key,
		    struct map_literals *out);
int  parse_time_name(const char *name, uint32_t *out);          /* 1, or 0 */
int  parse_fold_name(const char *name, uint32_t *out);          /* 1, or 0 */

/* {"counter": ...}, a generator of keys (mapping_counter.c).  The column that it says the
 * numbers are for, or NULL: it says none; `own`: the one it must be, or NULL. */
const char *parse_counter(struct parse *, const json_t *, const char *key, const char *own,
			  struct map_value *out);

/* --- sections --- */
void parse_links(struct parse *);                               /* mapping_link.c */
void parse_joins(struct parse *, const json_t *json, struct map_link *);        /* mapping_join.c */
void parse_profile(struct parse *);                             /* mapping_profile.c */
void parse_field(struct parse *, const json_t *, struct map_field *);   /* mapping_field.c */
/* "json" of a field: a path, into field->place.        mapping_document.c */
void parse_path(struct parse *, const json_t *field_json, struct map_field *);
void parse_documents(struct parse *, const json_t *create);     /* create.json */
void parse_user(struct parse *);                                /* mapping_rules.c */
void parse_login(struct parse *);
void parse_failed(struct parse *, const json_t *login);         /* mapping_failed.c */
void parse_password(struct parse *);
void parse_create(struct parse *);
void parse_delete(struct parse *);                              /* mapping_steps.c */
void parse_after(struct parse *);
void parse_raws(struct parse *, const json_t *parent, const char *base, const char *name,
		struct map_steps *out);
/* Which :names raw SQL may bind, beside those that earlier steps let. */
struct raw_scope {
	const char *const *names;       /* ends with NULL */
	int fields;                     /* -1: no field; 0: mapped ones; 1: all there can be */
	const char *const *lets;
	size_t nlets;
};
int  parse_raw(struct parse *, const char *text, const char *key,       /* mapping_raw.c */
	       struct map_raw *out);
int  parse_raw_in(struct parse *, const struct raw_scope *, const char *text, const char *key,
		  struct map_raw *out);
int  raw_is_normalised(const char *field);
int  raw_knows(const struct parse *, const struct raw_scope *, const char *name);
const char *parse_expr(struct parse *, const char *text, const char *key,      /* mapping_expr.c */
		       struct map_field *);
void parse_exprs_shown(struct parse *);
void parse_sql(struct parse *);                                 /* mapping_sql.c */
/* Is the operation ("login") in SQL of its own?  NULL: any. */
int  parse_has_sql(const struct parse *, const char *operation);
/* Is a table of users needed, whatever sql.OP does? */
int  parse_needs_table(const struct parse *);
void parse_check(struct parse *);                               /* mapping_check.c */
void parse_check_writes(struct parse *);                        /* mapping_writes.c */

#endif
