/* drivers/sql/plan/plan.h - a mapping, a dialect and a catalogue made into statements: once
 * per instance, by the first session.  Reads are compiled here; writes, whose columns
 * depend on the request, are composed by write.c from the same mapping.
 *
 * Everything lives in the plan's own arena.  Immutable once made.  Threads: any.
 */
#ifndef DRIVERS_SQL_PLAN_H
#define DRIVERS_SQL_PLAN_H

#include "sql/plan/catalogue.h"
#include "sql/plan/dialect.h"
#include "sql/mapping/mapping.h"

/* Where the value of one `?` comes from. */
enum plan_arg_kind {
	PLAN_VALUE,             /* a constant of the mapping, ready                    */
	PLAN_ASKED,             /* the identifier under `fold`; NULL where a column of
	                         * `type` cannot hold it                                */
	PLAN_ASKED_BYTES,       /* the identifier, as bytes                             */
	PLAN_ASKED_KEY,         /* the identifier as a key: NULL where it cannot be one */
	PLAN_ROWS,              /* of a list: how many at most                          */
};
struct plan_arg {
	uint32_t kind, fold, type;      /* SQL_COL_UNKNOWN: text as it is */
	const struct map_field *of;             /* plan->taken: which field's new value */
	struct idbc_value value;
};

/* What a column of the answer is; the first PLAN_FIXED are key, field and stored value. */
enum plan_col_kind {
	PLAN_FIELD, PLAN_HASH, PLAN_SALT, PLAN_WHEN, PLAN_PLACE,
	PLAN_TRIES, PLAN_TRIED_FIRST, PLAN_TRIED_LAST, PLAN_LOCK,       /* login.failed */
	PLAN_CLOCK,             /* the store's, beside them: seconds since 1970 */
	PLAN_HIDDEN,            /* is a delete of his under way? */
};
enum { PLAN_KEY = 0, PLAN_WHICH = 1, PLAN_MATCHED = 2, PLAN_FIXED = 3 };
struct plan_col {
	uint32_t kind, field;   /* PLAN_FIELD: index in the mapping */
	uint32_t type;          /* of a field in a column: enum sql_column_type */
	uint32_t as_stored;     /* most fields: text that is shown as it is */
	uint32_t as_bit;        /* a plain yes or no: "1" and "0" are all there is to it */
	uint32_t null_is_absent;
	struct map_place place; /* of a stored value; link -1 and col NULL: computed */
};

/* One identifier can be looked for in several fields; the answer says in which. */
#define PLAN_MAX_FIELDS 4
struct plan_key {
	uint32_t fold;
	const struct map_field *field;          /* NULL: the key itself */
};

struct plan_select {
	const char *sql;                        /* NULL: nothing to search by */
	struct plan_arg *args;
	uint32_t nargs;
	struct plan_col *cols;                  /* after the PLAN_FIXED */
	uint32_t ncols;
	struct plan_key keys[PLAN_MAX_FIELDS];
	uint32_t nkeys;
	uint32_t deleted;                       /* the column of that flag, from 1; 0: none */
	uint32_t hidden;                        /* the same of PLAN_HIDDEN */
	uint32_t exprs;                         /* columns whose type only the answer tells */
	uint32_t is_short;                      /* the answer has the key alone of PLAN_FIXED: */
	uint32_t matched;                       /* this column was matched, from 1; 0: the key */
	uint32_t slot;                          /* from 1: where a session keeps it prepared */
	uint32_t credential;                    /* the first column that is no field */
};
#define PLAN_SLOTS 12

/* Pages of users: bits of plan->list's index. */
enum plan_page {
	PAGE_AFTER = 1,         /* after a key */
	PAGE_LAST = 2,          /* backwards from the last; without the other one */
	PAGE_CREDENTIALS = 4,   /* and whether they are deleted; no profile */
	PLAN_LISTS = 8
};

/* Who has a value that is about to be written?  Each such value is looked for in its own
 * field, one to log in with in all fields to log in with: one statement for them all. */
struct plan_pair {
	const struct map_field *value, *in;
};
struct plan_taken {
	const char *sql;                        /* NULL: nothing is kept apart */
	struct plan_arg *args;
	uint32_t nargs;
	struct plan_pair *pairs;                /* by the statement's column `f` */
	uint32_t npairs;
};

/* What a row of the table of intents is about, by scope and id; nothing: no row. */
enum plan_intent {
	PLAN_DELETING = 1,      /* a delete is under way: the user is hidden           */
	PLAN_DELETED = 2,       /* a tombstone: the user of that id is gone            */
	PLAN_CREATING = 3,      /* somebody makes a user of that identifier: of another
				 * scope, see intent.h                                 */
	PLAN_KEPT = 4,          /* deleted, and his row stays as the mapping has it; it
				 * hides nobody and retires no id                      */
};

