/* tests/unit/policy.h - password rules on the stack, opened and asked. */
#ifndef TESTS_UNIT_POLICY_H
#define TESTS_UNIT_POLICY_H

#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/findings.h"
#include "password/policy.h"
#include "unit.h"

/* Rules on the stack, filled field by field. */
struct setup {
	struct password_rules rules;
	struct password_accept accept[4];
	const char *input[3], *none[3];
	struct password_cost cost[2];
	struct finding_list findings;
	struct password_policy *policy;
};

static const struct password_call any_time = { INT64_MAX, PASSWORD_FOR_CALLER };

static inline void setup(struct setup *s, const char *write)
{
	memset(s, 0, sizeof(*s));
	s->rules.accept = s->accept;
	s->rules.input = s->input;
	s->rules.none = s->none;
	s->rules.target.costs = s->cost;
	s->rules.target.scheme = write;
	s->rules.target.key = "users.password.write";
	s->rules.upgrade = 1;
	s->rules.password_bytes = 4096;
	findings_init(&s->findings);
}

static inline void accept(struct setup *s, const char *scheme)
{
	s->accept[s->rules.naccept++].scheme = scheme;
}

static inline void accept_recipe(struct setup *s, const char *recipe, uint32_t when)
{
	s->accept[s->rules.naccept].recipe = recipe;
	s->accept[s->rules.naccept++].when = when;
}

static inline int open_it(struct setup *s)
{
	struct idbc_error err = IDBC_ERROR_INIT;

	return password_open(&s->rules, &s->findings.sink, &s->policy, &err);
}

static inline void must_open(struct setup *s)
{
	int rc = open_it(s);

	for (size_t i = 0; rc && i < s->findings.n; i++)
		fprintf(stderr, "%s: %s\n", s->findings.items[i].key, s->findings.items[i].text);
	CU_ASSERT_FATAL(rc == IDBC_OK);
}

static inline void done(struct setup *s)
{
	password_close(s->policy);
	findings_free(&s->findings);
	s->policy = NULL;
}

static inline struct idbc_field field(const char *name, const char *text)
{
	struct idbc_field f = { name, { .kind = IDBC_KIND_NULL } };

	if (text) {
		f.value.kind = IDBC_KIND_STR;
		f.value.u.str = str_of(text);
	}
	return f;
}

static const struct password_subject alice = { { "Alice", 5 }, { "alice@example.com", 17 } };

static inline struct password_verdict judge(const struct setup *s, const char *hash, const char *salt,
	const char *password)
{
	struct idbc_field parts[2] = { field("hash", hash), field("salt", salt) };
	struct idbc_str typed = str_of(password);
	struct password_verdict v;

	password_check(s->policy, parts, 2, &alice, &typed, &any_time, &v);
	return v;
}

#define RESULT(s, hash, salt, password, want) \
	UNIT_STR(password_result_name(judge(s, hash, salt, password).result), want)

#endif
