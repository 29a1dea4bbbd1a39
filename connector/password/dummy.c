/* connector/password/dummy.c - the work of a check whose answer is no before anything is
 * computed.  Threads: any.  Lock: none.
 */
#include "password/policy.h"

/* All of a hash, for nothing. */
static void spend(const struct password_policy *policy, const struct secret *password)
{
	const struct password_subject nobody = { { "", 0 }, { "", 0 } };
	const struct target *target = &policy->target;
	struct idbc_str salt = str_of(policy->dummy_salt);
	struct scheme_in in = { .hash = { policy->dummy_hash.ptr, policy->dummy_hash.len },
		.salt = salt, .username = nobody.username, .password = password };
	struct recipe_values v;
	struct stored st;

	if (target->recipe) {
		v = recipe_values_of(policy, &nobody, &salt, password);
		recipe_verify(target->recipe, &v, &in.hash);
	} else if (stored_parse(target->scheme, &in, &st) == PARSED) {
		stored_verify(&st, &in);
	}
}

void dummy_spend(const struct password_policy *policy, const struct candidates *candidates)
{
	struct secret nothing = SECRET_INIT;

	for (size_t i = 0; i < candidates->n; i++)
		spend(policy, &candidates->text[i]);
	if (!candidates->n && !secret_copy(&nothing, "", 0)) {
		spend(policy, &nothing);
		secret_free(&nothing);
	}
}

void password_dummy(const struct password_policy *policy, const struct idbc_str *identifier,
	const struct idbc_str *password)
{
	const struct password_subject who = { *identifier, { "", 0 } };
	struct idbc_str typed = *password;
	struct candidates candidates;

	if (candidates_too_long(policy, password))
		typed.len = 0;
	candidates_make(policy, &who, &typed, &candidates);
	dummy_spend(policy, &candidates);
	candidates_free(&candidates);
}
