/* connector/config/read.h - what the readers of this room share: the store of everything
 * a configuration keeps, and typed reads that report their own mistakes.
 *
 * A read returns 1 when the value was there and right, else 0; a mistake is a finding by
 * then.  Out of memory sets store->nomem and is told once, at the end.  No finding ever
 * quotes a value: it could be a secret in the wrong place.
 *
 * Threads: opening is one thread's.  Afterwards `lock` guards kept, asked and mistakes.
 */
#ifndef CONNECTOR_CONFIG_READ_H
#define CONNECTOR_CONFIG_READ_H

#include <pthread.h>
#include <stddef.h>
#include "base/secret.h"
#include "config/config.h"
#include "config/node.h"

#define PATH_ROOM 256           /* a key path in a finding; longer ones are cut */

struct kept {                   /* something that lives until config_close() */
	struct kept *next;
	struct secret secret;           /* this, or what follows */
	max_align_t room[];
};

struct config_json {
	char *dir;                      /* absolute folder for relative paths */
	struct json_t *root, *mapping;  /* the documents: strings point into them */
	struct json_t *users;           /* the mapping as the driver gets it */
	struct json_t *options;         /* in root; NULL: none */
	char *users_text, *operations_text;
	uint32_t unmapped;              /* profile.unmapped: 0 refuse, 1 ignore */
	char *file;                     /* the absolute path of the document, or NULL */
	int own_schema;                 /* no `users`: our own tables */
	int create;                     /* config_allow_create() */
	int unusable;                   /* nothing a driver could be opened with */
	int nomem;

	pthread_mutex_t lock;
	struct kept *kept;
	const char **asked;             /* options asked for; "tls.*" for all below */
	size_t nasked, asked_cap;
	struct finding_list mistakes;   /* options of the wrong type */
};

struct reader {
	struct config *config;
	struct config_json *store;
	struct idbc_findings *findings;
	const char *below;              /* the name of a lower that has none; NULL: no lower */
};

/* --- mistakes ------------------------------------------------------------------------- */
void read_mistake(struct reader *, const char *code, const char *path, const char *fmt, ...)
	IDBC_PRINTF(4, 5);
void read_wrong_type(struct reader *, const char *path, const char *wanted,
		     const struct json_t *got);
/* "did you mean" the nearest of `names`, or nothing. */
void read_unknown(struct reader *, const char *code, const char *path, const char *word,
		  const char *const *names, size_t n);
void path_join(char out[PATH_ROOM], const char *path, const char *key);
void path_item(char out[PATH_ROOM], const char *path, size_t i);

/* --- kept memory: until config_close(), NULL when there is none left ------------------ */
void *keep_room(struct config_json *, size_t bytes);            /* zeroed */
const char *keep_bytes(struct config_json *, const char *bytes, size_t len);
const char *keep_secret(struct config_json *, struct secret *);        /* takes it over */

/* --- own.c: settings that are no options of the driver's ------------------------------- */
int own_setting(const char *key);               /* is this one of them? */
/* 1, *out set; 0: absent. */
int own_setting_str(const struct config *, const char *key, const char **text);
int own_setting_i64(const struct config *, const char *key, int64_t *out);
int own_setting_bool(const struct config *, const char *key, int *out);

/* --- typed reads ---------------------------------------------------------------------- */
/* 1 if it is {"env": NAME} or {"file": PATH}. */
int  read_is_reference(const struct json_t *);
/* What a reference stands for, or the string itself.  *why tells what is wrong and *code
 * how it is called; *out is to be freed.  1, or 0. */
int  read_resolve(const struct config_json *, const struct json_t *, struct secret *out,
		  const char **code, char *why, size_t why_cap);
int read_string(struct reader *, const char *path, const struct json_t *, struct idbc_str *out);
/* The same into locked memory; what the document holds of it is overwritten. */
int read_secret(struct reader *, const char *path, struct json_t *, struct idbc_str *out);
/* The same, and a reference to nothing but emptiness is a mistake. */
int read_key(struct reader *, const char *path, struct json_t *, struct idbc_str *out);
/* A string without NUL, as C likes it. */
int  read_cstr(struct reader *, const char *path, const struct json_t *, const char **out);
int  read_int(struct reader *, const char *path, const struct json_t *, int64_t min,
	      int64_t max, int64_t *out);
int  read_bool(struct reader *, const char *path, const struct json_t *, uint32_t *out);
/* One of "check|require|trust": its place. */
int  read_word(struct reader *, const char *path, const struct json_t *, const char *words,
	       uint32_t *out);
/* A list of strings; null items are left out where `nulls`.  0 also where it is absent. */
int  read_strings(struct reader *, const char *path, const struct json_t *, int nulls,
		  const char *const **out, size_t *n);
/* Expects an object; absent is fine and gives 0 without a finding. */
int  read_object(struct reader *, const char *path, const struct json_t *);

#endif
