/* connector/password/check.c - a typed password and a stored credential: what is there of it, and
 * the judgement.  judge.c compares, verdict.c says what that means for the row.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/judge.h"

const char *password_result_name(enum password_result result)
{
	static const char *const names[] = {
		"match", "mismatch", "malformed", "limit", "locked", "unsupported", "failed",
		"busy", "late",
	};

	return (size_t)result < sizeof(names) / sizeof(names[0]) ? names[result] : "failed";
}

static int part_str(const struct idbc_field *parts, size_t n, const char *name,
	struct idbc_str *out)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t kind = parts[i].value.kind;
		if (strcmp(parts[i].name, name))
			continue;
		if (kind == IDBC_KIND_STR || kind == IDBC_KIND_BYTES)
			*out = parts[i].value.u.str;
		return kind != IDBC_KIND_NULL;
	}
	return 0;
}

/* A configured "!*" is a prefix; "*" alone is a value. */
static int is_none(const struct password_rules *rules, const struct idbc_str *hash)
{
	for (size_t i = 0; i < rules->nnone; i++) {
		size_t len = strlen(rules->none[i]);
		if (len > 1 && rules->none[i][len - 1] == '*') {
			if (hash->len >= len - 1 && !memcmp(hash->ptr, rules->none[i], len - 1))
				return 1;
		} else if (str_is(hash, rules->none[i])) {
			return 1;
		}
	}
	return 0;
}

static int accepts_clear(const struct password_policy *policy)
{
	const struct scheme *scheme = policy->items[0].scheme;

	return scheme && scheme_is_clear(scheme);
}

/* Columns of fixed length fill up with blanks or NULs.  Only text is cut: a digest of raw
 * bytes may end in either, a salt behind the hash in a blank. */
static void cut_padding(struct idbc_str *column, char blank)
{
	size_t len = column->len;

	while (len && (column->ptr[len - 1] == blank || column->ptr[len - 1] == '\0'))
		len--;
	for (size_t i = 0; i < len; i++)
		if (column->ptr[i] <= ' ' || column->ptr[i] > '~')
			return;
	column->len = len;
}

static int locked(struct judge *j, enum password_why why)
{
	j->why = why;
	return PASSWORD_LOCKED;
}

/* The column's hash, and its salt where one column holds both.  A marker may stand before all of
 * it or before the hash; what the template itself begins with is none. */
static int is_marked(struct judge *j, const struct idbc_str *column)
{
	const struct password_policy *policy = j->policy;
	int clear = accepts_clear(policy);

	j->in.hash = *column;
	if (!policy->has_split || !split_apply(&policy->split, column, &j->in.hash, &j->in.salt))
		return stored_is_locked(column, clear);
	return stored_is_locked(&j->in.hash, clear) ||
	       (!policy->split.text[0].len && stored_is_locked(column, clear));
}

/* Takes the stored parts.  0, LOCKED: there is no password, or MALFORMED. */
static int read_parts(struct judge *j, const struct idbc_field *parts, size_t n)
{
	const struct password_rules *rules = j->policy->rules;
	struct idbc_str external = { "", 0 }, column = { "", 0 };

	j->in.salt = j->in.hash = j->scheme_column = column;
	if (part_str(parts, n, "external", &external))
		return locked(j, PASSWORD_WHY_EXTERNAL);
	if (!part_str(parts, n, "hash", &column))
		return locked(j, PASSWORD_WHY_ABSENT);
	if (!accepts_clear(j->policy))
		cut_padding(&column, j->policy->has_split ? '\0' : ' ');
	part_str(parts, n, "salt", &j->in.salt);
	part_str(parts, n, "scheme", &j->scheme_column);
	if (is_none(rules, &column) || is_marked(j, &column))
		return locked(j, column.len ? PASSWORD_WHY_MARKER : PASSWORD_WHY_ABSENT);
	return column.len > j->policy->limits.stored_bytes ? PASSWORD_MALFORMED : 0;
}

