/* drivers/sql/mapping/mapping.h - the `users` object as a checked model: what the file says,
 * with names resolved and no SQL yet.  plan.h makes statements of it once a session has
 * told the dialect and the catalogue.
 *
 * Everything hangs in one arena owned by struct mapping; pointers into it live until
 * mapping_free().  Immutable after mapping_parse().  Threads: any; no lock.
 */
#ifndef DRIVERS_SQL_MAPPING_H
#define DRIVERS_SQL_MAPPING_H

#include <idbc/driver.h>

enum map_time {                 /* how a point in time is stored */
	MAP_TIME_NONE, MAP_DATETIME, MAP_DATE, MAP_UNIX, MAP_UNIX_MS, MAP_UNIX_US,
	MAP_MW14, MAP_ISO,
};

/* What a column is set to, or compared with. */
enum map_source {
	MAP_NULL,               /* null, "$null"                                      */
	MAP_STR, MAP_I64, MAP_BOOL,     /* literals; bound in the type of their column */
	MAP_REAL,               /* a number with a fraction: bound as its text in `str` */
	MAP_NOW,                /* "$now[:fmt]": `time`, NONE = as the column is typed */
	MAP_UUID,               /* "$uuid": 36 characters                              */
	MAP_TOKEN,              /* "$token:N": `n` hex digits                          */
	MAP_ID,                 /* "$id": the user's key                               */
	MAP_FIELD,              /* "$field[:fold]", "$field:-": `str` is the field      */
	MAP_USER_COL,           /* "@col": a column of the user's row                  */
	MAP_LINK_COL,           /* "@link.col": `link`, with "of"                       */
	MAP_GIVEN,              /* "$given": the user_id that the caller supplies       */
	MAP_GIVEN_OR_UUID,      /* "$given|$uuid": that, or a random one (our schema)   */
	MAP_AUTO,               /* "auto": the database makes it                       */
	MAP_CLIENT_IP,          /* "$client_ip": of the request, in login.touch         */
	MAP_COUNT,              /* "$count": one more than the column holds, in touch   */
	MAP_COUNTER,            /* `counter`: the next number of an id table            */
};
struct map_counter;
struct map_value {
	uint32_t source;        /* enum map_source */
	uint32_t time;          /* enum map_time */
	uint32_t fold;          /* enum idbc_fold of MAP_FIELD, or MAP_SLUG */
	uint32_t n;             /* digits of a token */
	int32_t  link;
	uint32_t or_empty;      /* "$field:-": the empty string where absent */
	int64_t  i64;
	const char *str;
	const struct map_counter *counter;
};
#define MAP_SLUG 100u           /* beside enum idbc_fold: lower case, a-z 0-9 and '-' */

struct map_set {                /* one column and its value */
	const char *col;
	struct map_value value;
};
struct map_sets {
	struct map_set *items;
	size_t n;
};

struct map_counter {            /* the row of an id table that numbers are taken from */
	const char *table, *col;
	struct map_sets where;
	int last;                       /* `col` holds the number given last, not the next */
	const char *key;                /* path, for findings */
};

enum map_link_kind { MAP_ONE, MAP_EAV, MAP_MANY };
/* "groups": "groups.id = @group_id AND groups.active = 1" */
enum { MAP_JOIN_LINK = -1, MAP_JOIN_USER = -2 };        /* else the index of a join */
struct map_join_side { int32_t at; uint32_t pad; const char *col; };
struct map_join_test {
	struct map_join_side left, right;       /* `right`: of two columns */
	const char *op;                         /* "=", "<>" ...; " IS NULL", " IS NOT NULL" */
	uint32_t sides;                         /* both are columns; else `value`, or NULL   */
	int32_t last;                           /* the last of the joined tables it names    */
	struct map_value value;
};
struct map_join { const char *table, *key; };
struct map_link {
	const char *name, *table;
	uint32_t kind;                  /* enum map_link_kind */
	int32_t  of;                    /* index of the link it hangs on, or -1 */
	struct map_sets on;             /* col = MAP_USER_COL or MAP_LINK_COL */
	struct map_sets where, insert, update;
	int has_id;                     /* `id` generates column `id_col` */
	int append;
	const char *id_col;
	struct map_value id;
	const char *order;              /* column: the newest row counts; or NULL */
	const char *eav_name, *eav_value;
	struct map_join *joins;
	size_t njoins;
	struct map_join_test *tests;    /* how they hang together: all must hold */
	size_t ntests;
	const char *key;                /* path, for findings: "users.links.meta" */
};

