/* connector/password/policy.h - the rules of one connection, compiled: seen by the files
 * that open, check and make.  Threads: immutable after password_open(); no lock.
 */
#ifndef CONNECTOR_PASSWORD_POLICY_H
#define CONNECTOR_PASSWORD_POLICY_H

#include "password/input.h"
#include "password/recipe.h"
#include "password/scheme/scheme.h"
#include "password/split.h"

/* One of the three, or none of them: every scheme that is not weak. */
struct accept_item {
	const struct family *family;
	const struct scheme *scheme;
	struct recipe *recipe;
	const char *text;               /* as configured */
	uint32_t when;                  /* enum password_if */
};

/* What new credentials are made of. */
struct target {
	const struct scheme *scheme;    /* or a recipe */
	struct recipe *recipe;
	const char *text;               /* of the recipe */
	int64_t costs[COST_KEYS_MAX];
	struct cost cost;               /* what a row of it costs */
	uint32_t salt_len;
	int accepted;                   /* by the policy's own accept list */
};

struct password_policy {
	const struct password_rules *rules;
	struct accept_item *items;
	size_t nitems;
	struct input_chain inputs[INPUT_MAX];
	size_t ninputs;                 /* at least one; the empty chain: as typed */
	struct split split;
	int has_split;
	struct idbc_str pepper;
	struct params *params;          /* of the rules; the pepper where they have none */
	struct limits limits;
	struct gate *gate;
	struct target target;
	struct classes *classes;
	char stand_in[13];              /* hashed where an empty password was typed; as long as
					 * most: some schemes do more for more bytes */
	struct buf dummy_hash;          /* of the target, its digest random: never matches */
	char dummy_salt[SALT_ROOM];
};

static inline struct gate_ask ask_of(const struct password_policy *policy,
	const struct password_call *call)
{
	return (struct gate_ask){ policy->gate, *call };
}

/* A password as each input chain gives it, equal ones once. */
struct candidates {
	struct secret text[INPUT_MAX];
	size_t chain[INPUT_MAX];        /* the first one that gives it */
	size_t n;
	int failed;                     /* no memory for one of them */
};
void candidates_make(const struct password_policy *, const struct password_subject *,
		     const struct idbc_str *password, struct candidates *out);
void candidates_free(struct candidates *);

/* The typed password, or where that gives none the stand-in, and then `never` is 1: it
 * costs what a password costs, and its match is none. */
void candidates_typed(const struct password_policy *, const struct password_subject *,
		      const struct idbc_str *password, struct candidates *out, int *never);

/* --- check.c: what comparing a password with a row computes --------------------------- */
struct work {
	const void *by;                 /* a scheme or a recipe */
	const char *name;
	struct cost cost;
	uint32_t variant, version, md;
	size_t salt_len, digest_len;
};
#define WORKS_MAX 4                     /* entries of `accept` that share a form */
struct works {
	struct work item[WORKS_MAX];
	size_t n;
	struct idbc_str hash, salt;             /* of the row, taken apart as the mapping says */
};
/* `works` may be NULL. */
void check_look(const struct password_policy *, const struct idbc_field *parts, size_t nparts,
		const struct password_subject *, struct password_looked *out,
		struct works *works);
/* All of it, for nothing: MISMATCH, or as password_check() says. */
int  check_spend(const struct password_policy *, const struct idbc_field *parts, size_t nparts,
		 const struct password_subject *, struct candidates *,
		 const struct password_call *);

/* --- make.c: the parts as this store keeps them, in one column or in two; 0 or -1 ------- */
int  made_of_parts(const struct password_policy *, const struct idbc_str *hash,
		   const struct idbc_str *salt, struct password_made *out);

/* --- dummy.c: 1 if that was the work it should have been ------------------------------ */
int  dummy_took(int result, int64_t took_ns, uint64_t expected_us);

/* --- classes.c ------------------------------------------------------------------------ */
struct classes *classes_new(const struct password_rules *);     /* NULL: no memory */
void classes_free(struct classes *);                            /* accepts NULL */
/* A stored form of the class that this name falls into, for which nobody has a password; 0
 * where no row was counted yet.  Lives as long as the policy. */
size_t classes_choose(const struct classes *, const struct idbc_str *identifier,
		      const struct idbc_field **parts);

/* --- scramble.c ----------------------------------------------------------------------- */
/* Puts random characters in the place of salt and digest, so that the work stays the same
 * and the password does not.  `parts` point into `bytes`, one secret each. */
void scramble(const struct password_policy *, struct idbc_field *parts, struct secret *bytes,
	      size_t nparts, const struct works *works);

/* --- target.c ----------------------------------------------------------------------- */
/* Reads the costs configured over the scheme's own; every mistake is a finding. */
int  target_open(struct password_policy *, struct idbc_findings *);     /* mistakes */
void target_costs(const struct scheme *, int64_t *costs);       /* the scheme's own */
/* The text of a new salt, empty if none is stored beside the hash; 0 or -1. */
int  target_salt(const struct password_policy *, char out[SALT_ROOM]);
/* A stored form and, for a recipe, its salt.  `password` and `ask` NULL: a dummy.
 * 0, BUSY, LATE or FAILED. */
int  target_make(const struct password_policy *, const struct password_subject *,
		 const struct secret *password, const struct gate_ask *ask, const char *salt,
		 struct buf *out);
struct recipe_values recipe_values_of(const struct password_policy *,
				      const struct password_subject *,
				      const struct idbc_str *salt, const struct secret *password);
/* 1 if the target keeps the whole of it. */
int  target_holds(const struct password_policy *, const struct password_subject *,
		  const struct secret *candidate);
/* 1 if `password` may be made new: UTF-8, no control characters, not cut by the target. */
int  target_takes(const struct password_policy *, const struct password_subject *,
		  const struct idbc_str *password, const struct secret *candidate,
		  const char **code);
/* 0 if a password of `len` bytes would be cut. */
int  scheme_takes(const struct scheme *, const struct idbc_str *username, size_t len);
/* What a new credential is made of, its hash not yet in it. */
struct scheme_in target_in(const struct password_policy *, const struct password_subject *,
			   const struct secret *password, const struct gate_ask *,
			   const char *salt);

#endif
