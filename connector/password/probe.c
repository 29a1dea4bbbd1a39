/* connector/password/probe.c - one stored form against one password, by scheme alone, as
 * `idbc password verify` asks: no connection's rules, any bytes as the password.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/known.h"
#include "password/policy.h"

#define PREFERRED "argon2/argon2id-v19"

/* Which scheme is asked: the one named, or the one that the form looks like. */
static int choose(const struct password_probe *probe, const struct scheme_in *in,
	const struct scheme **out)
{
	const struct family *family;
	int rc;

	if (!probe->scheme || !strcmp(probe->scheme, "any"))
		return scheme_identify(in, out);
	*out = scheme_find(probe->scheme);
	if (*out)
		return PARSED;
	family = family_find(probe->scheme, strlen(probe->scheme));
	if (!family)
		return PASSWORD_UNSUPPORTED;
	rc = family->identify(in, 1, out);
	if (rc == NOT_MINE)
		return known_form(&in->hash) && form_is_likely(&in->hash)
			? PASSWORD_UNSUPPORTED : PASSWORD_MALFORMED;
	return rc;
}

static int may_be_clear(const struct password_probe *probe)
{
	const struct scheme *scheme = probe->scheme ? scheme_find(probe->scheme) : NULL;

	return scheme && scheme_is_clear(scheme);
}

static int needs_upgrade(const struct stored *st, const struct idbc_str *password,
	const struct idbc_str *name)
{
	const struct scheme *preferred = scheme_find(PREFERRED);
	int64_t costs[COST_KEYS_MAX] = { 0 };
	struct cost cost;

	if (stored_cuts(st, password->len + (st->scheme->flags & SCHEME_USER ? name->len : 0)))
		return 0;
	if (stored_weak(st))
		return 1;
	target_costs(preferred, costs);
	cost = (struct cost){ COST_ARGON2, (uint64_t)costs[1], (uint64_t)costs[0], 1 };
	return st->scheme == preferred && cost_lower(&st->cost, &cost);
}

static int verify(const struct scheme *scheme, struct scheme_in *in, struct stored *st)
{
	int rc = stored_parse(scheme, in, st);

	return rc == PARSED ? stored_verify(st, in) : rc;
}

/* Everything of the answer but the result. */
static void describe(const struct password_probe *probe, const struct scheme *scheme,
	struct password_verdict *out)
{
	const char *asked = probe->scheme && strchr(probe->scheme, '/') ? probe->scheme : NULL;

	out->scheme = scheme ? scheme->id : asked;
	out->weak = scheme && scheme->flags & SCHEME_WEAK;
}

static int judge(const struct password_probe *probe, struct scheme_in *in,
	struct password_verdict *out)
{
	const struct scheme *scheme = NULL;
	struct stored st;
	int rc;

	if (in->hash.len > LIMIT_STORED_BYTES)
		return PASSWORD_MALFORMED;
	if (stored_is_locked(&in->hash, may_be_clear(probe)))
		return PASSWORD_LOCKED;
	rc = choose(probe, in, &scheme);
	describe(probe, rc == PARSED ? scheme : NULL, out);
	if (rc != PARSED)
		return rc;
	rc = verify(scheme, in, &st);
	out->weak = stored_weak(&st);
	if (rc == PASSWORD_MATCH)
		out->upgrade = needs_upgrade(&st, &probe->password, &probe->username);
	secret_wipe(st.secret, sizeof(st.secret));
	return rc;
}

void password_probe(const struct password_probe *probe, struct password_verdict *out)
{
	struct scheme_in in = { .hash = probe->hash, .salt = probe->salt,
		.username = probe->username };
	struct secret password = SECRET_INIT;
	struct params *params = NULL;

	memset(out, 0, sizeof(*out));
	out->result = PASSWORD_FAILED;
	describe(probe, NULL, out);
	if (params_open(probe->params_json, &params)) {
		out->result = PASSWORD_UNSUPPORTED;
		return;
	}
	if (!secret_copy(&password, probe->password.ptr, probe->password.len)) {
		in.password = &password;
		in.params = params;
		if (!in.hash.ptr)
			in.hash.ptr = "";
		out->result = (enum password_result)judge(probe, &in, out);
	}
	secret_free(&password);
	params_close(params);
}
