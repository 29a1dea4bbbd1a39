/* connector/config/node.h - a JSON document as the rest of this room sees it, so that
 * <jansson.h> stays in node.c.  Every function accepts NULL for "not there".
 * Threads: reading from any; changing by one; no lock.
 */
#ifndef CONNECTOR_CONFIG_NODE_H
#define CONNECTOR_CONFIG_NODE_H

#include <stddef.h>
#include <stdint.h>

struct json_t;                  /* jansson's own */

enum node_kind {
	NODE_ABSENT, NODE_NULL, NODE_BOOL, NODE_INT,
	NODE_REAL, NODE_STR, NODE_LIST, NODE_OBJECT,
};

/* Where a text is not JSON.  `what` quotes nothing of the text but a repeated key. */
struct node_error {
	int  line, column;
	int  duplicate;         /* the only mistake is a key that stands twice */
	int  nomem;
	char what[120];
};

/* NULL with *err filled.  `lax`: of a key that stands twice the last one counts. */
struct json_t *node_parse(const char *text, size_t len, int lax, struct node_error *err);
struct json_t *node_share(struct json_t *);     /* the same, once more for node_free() */
struct json_t *node_copy(const struct json_t *);        /* deep; NULL: no memory */
char *node_text(const struct json_t *); /* compact, malloc'ed; NULL: no memory */
struct json_t *node_new_list(void);
void node_free(struct json_t *);

enum node_kind node_kind(const struct json_t *);
const char *node_kind_name(enum node_kind);             /* "a string" */
size_t node_count(const struct json_t *);               /* members or items, else 0 */
struct json_t *node_get(const struct json_t *object, const char *key);
struct json_t *node_at(const struct json_t *list, size_t i);
const char *node_str(const struct json_t *, size_t *len);       /* NULL: not a string */
int64_t node_int(const struct json_t *);
int node_true(const struct json_t *);                   /* 1 only for true */

/* Members in the order of the file: *at starts as NULL; 0 at the end. */
struct node_member {
	const char *key;
	struct json_t *value;
	void *at;
};
int  node_next(const struct json_t *object, struct node_member *);

/* 0, or -1: no memory. */
int  node_put_str(struct json_t *object, const char *key, const char *bytes, size_t len);
int  node_put_at(struct json_t *list, size_t i, const char *bytes, size_t len);
int  node_add_str(struct json_t *list, const char *text);
void node_remove(struct json_t *object, const char *key);
void node_drop_at(struct json_t *list, size_t i);
void node_wipe(struct json_t *);         /* a string's bytes; others are left alone */

#endif