/* From the top of a JSON document to a value in it. */
struct map_path_item {
	const char *name;       /* of a member; or digits, the place in a list */
	uint32_t is_index, pad; /* a place in a list and nothing else */
};
struct map_path {
	const struct map_path_item *items;
	size_t n;               /* 0: the whole document */
};
struct map_place {              /* one column of the user's table or of a link's */
	int32_t link;           /* index, or -1: the user's own table */
	uint32_t pad;
	const char *col;        /* NULL where the link is EAV and `eav` is set */
	const char *eav;        /* stored key of an EAV row */
	const struct map_path *json;    /* in the document that the column holds; NULL: the
					 * column's own value */
};

enum map_field_kind { MAP_COL, MAP_CONST, MAP_TEMPLATE, MAP_EXISTS, MAP_LIST, MAP_EXPR };
enum map_type {
	MAP_TEXT,               /* as stored                                        */
	MAP_FLAG,               /* values of `yes` / `no`                           */
	MAP_TIME,
	MAP_ENUM,               /* `enums`: stored value to text                    */
	MAP_PHP,                /* PHP-serialised, read only, shown as JSON         */
	MAP_INTEGER,            /* a JSON number                                    */
};
struct map_literals {
	struct map_value *items;
	size_t n;
};
struct map_enum { struct map_value stored; const char *text; };
struct map_list_col { const char *name; struct map_place place; const char *table; };
/* table NULL: the link's own ("t."); else one of its joins */
struct map_piece { const char *text; const char *field; };     /* one of them */

struct map_field {
	const char *name;               /* "email", "app_metadata.roles" */
	uint32_t kind, type;            /* enum map_field_kind, enum map_type */
	struct map_place place;         /* MAP_COL, MAP_EXISTS and MAP_LIST: link */
	uint32_t time;                  /* enum map_time */
	uint32_t fold;                  /* lookup.F.fold, or the default of the field */
	uint32_t sensitive;             /* "deleted", "password_expired", "locked_out",
	                                 * "migrated": never shown */
	uint32_t pad;
	struct map_literals yes, no;    /* MAP_FLAG: read any, write the first; NULL and
	                                 * MAP_NOW mean the NULL-or-timestamp flag.  Where
	                                 * one side is empty, every other value is it. */
	struct map_literals from;       /* write only if the column now holds one */
	struct map_enum *enums;
	size_t nenums;
	struct map_place *mirror;       /* further places, same value */
	size_t nmirror;
	struct map_set *also;           /* further columns of the same table, computed */
	size_t nalso;
	struct map_sets where;          /* MAP_EXISTS */
	struct map_list_col *cols;      /* MAP_LIST */
	size_t ncols;
	struct map_piece *pieces;       /* MAP_TEMPLATE */
	size_t npieces;
	struct map_value constant;      /* MAP_CONST */
	const char *expr;               /* MAP_EXPR: checked, links as lN */
	int32_t *links;                 /* those that it reads */
	size_t nlinks;
	const char *key;                /* path: "users.profile.email" */
};

/* Raw SQL with :names, ${vars} replaced; `:` in quotes and `::casts` left alone. */
struct map_raw {
	const char *sql;                /* with ? in place of each :name */
	const char **names;             /* nargs of them, in order: "id", "email", "now" */
	size_t nargs;
	const char *key;
};
enum map_step_kind { MAP_STEP_DELETE, MAP_STEP_UPDATE, MAP_STEP_RAW };
struct map_step {
	uint32_t kind, pad;
	const char *table;
	struct map_sets set, where;
	struct map_raw raw;
	const char *key;
};
struct map_steps {
	struct map_step *items;
	size_t n;
};
struct map_default { const char *field; struct map_value value; };
struct map_document {           /* create.json: what a column's document begins with */
	struct map_place place;
	const char *text;
	const char *key;
};

/* An operation in SQL of the author's own; bit 1u << enum map_operation of a connection's
 * operations. */
