/* connector/password/scheme/argon2.c - argon2 in PHC form, through libargon2's argon2_ctx().
 *
 * The parser is ours: libargon2's refuses keyid and data and takes a tag of four bytes.
 * One thread per hash, whatever the number of lanes.  Threads: any.  Lock: none.
 */
#include <argon2.h>
#include <string.h>

#include "password/scheme/scheme.h"
#include "password/tool/arena.h"

#define ARGON2_SALT_BYTES 16u
#define ARGON2_TAG_BYTES  32u
#define ARGON2_BLOCK_BYTES 1024u

/* variant: argon2_type, and the format in the tens */
enum { FORMAT_V19 = 0, FORMAT_V16 = 10, FORMAT_NOV = 20, FORMAT_DATA = 30, FORMAT_KEYID = 40 };

static const char *const type_prefix[3] = { "$argon2d$", "$argon2i$", "$argon2id$" };
static const struct cost_key argon2_costs[] = {
	{ "memory_kib", 19456, 8, 4194304 }, { "iterations", 2, 1, 1000 },
	{ "parallelism", 1, 1, 1024 }, { NULL, 0, 0, 0 },
};

static int read_version(struct cursor *c, struct stored *st)
{
	if (cursor_literal(c, "v=19$")) {
		st->version = ARGON2_VERSION_13;
		return FORMAT_V19;
	}
	st->version = ARGON2_VERSION_10;
	return cursor_literal(c, "v=16$") ? FORMAT_V16 : FORMAT_NOV;
}

static int read_costs(struct cursor *c, struct cost *cost)
{
	cost->kind = COST_ARGON2;
	if (!cursor_literal(c, "m=") || !cursor_number(c, UINT32_MAX, &cost->memory) ||
	    !cursor_literal(c, ",t=") || !cursor_number(c, UINT32_MAX, &cost->rounds) ||
	    !cursor_literal(c, ",p=") || !cursor_number(c, 0xffffff, &cost->lanes))
		return 0;
	return cost->rounds && cost->lanes && cost->memory >= 8 * cost->lanes;
}

/* The value of ",name=" up to the next field; absent is fine. */
static int read_option(struct cursor *c, const char *name, struct idbc_str *out)
{
	const char *start;

	out->len = 0;
	if (!cursor_literal(c, name))
		return 0;
	start = c->at;
	while (c->at < c->end && *c->at != ',' && *c->at != '$')
		c->at++;
	out->ptr = start;
	out->len = (size_t)(c->at - start);
	return 1;
}

/* The secret named by keyid; it is not in the row. */
static int find_secret(const struct idbc_str *keyid, const struct params *params,
	struct stored *st)
{
	unsigned char id[64];
	struct idbc_str hex;
	int64_t len = b64_decode(B64_PLAIN, keyid, id, sizeof(id));

	if (len <= 0)
		return PASSWORD_MALFORMED;
	if (!params_get(params, "secrets", keyid, &hex))
		return PASSWORD_UNSUPPORTED;
	len = hex_decode(&hex, st->secret, sizeof(st->secret));
	if (len <= 0)
		return PASSWORD_UNSUPPORTED;
	st->secret_len = (size_t)len;
	return PARSED;
}

static int read_tail(struct cursor *c, struct stored *st)
{
	struct idbc_str salt, tag;
	int64_t salt_len, tag_len;

	if (!cursor_until(c, '$', &salt))
		return PASSWORD_MALFORMED;
	tag = cursor_rest(c);
	salt_len = b64_decode(B64_PLAIN, &salt, st->salt_bytes, sizeof(st->salt_bytes));
	tag_len = b64_decode(B64_PLAIN, &tag, st->digest, sizeof(st->digest));
	if (salt_len < 8 || tag_len < (int64_t)LIMIT_DIGEST_MIN)
		return PASSWORD_MALFORMED;
	st->salt_len = (size_t)salt_len;
	st->digest_len = (size_t)tag_len;
	return PARSED;
}

