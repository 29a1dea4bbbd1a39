/* connector/password/dummy.c - the work of a check whose answer is no before anything is
 * computed: that of a row of this store where its rows are known, else of the write target.
 * Threads: any.  Lock: none.
 */
#include "password/policy.h"

#include <string.h>

#include "base/clock.h"

#define TELLING_US 2000         /* what takes less is not measured */

/* All of a hash of the target, for nothing. */
static int spend_target(const struct password_policy *policy, const struct secret *password,
	const struct gate_ask *ask)
{
	const struct password_subject nobody = { { "", 0 }, { "", 0 } };
	const struct target *target = &policy->target;
	struct idbc_str salt = str_of(policy->dummy_salt);
	struct scheme_in in = { .hash = { policy->dummy_hash.ptr, policy->dummy_hash.len },
		.salt = salt, .username = nobody.username, .password = password,
		.params = policy->params, .limits = &policy->limits, .ask = ask };
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

static int spend_targets(const struct password_policy *policy,
	const struct candidates *candidates, const struct password_call *call)
{
	const struct gate_ask ask = ask_of(policy, call);
	int rc = candidates->n ? PASSWORD_MISMATCH : PASSWORD_FAILED;

	for (size_t i = 0; rc != PASSWORD_FAILED && i < candidates->n; i++) {
		rc = spend_target(policy, &candidates->text[i], &ask);
		if (rc != PASSWORD_MISMATCH)
			break;
	}
	return rc;
}

/* What is neither an answer nor a reason to give none: the row of this class would have been
 * refused, and its dummy as well. */
static int as_mismatch(int rc)
{
	return rc == PASSWORD_FAILED || rc == PASSWORD_BUSY || rc == PASSWORD_LATE
		? rc : PASSWORD_MISMATCH;
}

enum password_result password_dummy(const struct password_policy *policy,
	const struct idbc_str *identifier, const struct idbc_str *password,
	const struct password_call *call)
{
	const struct password_subject who = { *identifier, *identifier };
	const struct idbc_field *parts;
	struct candidates candidates;
	size_t nparts = classes_choose(policy->classes, identifier, &parts);
	int rc, never;

	candidates_typed(policy, &who, password, &candidates, &never);
	if (nparts)
		rc = as_mismatch(check_spend(policy, parts, nparts, &who, &candidates, call));
	else
		rc = spend_targets(policy, &candidates, call);
	candidates_free(&candidates);
	return (enum password_result)rc;
}

/* Our estimates are good for a factor of two; a hash that is not computed misses by more. */
int dummy_took(int result, int64_t took_ns, uint64_t expected_us)
{
	if (result == PASSWORD_FAILED)
		return 1;               /* no memory just now: nothing is known */
	return result == PASSWORD_MISMATCH &&
	       (expected_us < TELLING_US || took_ns >= (int64_t)expected_us * 1000 / 16);
}

int password_dummy_works(const struct password_policy *policy)
{
	struct secret password = SECRET_INIT;
	int64_t begun_ns = clock_work_ns();
	int rc = PASSWORD_FAILED;

	if (!secret_copy(&password, policy->stand_in, strlen(policy->stand_in)))
		rc = spend_target(policy, &password, NULL);
	secret_free(&password);
	return dummy_took(rc, clock_work_ns() - begun_ns, cost_us(&policy->target.cost, 0));
}
