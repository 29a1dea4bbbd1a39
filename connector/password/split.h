/* connector/password/split.h - one column that holds hash and salt, by a template such
 * as "{hash}:{salt}".  Threads: a template is immutable once parsed; no lock.
 */
#ifndef CONNECTOR_PASSWORD_SPLIT_H
#define CONNECTOR_PASSWORD_SPLIT_H

#include "base/buf.h"

enum split_part { SPLIT_NONE, SPLIT_HASH, SPLIT_SALT };

struct split {
	struct idbc_str text[3];        /* before, between, after; point into the template */
	enum split_part part[2];
};

/* 0, or -1: not "{hash}", with or without "{salt}", in a template that can be undone. */
int split_parse(const char *template, struct split *out);
/* 1 and the parts, or 0: the value is not of this form. */
int split_apply(const struct split *, const struct idbc_str *value, struct idbc_str *hash,
		struct idbc_str *salt);
int split_join(const struct split *, const struct idbc_str *hash, const struct idbc_str *salt,
	       struct buf *out);        /* 0, or -1: no memory */

#endif
