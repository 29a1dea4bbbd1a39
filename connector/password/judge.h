/* connector/password/judge.h - a typed password against a stored credential: one judgement under
 * way, and its steps.  Threads: one each; no lock.  Private to connector/password.
 */
#ifndef CONNECTOR_PASSWORD_JUDGE_H
#define CONNECTOR_PASSWORD_JUDGE_H

#include "password/policy.h"

/* One judgement under way. */
struct judge {
	const struct password_policy *policy;
	const struct password_subject *who;
	struct gate_ask ask;
	struct scheme_in in;            /* points to it */
	struct idbc_str scheme_column;
	struct candidates *candidates;
	size_t matched;                 /* which candidate */
	size_t fits;                    /* entries that have the form */
	enum password_why why;
	const struct recipe *recipe;    /* the one that decided, or */
	const char *recipe_text;
	struct stored stored;           /* the last form taken apart */
	const struct scheme *scheme;    /* the scheme that did, */
	struct cost cost;               /* what it costs, */
	int weak;                       /* and whether it is a form to get rid of */
	struct works works;             /* what is computed */
};

/* --- judge.c: which entry of the accept list has this form, and is the password right? ---- */
/* MATCH, MISMATCH, or what is wrong with the row. */
int  judge_decide(struct judge *);

/* --- verdict.c ------------------------------------------------------------------------ */
/* What `result` means for the row: its scheme and cost, and whether it is to be made anew. */
void judge_report(const struct judge *, int result, const struct idbc_str *password,
		  struct password_verdict *out);

#endif
