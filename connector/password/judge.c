/* connector/password/judge.c - which entry of the accept list a stored form belongs to, and
 * whether a password is the one it was made of.
 *
 * The stored form decides what is computed, never the password: each entry is asked whether the
 * form is its own; one that describes itself belongs to one scheme, and is never tried as another
 * because that one found it malformed.  Forms that look alike are tried in the order configured,
 * each whole.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "base/text.h"
#include "password/judge.h"

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

int judge_decide(struct judge *j)
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
