/* drivers/sql/op/create.h - one new user within a transaction: for a create alone and for many
 * of them at once.
 */
#ifndef DRIVERS_SQL_CREATE_H
#define DRIVERS_SQL_CREATE_H

#include "sql/override/override.h"

struct create {
	const struct idbc_create_req *req;
	struct telling telling;
	struct idbc_field *fields;      /* those that are written, user_id not among them */
	size_t nfields;
	struct idbc_str given;
	struct lookup made;             /* as getUser finds him */
	struct answer answer;           /* the same, where getUser is in SQL of its own */
};

/* What was asked for, judged before the transaction begins. */
int  create_take(struct session *, struct create *, struct idbc_error *err);
/* Checked, written in all his rows and read back, inside the transaction that has claimed his
 * identifiers. */
int  create_write(struct session *, struct create *, struct idbc_error *err);

#endif