enum map_operation {
	MAP_LOGIN, MAP_GET_USER, MAP_CREATE, MAP_VERIFY, MAP_CHANGE_PASSWORD, MAP_DELETE_USER,
	MAP_CHANGE_EMAIL, MAP_OPERATIONS,
};
enum map_expect { MAP_EXPECT_ANY, MAP_EXPECT_ONE, MAP_EXPECT_NONE_OR_ONE };
struct map_sql_step {
	struct map_raw raw;
	const char *let;                /* keeps a value for later steps as :name; or NULL */
	uint32_t expect, pad;           /* enum map_expect */
};
struct map_sql {
	struct map_sql_step *steps;     /* n 0: the mapping does it */
	size_t n;
	const char *key;                /* "users.sql.login" */
};

enum map_delete_mode { MAP_DELETE_HARD, MAP_DELETE_SOFT, MAP_DELETE_KEEP };

/* login.failed: columns of the user's row in which the application keeps failed attempts.
 * A place that is not mapped has no col. */
struct map_failed {
	const char *count;              /* failures; or NULL */
	struct map_field first, last;   /* when the first, the last of them was */
	struct map_field until, at;     /* when the lock ends, or began: one of the two */
	int64_t max;                    /* failures that lock; 0: the application does it */
	int64_t window_s;               /* older failures count no more; 0: all count */
	int64_t lock_s;                 /* how long a lock stands */
	int mapped;
};

struct mapping {
	const char *table, *key;        /* NULL: every operation is in SQL of its own */
	struct map_value id;            /* AUTO, UUID, TOKEN, FIELD (natural), GIVEN ... */
	struct map_sets where, insert, update;

	struct map_link *links;
	size_t nlinks;
	int32_t *parents_first;         /* their indexes: a link after the one it hangs on */
	struct map_field *fields;       /* in the order of the file; user_id is not one */
	size_t nfields;

	uint32_t login_by[4], nlogin;   /* enum idbc_by */
	struct map_sets touch;
	struct map_failed failed;
	int recheck;

	struct map_place pw_hash, pw_salt, pw_when;     /* col NULL: not mapped */
	struct map_sets pw_set;

	const char **unique;            /* create.unique: field names */
	size_t nunique;
	int email_shared;               /* "email_unique": false: users may share addresses */
	struct map_default *defaults;
	size_t ndefaults;
	const char **required;          /* create.required, else the fields of login.by */
	size_t nrequired;
	struct map_document *documents;
	size_t ndocuments;
	const char **create_links;      /* rows made even if no field needs them */
	size_t ncreate_links;
	struct map_steps create_after, after_password, after_email;

	uint32_t delete_mode;
	int has_delete_steps;           /* absent: the links' own rows go */
	struct map_sets delete_set;
	struct map_steps delete_steps;

	struct map_sql sql[MAP_OPERATIONS];
	uint32_t fold[IDBC_BY_PHONE + 1];       /* of identifiers, also those no column has */

	struct arena *arena;
};

/* Parses the whole object.  Every mistake is a finding (codes: unknown-key, wrong-type,
 * bad-identifier, bad-reference, missing-key, two-fields-one-column, unsupported,
 * bad-parameter ...).  IDBC_OK, IDBC_CONFIG or IDBC_NOMEM. */
int  mapping_parse(const struct idbc_str *users_json, struct idbc_findings *,
		   struct mapping **out, struct idbc_error *err);
void mapping_free(struct mapping *);

/* What the operations of a connection need of the mapping where sql.OP does not do them:
 * findings, and IDBC_CONFIG. */
int  mapping_suits(const struct mapping *, uint32_t operations, struct idbc_findings *,
		   struct idbc_error *err);
int  mapping_has_sql(const struct mapping *, uint32_t operation);
/* Does a step of it name the parameter? */
int  mapping_sql_names(const struct map_sql *, const char *parameter);

const struct map_field *mapping_field(const struct mapping *, const char *name);
int mapping_has(const struct map_place *);      /* 0: nothing is mapped there */
/* One column (its document as a whole); names are compared without case, as databases do. */
int mapping_same_place(const struct map_place *, const struct map_place *);
/* ... and one path in it, if there are paths. */
int mapping_same_member(const struct map_place *, const struct map_place *);
/* One path is the other, or leads through it. */
int mapping_paths_meet(const struct map_path *, const struct map_path *);
/* Do people log in with a field of that name?  May no two users share its value? */
int mapping_logs_in(const struct mapping *, const char *field);
int mapping_is_unique(const struct mapping *, const char *field);
/* Such a field, in a column where values can be looked for. */
int mapping_keeps_apart(const struct mapping *, const struct map_field *);
const char *mapping_by_field(uint32_t by);      /* IDBC_BY_PHONE: "phone_number" */

#endif