static void begin(struct judge *j, const struct password_call *call)
{
	if (call)
		j->ask = ask_of(j->policy, call);
	j->in.username = j->who->username;
	j->in.limits = &j->policy->limits;
	j->in.params = j->policy->params;
	j->in.ask = call ? &j->ask : NULL;
}

static int run(struct judge *j, const struct idbc_field *parts, size_t nparts)
{
	int rc = read_parts(j, parts, nparts);

	if (!rc)
		rc = judge_decide(j);
	return rc == PASSWORD_MISMATCH && j->candidates->failed ? PASSWORD_FAILED : rc;
}

void password_check(const struct password_policy *policy, const struct idbc_field *parts,
	size_t nparts, const struct password_subject *who, const struct idbc_str *password,
	const struct password_call *call, struct password_verdict *out)
{
	struct candidates candidates;
	struct judge j = { .policy = policy, .who = who, .candidates = &candidates };
	int rc, never;

	memset(out, 0, sizeof(*out));
	candidates_typed(policy, who, password, &candidates, &never);
	begin(&j, call);
	rc = run(&j, parts, nparts);
	if (rc == PASSWORD_MATCH && never)
		rc = PASSWORD_MISMATCH;
	judge_report(&j, rc, password, out);
	secret_wipe(j.stored.secret, sizeof(j.stored.secret));
	candidates_free(&candidates);
}

int check_spend(const struct password_policy *policy, const struct idbc_field *parts,
	size_t nparts, const struct password_subject *who, struct candidates *candidates,
	const struct password_call *call)
{
	struct judge j = { .policy = policy, .who = who, .candidates = candidates };
	int rc;

	begin(&j, call);
	rc = run(&j, parts, nparts);
	return rc == PASSWORD_MATCH ? PASSWORD_MISMATCH : rc;
}

/* --- rows without a password ------------------------------------------------------------ */

/* Of a form that is not accepted; nothing of its text. */
static const char *looks_like(const struct idbc_str *hash)
{
	const struct scheme *scheme = NULL;
	struct scheme_in in = { .hash = *hash };
	int rc = scheme_identify_self(&in, &scheme);

	if (rc == PARSED && scheme)
		return scheme->id;
	if (rc != NOT_MINE)
		return "a form known and not supported, or cut off";
	if (str_is_hex(hash))
		return hash->len == 32   ? "32 hexadecimal digits"
		       : hash->len == 40 ? "40 hexadecimal digits"
		       : hash->len == 64 ? "64 hexadecimal digits"
		       : hash->len == 128 ? "128 hexadecimal digits"
					  : "hexadecimal digits";
	if (hash->len && memchr(hash->ptr, ':', hash->len))
		return "parts with a colon between";
	return "no form known";
}

void check_look(const struct password_policy *policy, const struct idbc_field *parts,
	size_t nparts, const struct password_subject *who, struct password_looked *out,
	struct works *works)
{
	static const struct idbc_str nothing = { NULL, 0 };
	struct candidates none = { .n = 0 };
	struct judge j = { .policy = policy, .who = who, .candidates = &none };
	struct password_verdict verdict = { .scheme = NULL };
	int rc;

	begin(&j, NULL);
	rc = run(&j, parts, nparts);
	judge_report(&j, rc, &nothing, &verdict);
	*out = (struct password_looked){ .result = verdict.result, .scheme = verdict.scheme,
		.weak = verdict.weak, .why = verdict.why, .cost = verdict.cost };
	if (rc == PASSWORD_MALFORMED || rc == PASSWORD_UNSUPPORTED)
		out->looks = looks_like(&j.in.hash);
	if (works) {
		*works = j.works;
		works->hash = j.in.hash;
		works->salt = j.in.salt;
	}
	secret_wipe(j.stored.secret, sizeof(j.stored.secret));
}

void password_look(const struct password_policy *policy, const struct idbc_field *parts,
	size_t nparts, const struct password_subject *who, struct password_looked *out)
{
	check_look(policy, parts, nparts, who, out, NULL);
}
