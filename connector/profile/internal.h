/* connector/profile/internal.h - what the files of this room share: the profile as a
 * JSON tree, and the table of canonical fields.  Included by no other room.
 */
#ifndef CONNECTOR_PROFILE_INTERNAL_H
#define CONNECTOR_PROFILE_INTERNAL_H

#include <pthread.h>
#include <jansson.h>
#include "base/buf.h"
#include "base/err.h"
#include "profile/profile.h"

#define PROFILE_FLAGS    (PROFILE_IDP_TOKENS | PROFILE_MFA)
#define PROFILE_MAX_JSON (1024u * 1024u)        /* from a host */
#define PROFILE_MAX_TEXT (64u * 1024u * 1024u)  /* to a host */
#define PROFILE_MAX_DEPTH 100           /* small stacks must hold the recursion */
#define PROFILE_MAX_NAME  512u          /* bytes of a dotted name in a create */
#define INTEGER_MAX_EXACT INT64_C(9007199254740992)     /* 2^53 */

struct profile_text {           /* what a reader was given; lives as long as the profile */
	struct profile_text *next;
	uint32_t edition;       /* of the tree it was read from */
	uint32_t flags;         /* of a whole profile */
	const char *field;      /* "" for a whole profile */
	const char *text;
};
/* Fields as they came, and what the tree will need beside them. */
struct kept {
	struct kept_field *first, **last;
	struct kept_block *blocks;
	char  *at;              /* free room in the newest block */
	size_t left;
	const char *connection, *prefix, *provider;     /* NULL: not finished */
	struct idbc_str native_id;
};
struct idbc_profile {
	json_t  *root;          /* NULL: not made yet */
	uint32_t edition;       /* bumped by every change */
	int      as_metadata;   /* app_metadata is shown as "metadata" */
	pthread_mutex_t lock;   /* guards `root` and `texts` once others may look */
	struct profile_text *texts;
	struct kept kept;
	char     room[];        /* the first block */
};
/* Makes the tree unless there is one: 0, or -1 with the profile as it was (no memory).
 * profile_tree() for whoever has the lock or the profile to himself. */
int profile_tree(struct idbc_profile *);
int profile_tree_of(const struct idbc_profile *);

enum canon_type {
	CANON_STR, CANON_BOOL, CANON_INT, CANON_TIME, CANON_OBJECT, CANON_ARRAY,
};
enum canon_flag {
	CANON_SELF = 1,         /* a sign-up form may set it */
	CANON_STORE = 2,        /* the store's alone: nobody may set it */
	CANON_EARLY = 4,        /* read before there is a tree */
};
struct canon {
	const char *name;
	uint32_t len, type, flags;
};
extern const struct canon canon_fields[];       /* in the order of the output */
extern const size_t canon_count;
const struct canon *canon_find_n(const char *name, size_t len);
extern const char *const canon_tokens[];        /* of identity providers: held back */
extern const size_t canon_token_count;

/* 0 with *out NULL where the value is absent; -1: no memory. */
int value_to_json(const char *name, const struct idbc_value *value, json_t **out);

/* How deep arrays and objects nest in a JSON text, before anything recurses into it. */
size_t tree_depth(const char *text, size_t len);
/* Puts `value` (taken, also on failure) at the dotted `name`; "metadata" is
 * app_metadata.  Without `replace` two objects are merged, the older member kept. */
int tree_put(json_t *root, const char *name, json_t *value, int replace);
/* Puts what no store reports in.  0, or -1. */
int tree_finish(json_t *root, const struct profile_rules *, const struct idbc_str *native);
/* The member at a dotted name, borrowed; NULL if absent or null.  `walk` is the same
 * below the root, where "metadata" is a name like others and arrays count from 0. */
json_t *tree_get(const json_t *root, const char *name);
json_t *tree_walk(const json_t *node, const char *path);
int     tree_is_alias(const char *name);        /* "metadata", "metadata.plan" */
json_t *string_json(const char *bytes, size_t len);     /* repaired; NULL: no memory */

/* Whether reading a JSON text failed for want of memory, which jansson does not always say. */
int json_starved(const json_error_t *);         /* of json_begun() */
json_t *json_begun(const char *text, size_t len, size_t flags, json_error_t *);
/* Appends a JSON text, without what jansson refuses though it is JSON: 0, or -1. */
int json_soften(struct buf *, const char *text, size_t len);
/* Appends compact JSON.  Not json_dumps(): a host may have changed jansson's allocator. */
int json_text(struct buf *, const json_t *, size_t jansson_flags);

/* INVALID invalid_mfa_factors. */
int check_factors(const json_t *, struct idbc_error *err);
int check_phone(const struct idbc_str *, struct idbc_error *err);

#endif