enum sql_operation {            /* bits: what a connection does */
	OP_LOGIN = 1u << 0, OP_GET_USER = 1u << 1, OP_CREATE = 1u << 2, OP_VERIFY = 1u << 3,
	OP_CHANGE_PASSWORD = 1u << 4, OP_DELETE_USER = 1u << 5, OP_CHANGE_EMAIL = 1u << 6,
	OP_ALL = (1u << 7) - 1,
	OP_UPDATES = OP_VERIFY | OP_CHANGE_PASSWORD | OP_CHANGE_EMAIL,
	OP_WRITES = OP_ALL & ~(OP_LOGIN | OP_GET_USER),
};

struct plan_finding { uint32_t severity; const char *code, *key, *text, *remedy; };

struct plan {
	const struct mapping *mapping;
	const struct dialect *dialect;
	const struct idbc_host *host;
	uint32_t operations;                    /* what none of them needs is not looked up */
	uint32_t packs;                         /* the backend takes SQL_ROW_TEXT */
	const char *intents;                    /* the table of intents; NULL: none is kept */
	const char *no_way_back;                /* a table of the delete that has no transactions;
						 * NULL: each has */
	const char *no_undo;                    /* the same of create, where users are moved here */
	const char *scope;                      /* whose users' ids they are: the user table;
						 * the connection where the mapping has none */
	struct catalogue catalogue;
	struct arena arena;
	struct plan *older;                     /* replaced by a later look at the store */

	struct plan_select read[5];             /* by enum idbc_by: the profile        */
	struct plan_select plain[5];            /* the same for plan_is_plain() identifiers;
	                                         * sql NULL: no other statement       */
	struct plan_select state;               /* by key: stored values, locked       */
	struct plan_select lock;                /* by key: his row alone, ahead of `state`,
	                                         * where that must be; sql NULL: not so */
	struct plan_select list[PLAN_LISTS];    /* pages of users, in the order of their keys */
	struct plan_taken taken;                /* create: by any of its fields        */
	struct plan_taken taken_email;          /* change_email: by the new address    */
	const char **names;                     /* of the fields, as the mapping has them */
	uint32_t ncomputed;                     /* fields that come from no column     */
	const struct catalogue_column *key;     /* NULL: not known                     */
	uint32_t key_kind;                      /* enum sql_column_type                */

	struct plan_finding *findings;
	size_t nfindings, capfindings;
	const struct plan_finding *error;       /* the first that forbids every operation */
};

/* The tables that the operations need, for the catalogue's statement. */
int  plan_tables(struct plan *);
/* Fills `plan` (mapping, dialect, host, operations and catalogue given): 0, or -1 without memory.
 * What does not fit the catalogue is in plan->findings; statements are made anyway. */
int  plan_compile(struct plan *);
int  plan_check(struct plan *);                 /* the findings alone */
int  plan_report(struct plan *, uint32_t severity, const char *code, const char *key,
		 const char *text, const char *remedy);
int  plan_check_filled(struct plan *);          /* plan_filled.c: can a create fill its rows? */
void plan_free(struct plan *);                  /* and the older ones */

uint32_t plan_kind(const struct plan *, const char *table, const char *col);
/* Table and column of a place; an EAV value's column for its rows. */
const char *plan_table(const struct plan *, int32_t link);
const char *plan_place_col(const struct plan *, const struct map_place *);
uint32_t plan_place_kind(const struct plan *, const struct map_place *);
const struct map_link *plan_link(const struct plan *, int32_t link);     /* NULL: -1 */

/* Nothing but ASCII without a capital I, of which some LOWER() make what no other does: its
 * lower case is the same everywhere. */
int  plan_is_plain(const struct idbc_str *asked);

/* A constant of the mapping as its column stores it: 0, or -1 without memory. */
int  plan_constant(const struct plan *, const struct map_value *, uint32_t kind,
		   struct arena *, struct idbc_value *out);

void plan_find_error(struct plan *);             /* after what was reported */
/* plan_intent.c: is the table of intents there, and as it must be?  0, or -1: no memory. */
int  plan_check_intents(struct plan *);
/* Gives the plan its scope; -1: no memory. */
int  plan_scope(struct plan *, const char *connection);
/* plan_select.c */
int  plan_compile_reads(struct plan *);
/* plan_page.c */
int  plan_compile_pages(struct plan *);
/* plan_taken.c */
int  plan_compile_taken(struct plan *);

#endif
