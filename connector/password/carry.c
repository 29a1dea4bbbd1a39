/* connector/password/carry.c - stored passwords from store to store.
 *
 * A stored form may leave a store if it is of one scheme for certain and of nothing that the
 * row does not hold; it may enter one if a login there would read it as the very same scheme,
 * salt and hash.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "password/carry.h"
#include "password/policy.h"

/* Those that hash a part of the site's settings, or take their costs from there. */
static int reads_params(const struct scheme *scheme)
{
	static const char *const names[] = {
		"cms", "firebase", "go", "java", "nodejs", "ruby", "raw/htdigest",
		"argon2/argon2-keyid-secret",
	};
	const char *family = scheme_family(scheme)->name;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i], family) || !strcmp(names[i], scheme->id))
			return 1;
	return 0;
}

/* What is hashed is what was typed. */
static int hashes_as_typed(const struct password_policy *policy)
{
	for (size_t i = 0; i < policy->ninputs; i++)
		if (policy->inputs[i].n)
			return 0;
	return 1;
}

/* Somebody who typed it as it is can match. */
static int tries_as_typed(const struct password_policy *policy)
{
	for (size_t i = 0; i < policy->ninputs; i++)
		if (!policy->inputs[i].n)
			return 1;
	return 0;
}

int password_describe(const struct password_policy *policy, const struct idbc_field *parts,
	size_t n, const struct password_subject *who, struct password_carried *out)
{
	struct password_looked looked;
	const struct scheme *scheme;
	struct works works;

	if (!hashes_as_typed(policy))
		return -1;
	check_look(policy, parts, n, who, &looked, &works);
	if (looked.result != PASSWORD_MISMATCH || works.n != 1)
		return -1;
	scheme = scheme_find(works.item[0].name);
	if (!scheme || works.item[0].by != scheme || strlen(scheme->id) >= sizeof(out->scheme) ||
	    (policy->params && reads_params(scheme)))
		return -1;
	memset(out, 0, sizeof(*out));
	strcpy(out->scheme, scheme->id);
	out->hash = works.hash;
	out->salt = works.salt;         /* beside a form that has its own it is an old one's */
	if ((scheme->flags & (SCHEME_SELF | SCHEME_SALT)) == SCHEME_SELF)
		out->salt = (struct idbc_str){ "", 0 };
	return 0;
}

static int refuse(const char *why, struct idbc_error *err)
{
	return err_code(err, IDBC_INVALID, "password", "hash_not_accepted",
		"this store cannot keep that hash: %s", why);
}

/* The scheme it is of, by name or by its looks; or NULL and why. */
static const struct scheme *scheme_of(const struct password_carried *from, const char **why)
{
	const struct scheme_in in = { .hash = from->hash, .salt = from->salt };
	const struct scheme *scheme = NULL;
	int rc;

	if (*from->scheme) {
		*why = "no scheme of that name";
		return scheme_find(from->scheme);
	}
	rc = scheme_identify_self(&in, &scheme);
	*why = rc == NOT_MINE ? "it does not say what it is made of" : "malformed, or a form not done here";
	return rc == PARSED ? scheme : NULL;
}

static const char *wrong(const struct password_looked *looked)
{
	switch (looked->result) {
	case PASSWORD_MALFORMED:
		return "malformed";
	case PASSWORD_LIMIT:
		return "above the ceiling of its costs";
	case PASSWORD_LOCKED:
		return "it is a mark that means no password";
	default:
		return "its scheme is not accepted here";
	}
}

static int has_work(const struct works *works, const struct scheme *scheme)
{
	for (size_t i = 0; i < works->n; i++)
		if (works->item[i].by == scheme)
			return 1;
	return 0;
}

static int same_bytes(const struct idbc_str *a, const struct idbc_str *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->ptr, b->ptr, a->len));
}

/* NULL if a login reads what would be stored as what it is. */
static const char *misread(const struct password_policy *policy,
	const struct password_carried *from, const struct scheme *scheme,
	const struct password_made *made)
{
	static const struct password_subject nobody = { { "", 0 }, { "", 0 } };
	struct password_looked looked;
	struct works works;

	check_look(policy, made->parts, made->nparts, &nobody, &looked, &works);
	if (looked.result != PASSWORD_MISMATCH)
		return wrong(&looked);
	if (!has_work(&works, scheme))
		return "its scheme is not accepted here";
	if (!same_bytes(&works.hash, &from->hash) ||
	    !same_bytes(&works.salt, &from->salt))
		return "hash and salt do not fit into one column";
	return NULL;
}

int password_carry(const struct password_policy *policy, const struct password_carried *from,
	struct password_made *out, struct idbc_error *err)
{
	struct password_made made;
	const char *why;
	const struct scheme *scheme = scheme_of(from, &why);

	if (!scheme)
		return refuse(why, err);
	if (!tries_as_typed(policy) || (policy->params && reads_params(scheme)))
		return refuse("passwords are prepared here before they are hashed", err);
	if (from->salt.len && !policy->rules->has_salt)
		return refuse("no column is mapped for its salt", err);
	if (from->hash.len > policy->limits.stored_bytes ||
	    from->salt.len > policy->limits.stored_bytes)
		return refuse("it is too long", err);
	if (made_of_parts(policy, &from->hash, &from->salt, &made))
		return err_nomem(err, "password");
	why = misread(policy, from, scheme, &made);
	if (why) {
		password_made_free(&made);
		return refuse(why, err);
	}
	*out = made;
	return IDBC_OK;
}

int password_says_itself(const struct password_carried *carried)
{
	struct password_carried bare = { "", carried->hash, { "", 0 } };
	const char *why;
	const struct scheme *scheme = scheme_of(&bare, &why);

	return scheme && !strcmp(scheme->id, carried->scheme);
}

int password_none(const struct password_policy *policy, struct password_made *out)
{
	static const struct password_subject nobody = { { "", 0 }, { "", 0 } };
	static const struct idbc_str mark = { "*", 1 }, nothing = { "", 0 };
	struct password_looked looked;

	memset(out, 0, sizeof(*out));
	if (made_of_parts(policy, &mark, &nothing, out))
		return -1;
	check_look(policy, out->parts, out->nparts, &nobody, &looked, NULL);
	if (looked.result != PASSWORD_LOCKED)
		password_made_free(out);
	return 0;
}