static int read_options(struct cursor *c, const struct params *params, struct stored *st,
	int *format)
{
	struct idbc_str keyid, data;
	int has_key = read_option(c, ",keyid=", &keyid), has_data = read_option(c, ",data=", &data);
	int64_t len;
	int rc;

	if (has_data) {
		len = b64_decode(B64_PLAIN, &data, st->data, sizeof(st->data));
		if (len < 0)
			return PASSWORD_MALFORMED;
		st->data_len = (size_t)len;
	}
	if (has_key || has_data)                /* of any version */
		*format = has_key ? FORMAT_KEYID : FORMAT_DATA;
	rc = has_key ? find_secret(&keyid, params, st) : PARSED;
	return rc;
}

/* Sets st->variant to type and format, whatever they are. */
int phc_parse(const struct idbc_str *text, const struct params *params, struct stored *st)
{
	struct cursor c = cursor_of(text);
	int type, format, options, rc;

	for (type = 0; type < 3 && !cursor_literal(&c, type_prefix[type]); type++)
		;
	if (type == 3)
		return PASSWORD_MALFORMED;
	format = read_version(&c, st);
	if (!read_costs(&c, &st->cost))
		return PASSWORD_MALFORMED;
	options = read_options(&c, params, st, &format);
	if (options == PASSWORD_MALFORMED || !cursor_literal(&c, "$"))
		return PASSWORD_MALFORMED;
	rc = read_tail(&c, st);
	st->variant = (uint32_t)(type + format);
	st->text = *text;
	return rc ? rc : options;
}

static int same_format(uint32_t wanted, uint32_t got)
{
	if (wanted >= FORMAT_DATA)      /* these two are of any type */
		return got / 10 == wanted / 10;
	return got == wanted;
}

static int parse(const struct scheme *scheme, const struct scheme_in *in, struct stored *st)
{
	int rc = phc_parse(&in->hash, in->params, st);

	if (rc != PASSWORD_MALFORMED && !same_format(scheme->variant, st->variant))
		return PASSWORD_MALFORMED;
	return rc;
}

static int take_memory(uint8_t **memory, size_t bytes)
{
	*memory = arena_take(bytes);
	return *memory ? 0 : -1;
}

/* libargon2 wipes it before it comes here; of one that does not, the first block tells. */
static void give_memory(uint8_t *memory, size_t bytes)
{
	static const uint8_t zero[ARGON2_BLOCK_BYTES];

	if (bytes >= sizeof(zero) && !memcmp(memory, zero, sizeof(zero)))
		arena_give_zero(memory);
	else
		arena_give(memory);
}

void phc_argon2id(struct stored *st, size_t salt_len)
{
	st->salt_len = salt_len;
	st->version = ARGON2_VERSION_13;
	st->variant = Argon2_id;
}

int phc_digest(const struct stored *st, const struct secret *password, unsigned char *out)
{
	argon2_context ctx = {
		.out = out, .outlen = (uint32_t)st->digest_len,
		.pwd = (uint8_t *)password->ptr, .pwdlen = (uint32_t)password->len,
		.salt = (uint8_t *)st->salt_bytes, .saltlen = (uint32_t)st->salt_len,
		.secret = st->secret_len ? (uint8_t *)st->secret : NULL,
		.secretlen = (uint32_t)st->secret_len,
		.ad = st->data_len ? (uint8_t *)st->data : NULL, .adlen = (uint32_t)st->data_len,
		.t_cost = (uint32_t)st->cost.rounds, .m_cost = (uint32_t)st->cost.memory,
		.lanes = (uint32_t)st->cost.lanes, .threads = 1, .version = st->version,
		.allocate_cbk = take_memory, .free_cbk = give_memory,
	};

	return argon2_ctx(&ctx, (argon2_type)(st->variant % 10)) == ARGON2_OK ? 0 : -1;
}

