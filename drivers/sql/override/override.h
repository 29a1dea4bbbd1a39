/* drivers/sql/override/override.h - operations in SQL of the author's own (users.sql): their
 * parameters by name, their steps with `let` and `expect`, the users their reads answer
 * with.  Everything lives in the call's arena.
 */
#ifndef DRIVERS_SQL_OVERRIDE_H
#define DRIVERS_SQL_OVERRIDE_H

#include "sql/ops.h"
#include "sql/user/user.h"
#include "sql/user/write.h"

/* --- parameters ---------------------------------------------------------------------- */
struct params {                 /* a later one of the same name counts; none is NULL */
	struct idbc_field *items;
	size_t n, cap;
};
int  params_put(struct session *, struct params *, const char *name,
		const struct idbc_value *);             /* 0, or -1: no memory (as below) */
const struct idbc_value *params_value(const struct params *, const char *name);
int  params_text(struct session *, struct params *, const char *name,
		 const struct idbc_str *);              /* NULL where it has no bytes */
int  params_flag(struct session *, struct params *, const char *name, int64_t yes);
int  params_credential(struct session *, struct params *, const struct idbc_field *parts,
		       size_t nparts);
int  params_now(struct session *, struct params *);     /* :now, :now_unix */
int  params_id(struct session *, struct params *, const struct idbc_value *key);

/* An identifier as the fold of its field writes it. */
int  override_fold(struct session *, uint32_t fold, const struct idbc_str *,
		   struct idbc_str *out);

/* --- steps --------------------------------------------------------------------------- */
/* The first `n` steps of an operation; what they keep goes into the parameters.  Too few
 * rows: NO_USER, of a create EXISTS or CONFLICT; too many: AMBIGUOUS. */
int  override_steps(struct session *, uint32_t operation, size_t n, struct params *,
		    struct idbc_error *err);
/* Opens one with its parameters bound; its columns are known then. */
int  override_open(struct session *, const struct map_sql_step *, const struct params *,
		   struct cursor *, const struct sql_column **cols, struct idbc_error *err);

/* --- columns of an answer -------------------------------------------------------------- */
enum column_role { ROLE_FIELD, ROLE_ID, ROLE_HASH, ROLE_SALT, ROLE_MATCHED };
enum column_form { FORM_TEXT, FORM_FLAG, FORM_TIME, FORM_INTEGER, FORM_JSON };
struct answer_column {
	const char *name;               /* of the field */
	uint32_t role, form;
};
/* 1; 0: no name that a profile could show. */
int  answer_column(const struct mapping *, const char *name, struct answer_column *out);
/* As a profile shows it.  0: shown; 1: not; -1: no memory. */
int  answer_value(struct session *, const struct answer_column *, const struct sql_column *,
		  const struct idbc_value *stored, struct idbc_value *out);
/* What is wrong with the columns of an answer, or NULL; not 0 then, or without memory. */
int  override_check_columns(const struct mapping *, uint32_t operation,
			    const struct sql_column *, uint32_t n, struct arena *,
			    const char **wrong);

/* --- reads --------------------------------------------------------------------------- */
struct answered {
	struct idbc_str id, matched;
	struct idbc_field *fields;      /* as a profile shows them */
	size_t nfields;
	struct idbc_field parts[2];     /* hash, salt */
	size_t nparts;
};
struct answer {
	struct answered users[LOOKUP_MAX];
	size_t n;
	uint32_t deleted, unequal, hidden;      /* rows left out, and why */
};
/* Does the operation have a read of its own for this kind of identifier? */
int  override_reads(const struct mapping *, uint32_t operation, uint32_t by);
/* 0 to 2 users who are neither deleted nor being deleted; finding none is OK here. */
int  override_find(struct session *, uint32_t operation, uint32_t by,
		   const struct idbc_str *asked, struct answer *, struct idbc_error *err);
int  override_emit(struct session *, const struct answered *, struct idbc_sink *,
		   struct idbc_error *err);

/* The new user to the sink of create(), once, inside its transaction. */
struct telling {
	struct idbc_sink *sink;
	int told;
};
int  override_tell(struct session *, struct telling *, const struct answer *,
		   const struct lookup *, struct idbc_error *err);

/* --- one existing user, inside a transaction ------------------------------------------ */
struct subject {
	struct idbc_str id;
	struct params params;           /* his fields, :id, :now */
	struct user user;               /* where the mapping read him: values not NULL */
	struct answered *answered;      /* where sql.getUser (or sql.login) did, else NULL */
};
int  subject_read(struct session *, uint32_t by, const struct idbc_str *asked,
		  struct subject *, struct idbc_error *err);
/* One of his fields as it is stored; NULL if no read shows it. */
const struct idbc_value *subject_field(const struct subject *, const char *name);
/* CONFLICT unless these credential parts are the stored ones. */
int  subject_has_credential(struct session *, const struct subject *,
			    const struct idbc_field *parts, size_t nparts,
			    struct idbc_error *err);

/* --- operations ------------------------------------------------------------------------ */
int  override_create(struct session *, const struct idbc_create_req *, struct idbc_sink *,
		     struct idbc_error *err);
int  override_verify(struct session *, const struct idbc_verify_req *, struct idbc_error *err);
int  override_change_password(struct session *, const struct idbc_password_req *,
			      struct idbc_error *err);
int  override_change_email(struct session *, const struct idbc_email_req *,
			   struct idbc_error *err);
int  override_delete(struct session *, const struct idbc_str *id, struct idbc_error *err);

/* Does a user other than `own` (NULL: any) have this value?  Asked of sql.getUser, for
 * fields that the mapping has in no column. */
int  override_unique(struct session *, uint32_t by, const struct idbc_str *value,
		     const struct idbc_str *own, struct idbc_error *err);
/* An EXISTS that came from an index: names the field in err->code. */
void override_name(struct session *, struct idbc_error *err);

/* --- before the first call ---------------------------------------------------------------- */
/* Prepares every statement of the author's own; what the database refuses is a finding. */
int  trial_prepare(struct session *, struct plan *, struct idbc_error *err);

#endif
