/* connector/password/candidates.c - the typed password as each input chain gives it.
 *
 * Each distinct one costs a hash, so equal ones are tried once; an empty one never
 * matches and is left out.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/policy.h"

static int known_already(const struct candidates *c, const struct secret *text)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->text[i].len == text->len &&
		    secret_equal(c->text[i].ptr, text->ptr, text->len))
			return 1;
	return 0;
}

void candidates_make(const struct password_policy *policy, const struct password_subject *who,
	const struct idbc_str *password, struct candidates *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < policy->ninputs; i++) {
		struct secret text = SECRET_INIT;
		int rc = input_apply(&policy->inputs[i], &policy->pepper, who, password, 0,
			&text);

		out->failed |= rc < 0;
		if (rc || !text.len || known_already(out, &text)) {
			secret_free(&text);
			continue;
		}
		out->chain[out->n] = i;
		out->text[out->n++] = text;
	}
}

void candidates_free(struct candidates *c)
{
	for (size_t i = 0; i < c->n; i++)
		secret_free(&c->text[i]);
	c->n = 0;
}

static int is_too_long(const struct password_policy *policy, const struct idbc_str *password)
{
	uint32_t limit = policy->rules->password_bytes;

	return password->len > LIMIT_PASSWORD_BYTES || (limit && password->len > limit);
}

void candidates_typed(const struct password_policy *policy, const struct password_subject *who,
	const struct idbc_str *password, struct candidates *out, int *never)
{
	struct idbc_str stand_in = str_of(policy->stand_in), typed = *password;

	*never = 0;
	if (is_too_long(policy, password))
		typed.len = 0;
	candidates_make(policy, who, &typed, out);
	if (out->n || out->failed || !password->ptr)
		return;
	*never = 1;
	candidates_make(policy, who, &stand_in, out);
}
