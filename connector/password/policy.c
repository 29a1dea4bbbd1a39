/* connector/password/policy.c - rules compiled: accept list, input chains, template,
 * target.  Every mistake is a finding; all are reported.
 * Threads: one during open, any after.  Lock: none.
 */
#include "password/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/findings.h"

#define MEMORY_MIB 256u         /* of all hashes together, unless configured */

struct opening {
	struct password_policy *policy;
	struct idbc_findings *findings;
	int mistakes;
};

static void mistake(struct opening *o, const char *code, const char *key, const char *remedy,
	const char *what, const char *name)
{
	findings_add(o->findings, IDBC_ERROR, code, key, remedy, "%s \"%s\"", what, name);
	o->mistakes++;
}

static void unknown_scheme(struct opening *o, const char *key, const char *name)
{
	const char *near = scheme_nearest(name);

	if (scheme_known(name)) {
		mistake(o, "unsupported", key, "leave it out until it is supported",
			"not supported yet:", name);
		return;
	}
	findings_add(o->findings, IDBC_ERROR, "unknown-scheme", key,
		"name a family or family/format", "no scheme \"%s\"%s%s%s", name,
		near ? ", did you mean \"" : "", near ? near : "", near ? "\"" : "");
	o->mistakes++;
}

static void open_recipe(struct opening *o, const char *key, const char *text,
	struct accept_item *item)
{
	char why[96];

	item->text = text;
	if (recipe_parse(text, &item->recipe, why, sizeof(why)))
		mistake(o, "bad-recipe", key, "mend the recipe", *why ? why : "no memory for",
			text);
	else if (recipe_uses(item->recipe, RECIPE_PEPPER) && !o->policy->rules->pepper)
		mistake(o, "no-pepper", key, "set vars.pepper", "no pepper for recipe", text);
	else if (recipe_uses(item->recipe, RECIPE_SALT) && !o->policy->rules->has_salt)
		mistake(o, "no-salt-column", key, "map users.password.salt, or a {salt} in parse",
			"no salt for recipe", text);
}

static void missing_parameter(struct opening *o, const char *key, const struct scheme *scheme)
{
	findings_add(o->findings, IDBC_ERROR, "missing-parameter", key,
		"set it in users.password.params", "%s needs the parameter %s", scheme->id,
		scheme_missing(scheme, o->policy->params));
	o->mistakes++;
}

static void open_scheme(struct opening *o, const char *key, const char *name,
	struct accept_item *item)
{
	item->text = name;
	item->family = family_find(name, strlen(name));
	item->scheme = scheme_find(name);
	if (!item->family && !item->scheme) {
		unknown_scheme(o, key, name);
		return;
	}
	if (!item->scheme)
		return;
	if (scheme_is_clear(item->scheme) && o->policy->rules->naccept > 1)
		mistake(o, "clear-text-not-alone", key,
			"accept clear text alone, or not at all", "among other schemes:", name);
	if (item->scheme->flags & SCHEME_SALT && !o->policy->rules->has_salt)
		mistake(o, "no-salt-column", key, "map users.password.salt, or a {salt} in parse",
			"no salt for", name);
	if (scheme_missing(item->scheme, o->policy->params))
		missing_parameter(o, key, item->scheme);
}

static int open_accept(struct opening *o)
{
	const struct password_rules *rules = o->policy->rules;
	char key[64];

	o->policy->items = calloc(rules->naccept + 1, sizeof(*o->policy->items));
	if (!o->policy->items)
		return -1;
	o->policy->nitems = rules->naccept ? rules->naccept : 1;
	for (size_t i = 0; i < rules->naccept; i++) {
		const struct password_accept *a = &rules->accept[i];
		struct accept_item *item = &o->policy->items[i];

		snprintf(key, sizeof(key), "users.password.accept[%zu]", i);
		item->when = a->when;
		if (a->recipe)
			open_recipe(o, key, a->recipe, item);
		else
			open_scheme(o, key, a->scheme ? a->scheme : "", item);
	}
	return 0;
}

static void open_input(struct opening *o, size_t i)
{
	const char *text = o->policy->rules->input[i];
	char key[64], name[64];
	struct idbc_str word = { "", 0 };
	enum input_error rc;

	snprintf(key, sizeof(key), "users.password.input[%zu]", i);
	rc = input_parse(text, o->policy->rules->pepper != NULL, &o->policy->inputs[i], &word);
	snprintf(name, sizeof(name), "%.*s", (int)(word.len < 60 ? word.len : 60), word.ptr);
	if (rc == INPUT_NO_PEPPER)
		mistake(o, "no-pepper", key, "set vars.pepper", "no pepper for", name);
	else if (rc == INPUT_UNKNOWN)
		mistake(o, "unknown-input", key, "see the list of pre-processings",
			"no pre-processing", name);
}

