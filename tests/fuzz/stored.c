/* tests/fuzz/stored.c - stored credentials: every scheme of every family reads the text by
 * its id, every family looks for its own, and so does detection.  What parses and costs
 * next to nothing is verified as well.
 * Input: a line each of salt, user name, password and parameters (JSON), then the text.
 */
#include "fuzz.h"
#include "password/scheme/scheme.h"

static int is_result(int rc)
{
	return rc >= PASSWORD_MATCH && rc <= PASSWORD_FAILED;
}

/* Some microseconds. */
static int is_cheap(const struct cost *c)
{
	switch (c->kind) {
	case COST_NONE:
		return 1;
	case COST_ARGON2:
		return c->memory <= 64 && c->rounds <= 2;
	case COST_BCRYPT:
		return c->rounds <= 4;
	case COST_SCRYPT:
		return c->rounds <= 4 && c->memory <= 8 && c->lanes <= 1;
	case COST_PHPASS:
		return c->rounds <= 7;
	default:
		return c->rounds <= 1000;
	}
}

static void read_stored(const struct scheme *scheme, struct scheme_in *in)
{
	struct stored st;
	int rc = stored_parse(scheme, in, &st);

	FUZZ_MUST(rc == PARSED || is_result(rc));
	FUZZ_MUST(st.digest_len <= sizeof(st.digest) && st.salt_len <= sizeof(st.salt_bytes));
	if (rc == PARSED && is_cheap(&st.cost))
		FUZZ_MUST(is_result(stored_verify(&st, in)));
}

static void ask_family(const struct family *family, const struct scheme_in *in)
{
	for (int named = 0; named < 2; named++) {
		const struct scheme *scheme = NULL;
		int rc = family->identify(in, named, &scheme);

		FUZZ_MUST(rc == NOT_MINE || rc == PARSED || is_result(rc));
		FUZZ_MUST(rc != PARSED || scheme);     /* perhaps of another family */
	}
}

static void ask_all(struct scheme_in *in)
{
	const struct scheme *scheme = NULL;
	const struct family *family;

	stored_is_locked(&in->hash, 0);
	stored_is_locked(&in->hash, 1);
	scheme_identify(in, &scheme);
	for (size_t i = 0; (family = scheme_family_at(i)) != NULL; i++) {
		ask_family(family, in);
		for (size_t k = 0; k < family->n; k++)
			read_stored(&family->schemes[k], in);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data, *end = data + size;
	struct scheme_in in = { .salt = fuzz_line(&at, end), .username = fuzz_line(&at, end) };
	struct idbc_str typed = fuzz_line(&at, end), json = fuzz_line(&at, end);
	struct secret password = SECRET_INIT;
	struct params *params = NULL;
	char *text = fuzz_text(json.ptr, json.len);

	in.hash = fuzz_copy(at, (size_t)(end - at));
	if (!secret_copy(&password, typed.ptr, typed.len)) {
		params_open(json.len ? text : NULL, &params);
		in.password = &password;
		in.params = params;
		ask_all(&in);
	}
	params_close(params);
	secret_free(&password);
	free(text);
	fuzz_free(&typed);
	fuzz_free(&json);
	fuzz_free(&in.salt);
	fuzz_free(&in.username);
	fuzz_free(&in.hash);
	return 0;
}
