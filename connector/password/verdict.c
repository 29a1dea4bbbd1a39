/* connector/password/verdict.c - what a judgement says of the row: its scheme, what it costs, and
 * whether a login stores it anew.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/judge.h"

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

void judge_report(const struct judge *j, int result, const struct idbc_str *password,
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
