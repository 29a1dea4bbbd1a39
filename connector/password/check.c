/* connector/password/check.c - judges a typed password against a stored credential.
 *
 * The stored form decides what is computed, never the password: each entry of the accept
 * list is asked whether the form is its own; one that describes itself belongs to one
 * scheme, and is never tried as another because that one found it malformed.  Forms that
 * look alike are tried in the order configured, each whole.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "base/text.h"
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

static int same_word(const struct idbc_str *word, const char *name)
{
	return text_same(IDBC_FOLD_LOWER, name, strlen(name), word->ptr, word->len);
}

/* A scheme column names the family, the id or the format: only that one is asked. */
static int column_allows(const struct judge *j, const struct accept_item *item,
	const struct scheme *scheme)
{
	const struct idbc_str *word = &j->scheme_column;
	const char *format = scheme ? strchr(scheme->id, '/') + 1 : "";

	if (!word->len)
		return 1;
	if (!scheme)
		return same_word(word, item->text ? item->text : "");
	return same_word(word, scheme->id) || same_word(word, format) ||
		same_word(word, scheme_family(scheme)->name);
}

/* Among the schemes that are not weak: what a policy without a list accepts. */
static int fit_any(const struct scheme_in *in, const struct scheme **scheme)
{
	int rc = scheme_identify_self(in, scheme);

	if (rc == PARSED && (*scheme)->flags & SCHEME_WEAK)
		return PASSWORD_UNSUPPORTED;
	return rc;
}

static int fit_scheme(const struct scheme *wanted, const struct scheme_in *in)
{
	const struct scheme *scheme = NULL;
	int rc;

	if (!(wanted->flags & SCHEME_SELF))
		return PARSED;
	rc = scheme_family(wanted)->identify(in, 1, &scheme);
	return rc == PARSED && scheme != wanted ? NOT_MINE : rc;
}

/* Whether the form is this entry's: PARSED into j->stored, NOT_MINE, or what is wrong
 * with it. */
static int fit(struct judge *j, const struct accept_item *item)
{
	const struct scheme *scheme = item->scheme;
	int rc;

	if (item->scheme)
		rc = fit_scheme(scheme, &j->in);
	else if (item->family)
		rc = item->family->identify(&j->in, 1, &scheme);
	else
		rc = fit_any(&j->in, &scheme);
	if (rc != PARSED)
		return rc;
	if (!column_allows(j, item, scheme))
		return NOT_MINE;
	rc = stored_parse(scheme, &j->in, &j->stored);
	if (rc == PASSWORD_MALFORMED && !(scheme->flags & SCHEME_SELF))
		return NOT_MINE;
	j->fits++;
	j->scheme = scheme;
	j->cost = j->stored.cost;
	j->weak = stored_weak(&j->stored);
	if (rc == PARSED && !item->scheme && !item->family && j->weak)
		return PASSWORD_UNSUPPORTED;    /* what it carries is weak */
	return rc;
}

static void note_work(struct judge *j, const struct accept_item *recipe)
{
	const struct stored *st = &j->stored;
	struct work *work = &j->works.item[j->works.n];

	if (j->works.n == WORKS_MAX)
		return;
	j->works.n++;
	if (recipe)
		*work = (struct work){ .by = recipe, .name = recipe->text };
	else
		*work = (struct work){ .by = st->scheme, .name = st->scheme->id,
			.cost = st->cost, .variant = st->variant, .version = st->version,
			.md = st->md, .salt_len = st->salt_len, .digest_len = st->digest_len };
}

static int try_scheme(struct judge *j)
{
	int rc = PASSWORD_MISMATCH;

	note_work(j, NULL);
	for (size_t i = 0; rc == PASSWORD_MISMATCH && i < j->candidates->n; i++) {
		j->in.password = &j->candidates->text[i];
		j->matched = i;
		rc = stored_verify(&j->stored, &j->in);
	}
	return rc;
}

static int try_recipe(struct judge *j, const struct accept_item *item)
{
	struct recipe_values v;
	int rc = PASSWORD_MISMATCH;

	j->fits++;
	j->recipe = item->recipe;
	j->recipe_text = item->text;
	note_work(j, item);
	for (size_t i = 0; rc == PASSWORD_MISMATCH && i < j->candidates->n; i++) {
		v = recipe_values_of(j->policy, j->who, &j->in.salt, &j->candidates->text[i]);
		j->matched = i;
		rc = recipe_verify(item->recipe, &v, &j->in.hash);
	}
	return rc;
}

static int applies(const struct judge *j, const struct accept_item *item)
{
	if (item->when == PASSWORD_IF_SALT)
		return j->in.salt.len > 0;
	return item->when != PASSWORD_IF_NO_SALT || !j->in.salt.len;
}

static int ask_item(struct judge *j, const struct accept_item *item)
{
	int rc;

	if (!applies(j, item))
		return NOT_MINE;
	if (item->recipe) {
		if (!column_allows(j, item, NULL) || !recipe_fits(item->recipe, &j->in.hash))
			return NOT_MINE;
		return try_recipe(j, item);
	}
	rc = fit(j, item);
	if (rc != PARSED)
		return rc;
	j->recipe = NULL;
	return try_scheme(j);
}