static void open_inputs(struct opening *o)
{
	const struct password_rules *rules = o->policy->rules;

	o->policy->ninputs = rules->ninput ? rules->ninput : 1;
	if (rules->ninput > INPUT_MAX) {
		o->policy->ninputs = 1;
		mistake(o, "too-many-inputs", "users.password.input", "use at most 8",
			"more than 8 beginning with", rules->input[0]);
		return;
	}
	for (size_t i = 0; i < rules->ninput; i++)
		open_input(o, i);
}

static void open_split(struct opening *o)
{
	const char *parse = o->policy->rules->parse;

	if (!parse)
		return;
	o->policy->has_split = !split_parse(parse, &o->policy->split);
	if (!o->policy->has_split)
		mistake(o, "bad-template", "users.password.parse",
			"write {hash}, or {hash} and {salt} with something between",
			"cannot split a column by", parse);
}

/* Whether a row of the target would be accepted here: else nothing is upgraded to it. */
static int target_accepted(const struct password_policy *policy)
{
	const struct target *target = &policy->target;

	for (size_t i = 0; i < policy->nitems; i++) {
		const struct accept_item *item = &policy->items[i];

		if (target->recipe) {
			if (item->recipe && !strcmp(item->text, target->text))
				return 1;
		} else if (!target->scheme) {
			return 0;
		} else if (item->scheme == target->scheme ||
			   (item->family && item->family == scheme_family(target->scheme))) {
			return 1;
		} else if (!item->text && !(target->scheme->flags & SCHEME_WEAK)) {
			return 1;
		}
	}
	return 0;
}

static uint32_t memory_kib_of(const struct password_rules *rules)
{
	return (rules->memory_mib ? rules->memory_mib : MEMORY_MIB) * 1024;
}

static void open_limits(struct password_policy *policy)
{
	const struct limits *limits = &policy->rules->limits;

	policy->limits = limits->stored_bytes ? *limits : limits_default;
	policy->limits.memory_kib = memory_kib_of(policy->rules);
}

static int open_gate(struct password_policy *policy)
{
	struct gate_rules rules = { policy->rules->concurrency,
		memory_kib_of(policy->rules), GATE_QUEUE_MAX };

	return gate_open(&rules, &policy->gate);
}

/* A pepper of the mapping is the site's key as well. */
static int open_params(struct password_policy *policy)
{
	if (params_of(policy->rules->params, policy->rules->nparams, &policy->params))
		return -1;
	if (!policy->rules->pepper)
		return 0;
	return params_default(&policy->params, "pepper", &policy->pepper) ||
		params_default(&policy->params, "sitekey", &policy->pepper);
}

static int open_all(struct opening *o)
{
	int rc;

	if (digest_ready() || open_params(o->policy) || open_accept(o))
		return -1;
	o->policy->classes = classes_new(o->policy->rules);
	if (!o->policy->classes ||
	    random_text(ENCODE_TEXT, o->policy->stand_in, sizeof(o->policy->stand_in) - 1))
		return -1;
	open_inputs(o);
	open_split(o);
	rc = target_open(o->policy, o->findings);
	if (rc < 0)
		return -1;
	o->mistakes += rc;
	o->policy->target.accepted = target_accepted(o->policy);
	return 0;
}

int password_open(const struct password_rules *rules, struct idbc_findings *findings,
	struct password_policy **out, struct idbc_error *err)
{
	struct opening o = { calloc(1, sizeof(*o.policy)), findings, 0 };

	if (!o.policy)
		return err_nomem(err, "password");
	o.policy->rules = rules;
	o.policy->pepper = (struct idbc_str){ rules->pepper, rules->pepper ? rules->pepper_len : 0 };
	open_limits(o.policy);
	o.policy->dummy_hash.max = LIMIT_STORED_BYTES;
	if (open_gate(o.policy) || open_all(&o)) {
		password_close(o.policy);
		return err_nomem(err, "password");
	}
	if (o.mistakes) {
		password_close(o.policy);
		return err_set(err, IDBC_CONFIG, "password", "%d mistakes in the password rules",
			o.mistakes);
	}
	*out = o.policy;
	return IDBC_OK;
}

void password_close(struct password_policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; policy->items && i < policy->nitems; i++)
		recipe_free(policy->items[i].recipe);
	free(policy->items);
	recipe_free(policy->target.recipe);
	params_close(policy->params);
	buf_wipe(&policy->dummy_hash);
	gate_close(policy->gate);
	classes_free(policy->classes);
	free(policy);
}

const char *password_target_name(const struct password_policy *policy)
{
	return policy->target.scheme ? policy->target.scheme->id : policy->target.text;
}

int password_reads_target(const struct password_policy *policy)
{
	return policy->target.accepted;
}

int password_needs_subject(const struct password_policy *policy)
{
	const struct recipe *recipe = policy->target.recipe;
	const struct scheme *scheme = policy->target.scheme;

	return policy->inputs[0].by_username || (scheme && scheme->flags & SCHEME_USER) ||
		(recipe && (recipe_uses(recipe, RECIPE_USERNAME) ||
			    recipe_uses(recipe, RECIPE_EMAIL)));
}
