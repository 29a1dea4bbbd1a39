/* connector/password/tool/params.h - what some schemes need beside the row: a realm, a key of
 * the site, keys by their id.  Comes as JSON with a line to be verified, or with the rules of
 * a connection.  Texts may be keys: they are kept in secret memory.
 * Threads: any after open; no lock.
 */
#ifndef CONNECTOR_PASSWORD_PARAMS_H
#define CONNECTOR_PASSWORD_PARAMS_H

#include <idbc/types.h>
#include "password/rules.h"

struct params;

/* 0, or -1: not a JSON object, or no memory.  NULL gives no parameters, which is fine
 * everywhere. */
int  params_open(const char *json, struct params **out);
int  params_of(const struct password_param *, size_t n, struct params **out);
/* Where there is none of this name yet.  0 or -1. */
int  params_default(struct params **, const char *name, const struct idbc_str *value);
void params_close(struct params *);             /* accepts NULL */
/* 1 and the value, or 0.  `group` may be NULL. */
int  params_get(const struct params *, const char *group, const struct idbc_str *name,
		struct idbc_str *out);
int  params_string(const struct params *, const char *name, struct idbc_str *out);
/* 1 and the number, which may be written as a text; 0: not there; -1: something else than a
 * number from 0 to `max`. */
int  params_number(const struct params *, const char *name, uint64_t max, uint64_t *out);

#endif
