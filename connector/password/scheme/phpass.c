/* connector/password/scheme/phpass.c - the portable hashes of phpass: $P$ and, in forums, $H$:
 * a digest over salt and password, then 2^n times over digest and password.  Drupal does
 * the same with a longer digest; WordPress and TYPO3 wrap it.
 * Threads: any.  Lock: none.
 */
#include <string.h>

#include "password/scheme/scheme.h"

#define PHPASS_SALT 8u
#define PHPASS_TEXT (DIGEST_MAX_BYTES * 4 / 3 + 3)

static const struct cost_key phpass_costs[] = { { "log2", 13, 7, 22 }, { NULL, 0, 0, 0 } };

int phpass_parse(struct cursor *c, const struct phpass_form *form, struct stored *st)
{
	struct idbc_str log2, digest;
	int value;

	if (!cursor_literal(c, form->prefix) || !cursor_take(c, 1, &log2) ||
	    !cursor_take(c, PHPASS_SALT, &st->salt))
		return PASSWORD_MALFORMED;
	digest = cursor_rest(c);
	value = h64_value(*log2.ptr);
	if (value < 7 || value > 30 || digest.len != form->chars ||
	    !str_only(&digest, ENCODE_H64) || !str_only(&st->salt, ENCODE_H64))
		return PASSWORD_MALFORMED;
	st->cost.kind = form->md == DIGEST_MD5 ? COST_PHPASS : COST_DRUPAL;
	st->cost.rounds = (uint64_t)value;
	st->md = form->md;
	st->text = digest;
	return PARSED;
}

/* Digest and password lie side by side: a round is one update, not two. */
static int rounds(struct digest_run *run, const struct secret *password,
	const struct idbc_str *salt, uint64_t log2, struct secret *joined, size_t bytes)
{
	struct idbc_str first[2] = { *salt, { password->ptr, password->len } };
	struct idbc_str next = { joined->ptr, joined->len };
	unsigned char *digest = (unsigned char *)joined->ptr;
	int rc;

	if (password->len)
		memcpy(joined->ptr + bytes, password->ptr, password->len);
	rc = digest_next(run, first, 2, digest);
	for (uint64_t i = 0; !rc && i < UINT64_C(1) << log2; i++)
		rc = digest_next(run, &next, 1, digest);
	return rc;
}

/* `out` takes PHPASS_TEXT. */
static int compute(enum digest md, const struct secret *password, const struct idbc_str *salt,
	uint64_t log2, char *out)
{
	size_t bytes = digest_bytes(md);
	struct secret joined = SECRET_INIT;
	struct digest_run *run = digest_begin(md);
	int rc = run ? secret_alloc(&joined, bytes + password->len) : -1;

	if (!rc)
		rc = rounds(run, password, salt, log2, &joined, bytes);
	if (!rc)
		h64_encode((unsigned char *)joined.ptr, bytes, out);
	digest_end(run);
	secret_free(&joined);
	return rc;
}

int phpass_verify(const struct stored *st, const struct secret *password)
{
	char text[PHPASS_TEXT];
	int same;

	if (compute(st->md, password, &st->salt, st->cost.rounds, text))
		return PASSWORD_FAILED;
	same = secret_equal(text, st->text.ptr, st->text.len);
	secret_wipe(text, sizeof(text));
	return same ? PASSWORD_MATCH : PASSWORD_MISMATCH;
}

int phpass_make(const struct phpass_form *form, const struct secret *password, int64_t log2,
	struct buf *out)
{
	char salt[PHPASS_SALT + 1], text[PHPASS_TEXT];
	struct idbc_str salt_str = { salt, PHPASS_SALT };
	int rc = random_text(ENCODE_H64, salt, PHPASS_SALT);

	if (!rc)
		rc = password ? compute(form->md, password, &salt_str, (uint64_t)log2, text)
			      : random_text(ENCODE_H64, text, form->chars);
	if (!rc)
		rc = buf_addf(out, "%s%c%s%.*s", form->prefix, ENCODE_H64[log2], salt,
			(int)form->chars, text);
	secret_wipe(text, sizeof(text));
	return rc ? PASSWORD_FAILED : 0;
}

static const struct phpass_form forms[2] = {
	{ "$P$", DIGEST_MD5, PHPASS_MD5_CHARS }, { "$H$", DIGEST_MD5, PHPASS_MD5_CHARS },
};

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	struct cursor c = cursor_of(&in->hash);

	return phpass_parse(&c, &forms[scheme->variant], st);
}

static int verify(const struct stored *st, const struct scheme_in *in)
{
	return phpass_verify(st, in->password);
}

static int make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	return phpass_make(&forms[scheme->variant], in->password, costs[0], out);
}

static const struct scheme schemes[] = {
	{ "phpass/P", SCHEME_SELF, 0, 0, 0, phpass_costs, parse, verify, make },
	{ "phpass/H", SCHEME_SELF, 1, 0, 0, phpass_costs, parse, verify, make },
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	(void)named;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (str_begins(&in->hash, forms[i].prefix)) {
			*out = &schemes[i];
			return PARSED;
		}
	return NOT_MINE;
}

const struct family family_phpass = {
	"phpass", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
