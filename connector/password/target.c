/* connector/password/target.c - what new credentials are made of: the write scheme, its
 * costs, and the dummy that is verified for users who are not there.
 *
 * The dummy is a credential of the target with a random digest, so that it costs nothing
 * to make and all of a hash to refuse.  Threads: any after open.  Lock: none.
 */
#include <string.h>

#include "base/findings.h"
#include "base/text.h"
#include "password/policy.h"
#include "password/scheme/keycloak.h"

#define DEFAULT_SCHEME "argon2/argon2id-v19"
#define SALT_LEN_MAX   200u

void target_costs(const struct scheme *scheme, int64_t *costs)
{
	for (size_t i = 0; scheme->costs && scheme->costs[i].name; i++)
		costs[i] = scheme->costs[i].fallback;
}

static const struct cost_key *find_key(const struct scheme *scheme, const char *name)
{
	for (size_t i = 0; scheme->costs && scheme->costs[i].name; i++)
		if (!strcmp(scheme->costs[i].name, name))
			return &scheme->costs[i];
	return NULL;
}

static int bad(struct password_policy *policy, struct idbc_findings *findings,
	const char *code, const char *remedy, const char *what, const char *name)
{
	const char *key = policy->rules->target.key;

	findings_add(findings, IDBC_ERROR, code, key ? key : "password.preferred", remedy,
		"%s \"%s\"", what, name);
	return 1;
}

static int read_costs(struct password_policy *policy, struct idbc_findings *findings)
{
	const struct password_target *rules = &policy->rules->target;
	const struct scheme *scheme = policy->target.scheme;
	int mistakes = 0;

	for (size_t i = 0; i < rules->ncosts; i++) {
		const struct password_cost *cost = &rules->costs[i];
		const struct cost_key *key = find_key(scheme, cost->name);

		if (!key) {
			mistakes += bad(policy, findings, "unknown-cost",
				"name a cost that this scheme has", scheme->id, cost->name);
		} else if (cost->value < key->min || cost->value > key->max) {
			findings_add(findings, IDBC_ERROR, "cost-out-of-range", rules->key ?
				rules->key : "password.preferred", "choose a value in the range",
				"%s: %s must be %lld to %lld, not %lld", scheme->id, key->name,
				(long long)key->min, (long long)key->max,
				(long long)cost->value);
			mistakes++;
		} else {
			policy->target.costs[key - scheme->costs] = cost->value;
		}
	}
	return mistakes;
}

static int open_scheme(struct password_policy *policy, const char *id,
	struct idbc_findings *findings)
{
	const struct scheme *scheme = scheme_find(id);
	const char *near = scheme_nearest(id);

	if (!scheme && !scheme_known(id)) {
		findings_add(findings, IDBC_ERROR, "unknown-scheme",
			policy->rules->target.key ? policy->rules->target.key
						  : "password.preferred",
			"name a scheme as family/format", "no scheme \"%s\"%s%s%s", id,
			near ? ", did you mean \"" : "", near ? near : "", near ? "\"" : "");
		return 1;
	}
	if (!scheme || !scheme->make)
		return bad(policy, findings, "unsupported", "choose a scheme that can be written",
			"cannot write", id);
	if (scheme->flags & SCHEME_SALT && !policy->rules->has_salt)
		return bad(policy, findings, "no-salt-column",
			"map users.password.salt, or a {salt} in parse",
			"no place for the salt of", id);
	if (scheme_missing(scheme, policy->params))
		return bad(policy, findings, "missing-parameter",
			"set it in users.password.params", "a parameter is missing to write",
			id);
	policy->target.scheme = scheme;
	target_costs(scheme, policy->target.costs);
	return read_costs(policy, findings);
}

static int open_recipe(struct password_policy *policy, const char *text,
	struct idbc_findings *findings)
{
	struct target *target = &policy->target;
	char why[96];

	if (recipe_parse(text, &target->recipe, why, sizeof(why)))
		return bad(policy, findings, "bad-recipe", "mend the recipe",
			*why ? why : "no memory for", text);
	target->text = text;
	if (recipe_uses(target->recipe, RECIPE_PEPPER) && !policy->rules->pepper)
		return bad(policy, findings, "no-pepper", "set vars.pepper",
			"no pepper for recipe", text);
	if (recipe_uses(target->recipe, RECIPE_SALT) && !target->salt_len)
		return bad(policy, findings, "no-salt-length", "set salt_len",
			"salt_len is missing for recipe", text);
	if (target->salt_len && !policy->rules->has_salt)
		return bad(policy, findings, "no-salt-column",
			"map users.password.salt, or a {salt} in parse",
			"no place for the salt of", text);
	return 0;
}

int target_salt(const struct password_policy *policy, char out[SALT_ROOM])
{
	const struct target *target = &policy->target;

	if (target->scheme && target->scheme->flags & SCHEME_SALT_OWN && policy->rules->has_salt)
		return keycloak_salt(target->scheme, target->costs, out);
	if (target->scheme)
		return scheme_salt(target->scheme, target->salt_len, out);
	return random_text(ENCODE_TEXT, out, target->salt_len);
}

