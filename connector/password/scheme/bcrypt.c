/* connector/password/scheme/bcrypt.c - bcrypt, through libxcrypt: $2a$ $2b$ $2x$ $2y$.
 *
 * It sees 72 bytes of a password; the rest is cut here, as libxcrypt takes no more than
 * 511.  Of a salt's last character only two bits count, of a digest's last only four:
 * the digest is compared without its spare bits.  Threads: any.  Lock: none.
 */
#include <stdio.h>
#include <string.h>

#include "password/scheme/scheme.h"

#define BCRYPT_SEES   72u
#define BCRYPT_LEN    60u
#define BCRYPT_DIGEST 29u       /* where the digest begins */

static const struct cost_key bcrypt_costs[] = { { "cost", 10, 4, 31 }, { NULL, 0, 0, 0 } };
static const char alphabet[] =
	"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

int bcrypt_parse(const struct idbc_str *text, struct stored *st)
{
	struct idbc_str tail;
	const char *p = text->ptr;

	if (text->len != BCRYPT_LEN || memcmp(p, "$2", 2) || !strchr("abxy", p[2]) || !p[2] ||
	    p[3] != '$' || p[6] != '$')
		return PASSWORD_MALFORMED;
	tail = str_from(text, 7);
	if (!str_only(&tail, alphabet) || p[4] < '0' || p[4] > '3' || p[5] < '0' || p[5] > '9')
		return PASSWORD_MALFORMED;
	st->cost.kind = COST_BCRYPT;
	st->cost.rounds = (uint64_t)(p[4] - '0') * 10 + (uint64_t)(p[5] - '0');
	if (st->cost.rounds < 4 || st->cost.rounds > 31)
		return PASSWORD_MALFORMED;
	st->text = *text;
	return PARSED;
}

int bcrypt_parse_parts(char minor, uint64_t cost, const struct idbc_str *salt,
	const struct idbc_str *digest, struct stored *st)
{
	struct idbc_str whole = { (const char *)st->salt_bytes, BCRYPT_LEN };

	if (cost > 31 || salt->len != 22 || digest->len != 31)
		return PASSWORD_MALFORMED;
	snprintf((char *)st->salt_bytes, sizeof(st->salt_bytes), "$2%c$%02u$%.22s%.31s", minor,
		 (unsigned)cost, salt->ptr, digest->ptr);
	return bcrypt_parse(&whole, st);
}

/* The digest as values of six bits, the last without its spare bits. */
static void digest_values(const char *hash, unsigned char out[31])
{
	for (size_t i = 0; i < 31; i++)
		out[i] = (unsigned char)(strchr(alphabet, hash[BCRYPT_DIGEST + i]) - alphabet);
	out[30] &= 0x3c;
}

int bcrypt_verify(const struct stored *st, const struct secret *password)
{
	unsigned char want[31], got[31];
	char hash[UNIXCRYPT_BYTES];
	size_t seen = password->len < BCRYPT_SEES ? password->len : BCRYPT_SEES;
	int same, rc = unixcrypt(password, BCRYPT_SEES, &st->text, hash);

	if (rc || strlen(hash) != BCRYPT_LEN)
		return rc ? rc : PASSWORD_UNSUPPORTED;
	digest_values(st->text.ptr, want);
	digest_values(hash, got);
	same = secret_equal(want, got, sizeof(want)) && !memchr(password->ptr, '\0', seen);
	secret_wipe(got, sizeof(got));
	secret_wipe(hash, sizeof(hash));
	return same ? PASSWORD_MATCH : PASSWORD_MISMATCH;
}

int bcrypt_make(char minor, const struct secret *password, int64_t cost, struct buf *out)
{
	char prefix[5] = { '$', '2', minor, '$', '\0' }, setting[UNIXCRYPT_BYTES];
	char hash[UNIXCRYPT_BYTES] = "", random[32];
	struct idbc_str text;
	int rc = unixcrypt_setting(prefix, cost, setting);

	text = str_of(setting);
	if (!rc && !password)
		rc = random_text(alphabet, random, 31) ||
			snprintf(hash, sizeof(hash), "%.60s%s", setting, random) < 0;
	else if (!rc)
		rc = unixcrypt(password, BCRYPT_SEES, &text, hash);
	rc = rc || buf_add_str(out, hash);
	secret_wipe(hash, sizeof(hash));
	return rc ? PASSWORD_FAILED : 0;
}

int bcrypt_again(const struct secret *password, struct buf *hash)
{
	struct idbc_str setting = { hash->ptr, hash->len };
	char text[UNIXCRYPT_BYTES];
	int rc = unixcrypt(password, BCRYPT_SEES, &setting, text);

	if (!rc && strlen(text) == hash->len)
		memcpy(hash->ptr, text, hash->len);
	else
		rc = PASSWORD_FAILED;
	secret_wipe(text, sizeof(text));
	return rc;
}

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	int rc = bcrypt_parse(&in->hash, st);

	return rc || in->hash.ptr[2] != (char)scheme->variant ? PASSWORD_MALFORMED : PARSED;
}

static int verify(const struct stored *st, const struct scheme_in *in)
{
	return bcrypt_verify(st, in->password);
}

static int make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	return bcrypt_make((char)scheme->variant, in->password, costs[0], out);
}

#define BCRYPT(name, minor, flags, make) \
	{ "bcrypt/" name, SCHEME_SELF | (flags), minor, BCRYPT_SEES, 0, bcrypt_costs, parse, \
	  verify, make }

static const struct scheme schemes[] = {
	BCRYPT("2y", 'y', 0, make),
	BCRYPT("2b", 'b', 0, make),
	BCRYPT("2a", 'a', 0, make),
	BCRYPT("2x", 'x', SCHEME_WEAK, NULL),
};

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	(void)named;
	if (!str_begins(&in->hash, "$2"))
		return NOT_MINE;
	for (size_t i = 0; in->hash.len > 3 && i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (in->hash.ptr[3] == '$' && in->hash.ptr[2] == (char)schemes[i].variant) {
			*out = &schemes[i];
			return PARSED;
		}
	return in->hash.len > 3 ? PASSWORD_UNSUPPORTED : PASSWORD_MALFORMED;
}

const struct family family_bcrypt = {
	"bcrypt", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
