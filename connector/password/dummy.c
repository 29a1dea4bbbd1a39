/* connector/password/dummy.c - the work of a check whose answer is no before anything is
 * computed.  Threads: any.  Lock: none.
 */
#include "password/policy.h"

/* All of a hash, for nothing. */
static int spend(const struct password_policy *policy, const struct secret *password,
	const struct gate_ask *ask)
{
	const struct password_subject nobody = { { "", 0 }, { "", 0 } };
	const struct target *target = &policy->target;
	struct idbc_str salt = str_of(policy->dummy_salt);
	struct scheme_in in = { .hash = { policy->dummy_hash.ptr, policy->dummy_hash.len },
		.salt = salt, .username = nobody.username, .password = password,
		.limits = &policy->limits, .ask = ask };
	struct recipe_values v;
	struct stored st;
	int rc = PASSWORD_FAILED;

	if (target->recipe) {
		v = recipe_values_of(policy, &nobody, &salt, password);
		rc = recipe_verify(target->recipe, &v, &in.hash);
	} else if (stored_parse(target->scheme, &in, &st) == PARSED) {
		rc = stored_verify(&st, &in);
	}
	return rc == PASSWORD_MATCH ? PASSWORD_MISMATCH : rc;
}

int dummy_spend(const struct password_policy *policy, const struct candidates *candidates,
	const struct password_call *call)
{
	const struct gate_ask ask = ask_of(policy, call);
	struct secret nothing = SECRET_INIT;
	int rc = PASSWORD_MISMATCH;

	for (size_t i = 0; rc == PASSWORD_MISMATCH && i < candidates->n; i++)
		rc = spend(policy, &candidates->text[i], &ask);
	if (candidates->n)
		return rc;
	if (secret_copy(&nothing, "", 0))
		return PASSWORD_FAILED;
	rc = spend(policy, &nothing, &ask);
	secret_free(&nothing);
	return rc;
}

enum password_result password_dummy(const struct password_policy *policy,
	const struct idbc_str *identifier, const struct idbc_str *password,
	const struct password_call *call)
{
	const struct password_subject who = { *identifier, { "", 0 } };
	struct idbc_str typed = *password;
	struct candidates candidates;
	int rc;

	if (candidates_too_long(policy, password))
		typed.len = 0;
	candidates_make(policy, &who, &typed, &candidates);
	rc = dummy_spend(policy, &candidates, call);
	candidates_free(&candidates);
	return (enum password_result)rc;
}
