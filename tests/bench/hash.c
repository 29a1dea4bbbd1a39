/* tests/bench/hash.c - one login's hash, from the stored form to the verdict, against the
 * bare call of the library that computes it.
 */
#include <argon2.h>
#include <crypt.h>
#include <openssl/evp.h>

#include "base/err.h"
#include "base/findings.h"
#include "password/policy.h"
#include "bench.h"

#define PASSWORD "correct horse battery staple"

static const struct password_subject nobody = { { "", 0 }, { "", 0 } };
static const struct password_call any_time = { INT64_MAX, PASSWORD_FOR_CALLER };

struct bench {
	struct password_rules rules;
	struct password_accept accept;
	struct finding_list findings;
	struct password_policy *policy;
	struct password_made made;
	const char *hash;
	struct crypt_data *crypt;       /* kept, as a careful caller would */
	EVP_MD *md5;
	EVP_MD_CTX *ctx;
	unsigned char want[64];
	unsigned cost[3];               /* of scrypt; of pbkdf2: iterations alone */
	char salt[128];
};

static void open_bench(struct bench *b, const char *scheme, const struct password_cost *costs,
		       size_t ncosts)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_str typed = str_of(PASSWORD);

	memset(b, 0, sizeof(*b));
	findings_init(&b->findings);
	b->accept.scheme = scheme;
	b->rules.accept = &b->accept;
	b->rules.naccept = 1;
	b->rules.target.scheme = scheme;
	b->rules.target.costs = costs;
	b->rules.target.ncosts = ncosts;
	b->rules.password_bytes = 4096;
	if (password_open(&b->rules, &b->findings.sink, &b->policy, &err) ||
	    password_make(b->policy, &nobody, &typed, &any_time, &b->made, &err))
		bench_die(err.text);
	b->hash = b->made.parts[0].value.u.str.ptr;
	b->crypt = calloc(1, sizeof(*b->crypt));
	b->md5 = EVP_MD_fetch(NULL, "MD5", NULL);
	b->ctx = EVP_MD_CTX_new();
	if (!b->crypt || !b->md5 || !b->ctx)
		bench_die("no memory");
}

static void close_bench(struct bench *b)
{
	EVP_MD_CTX_free(b->ctx);
	EVP_MD_free(b->md5);
	free(b->crypt);
	password_made_free(&b->made);
	password_close(b->policy);
	findings_free(&b->findings);
}

/* --- ours ------------------------------------------------------------------------------ */
static void ours(void *ctx)
{
	struct bench *b = ctx;
	struct idbc_str typed = str_of(PASSWORD);
	struct password_verdict verdict;

	password_check(b->policy, b->made.parts, b->made.nparts, &nobody, &typed, &any_time,
		       &verdict);
	if (verdict.result != PASSWORD_MATCH)
		bench_die(password_result_name(verdict.result));
}

/* --- theirs ---------------------------------------------------------------------------- */
static void bare_argon2(void *ctx)
{
	struct bench *b = ctx;

	if (argon2id_verify(b->hash, PASSWORD, strlen(PASSWORD)) != ARGON2_OK)
		bench_die("argon2id_verify");
}

static void bare_crypt(void *ctx)
{
	struct bench *b = ctx;
	const char *hash = crypt_r(PASSWORD, b->hash, b->crypt);

	if (!hash || strcmp(hash, b->hash))
		bench_die("crypt_r");
}

static void compare(struct bench *b, const unsigned char *got, size_t len)
{
	static const unsigned char none[64];

	if (!memcmp(b->want, none, len))
		memcpy(b->want, got, len);
	if (memcmp(b->want, got, len))
		bench_die("another digest than before");
}

static void bare_pbkdf2(void *ctx)
{
	struct bench *b = ctx;
	unsigned char got[32];

	if (!PKCS5_PBKDF2_HMAC(PASSWORD, (int)strlen(PASSWORD), (unsigned char *)b->salt,
			       (int)strlen(b->salt), (int)b->cost[0], EVP_sha256(), 32, got))
		bench_die("PKCS5_PBKDF2_HMAC");
	compare(b, got, sizeof(got));
}