int phc_verify(const struct stored *st, const struct scheme_in *in)
{
	unsigned char digest[sizeof(st->digest)];
	int rc = PASSWORD_FAILED;

	if (!phc_digest(st, in->password, digest))
		rc = stored_compare(st, digest);
	secret_wipe(digest, sizeof(digest));
	return rc;
}

static int add_phc(const struct stored *st, struct buf *out)
{
	buf_addf(out, "%sv=19$m=%u,t=%u,p=%u$", type_prefix[st->variant % 10],
		(unsigned)st->cost.memory, (unsigned)st->cost.rounds, (unsigned)st->cost.lanes);
	b64_add(out, B64_PLAIN, st->salt_bytes, st->salt_len);
	buf_add(out, "$", 1);
	b64_add(out, B64_PLAIN, st->digest, st->digest_len);
	return out->failed ? PASSWORD_FAILED : 0;
}

int phc_make(uint32_t type, const struct secret *password, const int64_t *costs,
	struct buf *out)
{
	struct stored st = {
		.cost = { COST_ARGON2, (uint64_t)costs[1], (uint64_t)costs[0], (uint64_t)costs[2] },
		.variant = type, .version = ARGON2_VERSION_13,
		.salt_len = ARGON2_SALT_BYTES, .digest_len = ARGON2_TAG_BYTES,
	};
	int rc = random_bytes(st.salt_bytes, st.salt_len);

	if (!rc)
		rc = password ? phc_digest(&st, password, st.digest)
			      : random_bytes(st.digest, st.digest_len);
	return rc ? PASSWORD_FAILED : add_phc(&st, out);
}

static int make(const struct scheme *scheme, const struct scheme_in *in, const int64_t *costs,
	struct buf *out)
{
	return phc_make(scheme->variant, in->password, costs, out);
}

#define ARGON2(name, variant, make) \
	{ "argon2/" name, SCHEME_SELF, variant, 0, 0, argon2_costs, parse, phc_verify, make }

static const struct scheme schemes[] = {
	ARGON2("argon2id-v19", FORMAT_V19 + Argon2_id, make),
	ARGON2("argon2i-v19", FORMAT_V19 + Argon2_i, make),
	ARGON2("argon2d-v19", FORMAT_V19 + Argon2_d, make),
	ARGON2("argon2id-v16", FORMAT_V16 + Argon2_id, NULL),
	ARGON2("argon2i-v16", FORMAT_V16 + Argon2_i, NULL),
	ARGON2("argon2d-v16", FORMAT_V16 + Argon2_d, NULL),
	ARGON2("argon2id-nov", FORMAT_NOV + Argon2_id, NULL),
	ARGON2("argon2i-nov", FORMAT_NOV + Argon2_i, NULL),
	ARGON2("argon2d-nov", FORMAT_NOV + Argon2_d, NULL),
	ARGON2("argon2-data", FORMAT_DATA, NULL),
	ARGON2("argon2-keyid-secret", FORMAT_KEYID, NULL),
};

/* One of the three types, though it may be all there is. */
static int is_type_known(const struct idbc_str *s)
{
	for (int i = 0; i < 3; i++)
		if (str_begins(s, type_prefix[i]) ||
		    (s->len + 1 == strlen(type_prefix[i]) && !memcmp(s->ptr, type_prefix[i], s->len)))
			return 1;
	return 0;
}

static int identify(const struct scheme_in *in, int named, const struct scheme **out)
{
	struct stored st = { 0 };
	int rc;

	(void)named;
	if (!str_begins(&in->hash, "$argon2"))
		return NOT_MINE;
	if (!is_type_known(&in->hash))
		return PASSWORD_UNSUPPORTED;
	rc = phc_parse(&in->hash, in->params, &st);
	if (rc == PASSWORD_MALFORMED)
		return rc;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (same_format(schemes[i].variant, st.variant))
			*out = &schemes[i];
	return PARSED;
}

const struct family family_argon2 = {
	"argon2", schemes, sizeof(schemes) / sizeof(schemes[0]), identify
};
