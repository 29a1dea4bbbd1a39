/* connector/run/survey.c - job: what `idbc check` says of the passwords that are stored: which
 * forms, how many of each, who cannot log in with his and why.  Counts, never a stored form.
 * Threads: the caller's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/err.h"
#include "run/conn.h"
#include "run/listed.h"

#define ROWS_MAX_LOOKED 20000u
#define PAGE            1000u
#define KINDS_MAX       48u

struct kind {
	enum password_result result;
	enum password_why why;
	const char *name;               /* a scheme, or what it looks like */
	int broken;                     /* meant to be that scheme, and no whole one */
	int weak;
	struct cost cost;               /* the highest */
	uint32_t n;
};
struct survey {
	struct listed listed;
	struct idbc *conn;
	int64_t deadline_ns;
	uint32_t rows;
	struct kind kinds[KINDS_MAX];
	size_t nkinds;
};

/* A form of which it is known what it should be is called that, others what they look like. */
static const char *name_of(const struct password_looked *looked)
{
	if (looked->looks && !(looked->result == PASSWORD_MALFORMED && looked->scheme))
		return looked->looks;
	return looked->scheme ? looked->scheme : "";
}

static struct kind *kind_of(struct survey *s, const struct password_looked *looked)
{
	const char *name = name_of(looked);
	struct kind *kind = s->kinds;

	for (; kind < s->kinds + s->nkinds; kind++)
		if (kind->result == looked->result && kind->why == looked->why &&
		    !strcmp(kind->name, name))
			return kind;
	if (s->nkinds == KINDS_MAX)
		return NULL;
	*kind = (struct kind){ .result = looked->result, .why = looked->why, .name = name,
			       .broken = looked->result == PASSWORD_MALFORMED && looked->scheme,
			       .weak = looked->weak, .cost = looked->cost };
	s->nkinds++;
	return kind;
}

static void on_credential(void *ctx, const struct idbc_str *id, const struct idbc_field *parts,
			  size_t nparts)
{
	static const struct password_subject nobody = { { "x", 1 }, { "x", 1 } };
	struct survey *s = ctx;
	struct password_looked looked;
	struct kind *kind;

	(void)id;
	s->rows++;
	password_look(s->conn->policy, parts, nparts, &nobody, &looked);
	kind = kind_of(s, &looked);
	if (!kind)
		return;
	kind->n++;
	if (cost_lower(&kind->cost, &looked.cost))
		kind->cost = looked.cost;
}

static int survey_on(struct session *session, void *ctx, struct idbc_error *err)
{
	struct survey *s = ctx;
	int rc;

	do
		rc = listed_page(&s->listed, session, PAGE, 0, &s->listed.id, s->deadline_ns, err);
	while (rc == IDBC_OK && s->listed.rows == PAGE && s->rows < ROWS_MAX_LOOKED);
	return rc;
}

/* --- telling ------------------------------------------------------------------------------- */

/* "of the first 20000", where there are more. */
static void put_scope(const struct survey *s, char out[48])
{
	out[0] = '\0';
	if (s->rows >= ROWS_MAX_LOOKED)
		snprintf(out, 48, " of the first %u", s->rows);
}

static const char *limit_key(const struct cost *cost)
{
	static const char *const keys[COST_KINDS] = {
		[COST_ARGON2] = "password.limits.argon2", [COST_BCRYPT] = "password.limits.bcrypt",
		[COST_SCRYPT] = "password.limits.scrypt", [COST_PBKDF2] = "password.limits.pbkdf2",
		[COST_PBKDF2_WIDE] = "password.limits.pbkdf2",
		[COST_SHACRYPT] = "password.limits.shacrypt",
		[COST_PHPASS] = "password.limits.phpass", [COST_DRUPAL] = "password.limits.drupal",
		[COST_ROUNDS] = "password.limits.old", [COST_MIXED] = "password.limits.old",
	};

	return cost->kind < COST_KINDS && keys[cost->kind] ? keys[cost->kind]
							   : "password.limits";
}

static void tell_limit(struct idbc_findings *findings, const struct kind *kind,
		       const char *scope)
{
	const char *key = limit_key(&kind->cost);
	char cost[128], remedy[160];

	cost_text(&kind->cost, cost, sizeof(cost));
	snprintf(remedy, sizeof(remedy), "raise %s, password.limits.est_ms or "
		 "password.memory_mib, or have these passwords set anew", key);
	findings_add(findings, IDBC_WARNING, "cost-above-ceiling", key, remedy,
		     "%u users%s have passwords of %s with up to %s, above the ceiling: none of "
		     "them can log in", kind->n, scope, kind->name, cost);
}

static void tell_unknown(struct idbc_findings *findings, const struct kind *kind,
			 const char *scope)
{
	findings_add(findings, IDBC_WARNING, "unknown-hash-format", "users.password.accept",
		     "name their scheme in users.password.accept, if it is one of theirs",
		     "%u users%s have stored passwords that are not accepted and look like: %s; "
		     "none of them can log in", kind->n, scope, kind->name);
}

static void tell_broken(struct idbc_findings *findings, const struct kind *kind,
			const char *scope)
{
	findings_add(findings, IDBC_WARNING, "unknown-hash-format", "users.password",
		     "have these passwords set anew",
		     "%u users%s have stored passwords that begin like %s and are none: cut off, "
		     "edited, or of another kind; none of them can log in", kind->n, scope,
		     kind->name);
}

static void tell_locked(struct idbc_findings *findings, const struct kind *kind,
			const char *scope)
{
	const char *what = kind->why == PASSWORD_WHY_ABSENT ? "no stored password"
			   : kind->why == PASSWORD_WHY_EXTERNAL
				   ? "their password elsewhere"
				   : "a marker in the place of a password";

	findings_add(findings, IDBC_NOTE, "locked-credentials", "users.password", "",
		     "%u users%s have %s: they cannot log in with one", kind->n, scope, what);
}

static void tell_form(struct idbc_findings *findings, const struct kind *kind,
		      const char *scope)
{
	const char *fate = kind->why == PASSWORD_WHY_NONE ? "upgraded when they log in"
			   : kind->why == PASSWORD_WHY_CURRENT ? "left as they are"
							       : "not upgraded";

	findings_add(findings, IDBC_NOTE, "stored-passwords", "users.password", "",
		     "%u users%s have passwords of %s%s, %s", kind->n, scope, kind->name,
		     kind->weak ? ", which is weak" : "", fate);
}

static void tell(const struct survey *s, struct idbc_findings *findings)
{
	char scope[48];

	put_scope(s, scope);
	for (size_t i = 0; i < s->nkinds; i++) {
		const struct kind *kind = &s->kinds[i];

		if (kind->result == PASSWORD_MISMATCH)
			tell_form(findings, kind, scope);
		else if (kind->result == PASSWORD_LIMIT)
			tell_limit(findings, kind, scope);
		else if (kind->result == PASSWORD_LOCKED)
			tell_locked(findings, kind, scope);
		else if (kind->broken)
			tell_broken(findings, kind, scope);
		else
			tell_unknown(findings, kind, scope);
	}
}

void survey_passwords(struct idbc *conn, struct idbc_findings *findings)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct survey s = { .conn = conn,
		.deadline_ns = clock_deadline_ns(conn->config->timeout_ms) };
	struct call call = { .conn = conn, .deadline_ns = s.deadline_ns };

	if (!sample_is_of_use(conn))
		return;
	listed_init(&s.listed, on_credential, &s);
	if (call_on_session(&call, survey_on, &s, &err) == IDBC_OK || s.rows)
		tell(&s, findings);
	listed_free(&s.listed);
}