/* Of no entry of the list: a form we know and do not accept, or none at all. */
static int not_accepted(struct judge *j)
{
	const struct scheme *scheme = NULL;
	int rc = scheme_identify(&j->in, &scheme);

	j->recipe = NULL;
	if (rc != PARSED)
		return rc;
	rc = stored_parse(scheme, &j->in, &j->stored);
	j->scheme = scheme;
	j->cost = j->stored.cost;
	j->weak = stored_weak(&j->stored);
	return rc == PASSWORD_MALFORMED ? rc : PASSWORD_UNSUPPORTED;
}

static int decide(struct judge *j)
{
	int seen = NOT_MINE;

	for (size_t i = 0; i < j->policy->nitems; i++) {
		int rc = ask_item(j, &j->policy->items[i]);

		if (rc == NOT_MINE)
			continue;
		if (rc != PASSWORD_MISMATCH && rc != PASSWORD_UNSUPPORTED)
			return rc;
		if (seen != PASSWORD_MISMATCH)
			seen = rc;
		if (rc == PASSWORD_MISMATCH && !j->recipe && j->scheme->flags & SCHEME_SELF)
			return rc;
	}
	return seen == NOT_MINE ? not_accepted(j) : seen;
}

static int is_target(const struct judge *j)
{
	const struct target *target = &j->policy->target;

	if (j->recipe)
		return target->recipe && !strcmp(target->text, j->recipe_text);
	return j->scheme == target->scheme;
}

/* As good as the target: not weak, or the target's own format at no lower cost and with
 * nothing weaker inside. */
static int is_current(const struct judge *j, int weak)
{
	if (!is_target(j))
		return !weak;
	if (j->recipe)
		return 1;
	return !cost_lower(&j->cost, &j->policy->target.cost) &&
		weak == !!(j->scheme->flags & SCHEME_WEAK);
}

/* Why this row, whatever the password, is not re-hashed; NONE: it should be. */
static enum password_why keep_row(const struct judge *j, int weak)
{
	const struct target *target = &j->policy->target;

	if (!j->policy->rules->upgrade)
		return PASSWORD_WHY_OFF;
	if (is_current(j, weak))
		return PASSWORD_WHY_CURRENT;
	return target->accepted ? PASSWORD_WHY_NONE : PASSWORD_WHY_NOT_READ;
}

/* A matched row may be re-hashed if that changes who may log in in no way: the new hash
 * is of the first input chain, and sees no more of the password than the old one did. */
static enum password_why keep_password(const struct judge *j, const struct idbc_str *password)
{
	const struct secret *candidate = &j->candidates->text[j->matched];
	size_t len = candidate->len;
	const char *code;

	if (j->candidates->chain[j->matched])
		return PASSWORD_WHY_INPUT;
	if (!j->recipe && j->scheme->flags & SCHEME_USER)
		len += j->who->username.len;
	if (!j->recipe && stored_cuts(&j->stored, len) && !j->policy->inputs[0].digested)
		return PASSWORD_WHY_CUT;
	return target_takes(j->policy, j->who, password, candidate, &code) ? PASSWORD_WHY_NONE
								   : PASSWORD_WHY_NEW;
}

static const char *input_text(const struct judge *j)
{
	const struct password_rules *rules = j->policy->rules;
	const char *text = rules->ninput ? rules->input[j->candidates->chain[j->matched]] : "";

	return *text ? text : NULL;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

/* The same for the same works, in this process; not 0. */
static uint64_t kind_of(const struct works *works)
{
	uint64_t hash = works->n;

	for (size_t i = 0; i < works->n; i++) {
		const struct work *work = &works->item[i];

		hash = mix(hash, (uintptr_t)work->by);
		hash = mix(hash, (uint64_t)work->cost.kind << 32 ^ work->cost.rounds);
		hash = mix(hash, (uint64_t)work->cost.memory << 32 ^ work->cost.lanes);
		hash = mix(hash, (uint64_t)work->variant << 32 ^ work->version);
		hash = mix(hash, work->md);
	}
	return hash | 1;
}

static void report(const struct judge *j, int result, const struct idbc_str *password,
	struct password_verdict *out)
{
	out->result = (enum password_result)result;
	out->fits = j->fits;
	out->why = j->why;
	out->inputs = j->candidates->n;
	if (j->recipe) {
		out->scheme = j->recipe_text;
		out->weak = 1;
	} else if (j->scheme) {
		out->scheme = j->scheme->id;
		out->weak = j->weak;
		out->cost = j->cost;
	}
	if (result == PASSWORD_MATCH || result == PASSWORD_MISMATCH)
		out->why = keep_row(j, out->weak);
	if (result != PASSWORD_MATCH)
		return;
	out->kind = kind_of(&j->works);
	out->input = input_text(j);
	if (!out->why)
		out->why = keep_password(j, password);
	out->upgrade = !out->why;
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
		rc = decide(j);
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
	report(&j, rc, password, out);
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
	report(&j, rc, &nothing, &verdict);
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