struct recipe_values recipe_values_of(const struct password_policy *policy,
	const struct password_subject *who, const struct idbc_str *salt,
	const struct secret *password)
{
	struct recipe_values v = { .value = {
		[RECIPE_PASSWORD] = { password->ptr, password->len }, [RECIPE_SALT] = *salt,
		[RECIPE_USERNAME] = who->username, [RECIPE_EMAIL] = who->email,
		[RECIPE_PEPPER] = policy->pepper,
	} };

	return v;
}

static int make_recipe(const struct password_policy *policy,
	const struct password_subject *who, const struct secret *password, const char *salt,
	struct buf *out)
{
	struct idbc_str salt_str = str_of(salt);
	struct secret random = SECRET_INIT;
	struct recipe_values v;
	int rc = 0;

	if (!password)                  /* one digest or two cost nothing worth saving */
		rc = secret_alloc(&random, 32) || random_text(ENCODE_TEXT, random.ptr, 31);
	if (!rc) {
		v = recipe_values_of(policy, who, &salt_str, password ? password : &random);
		rc = recipe_make(policy->target.recipe, &v, out);
	}
	secret_free(&random);
	return rc ? PASSWORD_FAILED : 0;
}

struct scheme_in target_in(const struct password_policy *policy,
	const struct password_subject *who, const struct secret *password,
	const struct gate_ask *ask, const char *salt)
{
	return (struct scheme_in){ .salt = str_of(salt), .username = who->username,
		.password = password, .params = policy->params, .limits = &policy->limits,
		.ask = ask };
}

int target_make(const struct password_policy *policy, const struct password_subject *who,
	const struct secret *password, const struct gate_ask *ask, const char *salt,
	struct buf *out)
{
	const struct target *target = &policy->target;
	const struct scheme_in in = target_in(policy, who, password, ask, salt);

	if (target->recipe)
		return make_recipe(policy, who, password, salt, out);
	return stored_make(target->scheme, &in, &target->cost, target->costs, out);
}

/* Proves that the dummy will do its work: whole, and under the ceiling. */
static int open_dummy(struct password_policy *policy, struct idbc_findings *findings)
{
	struct password_subject nobody = { { "", 0 }, { "", 0 } };
	const struct target *target = &policy->target;
	struct scheme_in in = { .salt = str_of(policy->dummy_salt), .params = policy->params,
		.limits = &policy->limits };
	struct stored st;
	int rc;

	if (target_salt(policy, policy->dummy_salt) ||
	    target_make(policy, &nobody, NULL, NULL, policy->dummy_salt, &policy->dummy_hash))
		return -1;
	if (target->recipe)
		return 0;
	in.hash = (struct idbc_str){ policy->dummy_hash.ptr, policy->dummy_hash.len };
	in.salt = str_of(policy->dummy_salt);
	rc = stored_parse(target->scheme, &in, &st);
	policy->target.cost = st.cost;
	if (!rc)
		return 0;
	return bad(policy, findings, rc == PASSWORD_LIMIT ? "cost-above-ceiling" : "unsupported",
		"lower the cost", "cannot be verified:", target->scheme->id);
}

int target_open(struct password_policy *policy, struct idbc_findings *findings)
{
	const struct password_target *rules = &policy->rules->target;
	int mistakes;

	policy->target.salt_len = rules->salt_len;
	if (rules->salt_len > SALT_LEN_MAX)
		return bad(policy, findings, "salt-too-long", "use at most 200 characters",
			"salt_len is too large for", rules->scheme ? rules->scheme : "the recipe");
	if (rules->recipe)
		mistakes = open_recipe(policy, rules->recipe, findings);
	else
		mistakes = open_scheme(policy, rules->scheme ? rules->scheme : DEFAULT_SCHEME,
			findings);
	return mistakes ? mistakes : open_dummy(policy, findings);
}

static int is_new_password(const struct idbc_str *password)
{
	return text_is_utf8(password->ptr, password->len) &&
		!text_has_control(password->ptr, password->len);
}

int scheme_takes(const struct scheme *scheme, const struct idbc_str *username, size_t len)
{
	size_t name = scheme->flags & SCHEME_USER ? username->len : 0;

	return !scheme->sees_bytes || len + name <= scheme->sees_bytes;
}

int target_holds(const struct password_policy *policy, const struct password_subject *who,
	const struct secret *candidate)
{
	const struct scheme *scheme = policy->target.scheme;

	if (scheme && !policy->inputs[0].digested &&
	    !scheme_takes(scheme, &who->username, candidate->len))
		return 0;
	if (scheme && !cost_takes(&policy->target.cost, candidate->len, &policy->limits))
		return 0;
	return !scheme || !scheme->max_bytes || candidate->len <= scheme->max_bytes;
}

int target_takes(const struct password_policy *policy, const struct password_subject *who,
	const struct idbc_str *password, const struct secret *candidate, const char **code)
{
	*code = is_new_password(password) ? "password_too_long" : "password_invalid";
	return is_new_password(password) && target_holds(policy, who, candidate);
}