static void bare_scrypt(void *ctx)
{
	struct bench *b = ctx;
	unsigned char got[64];

	if (!EVP_PBE_scrypt(PASSWORD, strlen(PASSWORD), (unsigned char *)b->salt,
			    strlen(b->salt), b->cost[0], b->cost[1], b->cost[2], 64 << 20, got,
			    sizeof(got)))
		bench_die("EVP_PBE_scrypt");
	compare(b, got, sizeof(got));
}

/* $P$ by hand: the digest fetched once, its context kept. */
static void bare_phpass(void *ctx)
{
	struct bench *b = ctx;
	unsigned char got[16];
	const void *head = b->hash + 4;
	size_t head_len = 8;

	for (unsigned long i = 0; i <= 1ul << 13; i++) {
		if (!EVP_DigestInit_ex2(b->ctx, b->md5, NULL) ||
		    !EVP_DigestUpdate(b->ctx, head, head_len) ||
		    !EVP_DigestUpdate(b->ctx, PASSWORD, strlen(PASSWORD)) ||
		    !EVP_DigestFinal_ex(b->ctx, got, NULL))
			bench_die("EVP_Digest");
		head = got;
		head_len = sizeof(got);
	}
	compare(b, got, sizeof(got));
}

/* --- the rows -------------------------------------------------------------------------- */
static const struct row {
	const char *name, *scheme, *baseline;
	bench_fn *bare;
	struct password_cost costs[3];
	const char *form;               /* how the parameters of `bare` stand in the hash */
} rows[] = {
	{ "hash/argon2-19m", "argon2/argon2id-v19", "argon2id_verify of libargon2", bare_argon2,
	  { { "memory_kib", 19456 }, { "iterations", 2 }, { "parallelism", 1 } }, NULL },
	{ "hash/argon2-46m", "argon2/argon2id-v19", "argon2id_verify of libargon2", bare_argon2,
	  { { "memory_kib", 47104 }, { "iterations", 1 }, { "parallelism", 1 } }, NULL },
	{ "hash/bcrypt", "bcrypt/2b", "crypt_r of libxcrypt", bare_crypt,
	  { { "cost", 8 } }, NULL },
	{ "hash/sha512crypt", "crypt/sha512crypt", "crypt_r of libxcrypt", bare_crypt,
	  { { "rounds", 5000 } }, NULL },
	{ "hash/yescrypt", "crypt/yescrypt", "crypt_r of libxcrypt", bare_crypt,
	  { { NULL, 0 } }, NULL },
	{ "hash/pbkdf2", "django/pbkdf2_sha256", "PKCS5_PBKDF2_HMAC of OpenSSL", bare_pbkdf2,
	  { { "iterations", 20000 } }, "pbkdf2_sha256$%1$u$%4$127[^$]" },
	{ "hash/scrypt", "django/scrypt", "EVP_PBE_scrypt of OpenSSL", bare_scrypt,
	  { { "log2", 14 }, { "block_size", 8 }, { "parallelism", 1 } },
	  "scrypt$%1$u$%4$127[^$]$%2$u$%3$u" },
	{ "hash/phpass", "phpass/P", "8,193 MD5 of OpenSSL", bare_phpass, { { "log2", 13 } },
	  NULL },
};

static void run(const struct row *row)
{
	struct bench b;
	struct bench_pair pair = { ours, row->bare, &b, CLOCK_THREAD_CPUTIME_ID };
	size_t ncosts = 0;

	while (ncosts < 3 && row->costs[ncosts].name)
		ncosts++;
	open_bench(&b, row->scheme, row->costs, ncosts);
	if (row->form && sscanf(b.hash, row->form, &b.cost[0], &b.cost[1], &b.cost[2], b.salt) < 2)
		bench_die(row->scheme);
	bench_row(row->name, row->baseline, &pair);
	close_bench(&b);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run(&rows[i]);
	return 0;
}
