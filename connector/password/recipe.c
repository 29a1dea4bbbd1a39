/* connector/password/recipe.c - parser and evaluator of recipes.
 *
 * The tree is an array of nodes; a node's operands come before it.  Intermediate values
 * are wiped.  Threads: any, a recipe is immutable.  Lock: none.
 */
#include "password/recipe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODES_MAX  64u
#define VALUE_MAX  65536u
#define DEPTH_MAX  16u
#define TEXT_MAX   256u

enum kind { KIND_NAME, KIND_TEXT, KIND_JOIN, KIND_DIGEST, KIND_HMAC, KIND_HEX, KIND_B64, KIND_LOWER,
	    KIND_UPPER, KIND_TRIM };

struct node {
	enum kind kind;
	uint32_t which;         /* the name, the digest, or where a text begins */
	int a, b;               /* operands, -1: none */
};
struct recipe {
	struct node node[NODES_MAX];
	int n, top;
	char text[TEXT_MAX];    /* quoted ones, each with its NUL */
	size_t ntext;
	uint32_t uses;          /* bit 1u << enum recipe_name */
};

static const char *const names[RECIPE_NAMES] = {
	"password", "salt", "username", "email", "pepper",
};
static const struct {
	const char *name;
	enum kind kind;
	enum digest digest;
} functions[] = {
	{ "md5", KIND_DIGEST, DIGEST_MD5 }, { "sha1", KIND_DIGEST, DIGEST_SHA1 },
	{ "sha256", KIND_DIGEST, DIGEST_SHA256 }, { "sha512", KIND_DIGEST, DIGEST_SHA512 },
	{ "hmac_md5", KIND_HMAC, DIGEST_MD5 }, { "hmac_sha1", KIND_HMAC, DIGEST_SHA1 },
	{ "hmac_sha256", KIND_HMAC, DIGEST_SHA256 }, { "hmac_sha512", KIND_HMAC, DIGEST_SHA512 },
	{ "hex", KIND_HEX, 0 }, { "b64", KIND_B64, 0 }, { "lower", KIND_LOWER, 0 },
	{ "upper", KIND_UPPER, 0 }, { "trim", KIND_TRIM, 0 },
};

struct parser {
	struct recipe *recipe;
	const char *at;
	unsigned depth;
	char *why;
	size_t cap;
};

static int complain(struct parser *p, const char *what)
{
	if (!*p->why)
		snprintf(p->why, p->cap, "%s at \"%.24s\"", what, *p->at ? p->at : "the end");
	return -1;
}

static void skip_blanks(struct parser *p)
{
	p->at += strspn(p->at, " \t\n");
}

static int expect(struct parser *p, char c, const char *what)
{
	skip_blanks(p);
	if (*p->at != c)
		return complain(p, what);
	p->at++;
	return 0;
}

static int add_node(struct parser *p, enum kind kind, uint32_t which, int a, int b)
{
	struct recipe *r = p->recipe;

	if (r->n == NODES_MAX)
		return complain(p, "too long a recipe");
	r->node[r->n] = (struct node){ kind, which, a, b };
	return r->n++;
}

static int parse_join(struct parser *p);

static int parse_call(struct parser *p, enum kind kind, enum digest digest)
{
	int a, b = -1;

	if (expect(p, '(', "expected ("))
		return -1;
	a = parse_join(p);
	if (a >= 0 && kind == KIND_HMAC) {
		if (expect(p, ',', "expected a comma: key, data"))
			return -1;
		b = parse_join(p);
		if (b < 0)
			return -1;
	}
	if (a < 0 || expect(p, ')', "expected )"))
		return -1;
	return add_node(p, kind, digest, a, b);
}

/* "--": visible ASCII as it stands, to the next quote. */
static int parse_text(struct parser *p)
{
	struct recipe *r = p->recipe;
	size_t len = 0, at = r->ntext;

	while (p->at[1 + len] >= ' ' && p->at[1 + len] <= '~' && p->at[1 + len] != '"')
		len++;
	if (!len || p->at[1 + len] != '"')
		return complain(p, "expected a text and its closing quote");
	if (len >= TEXT_MAX - at)
		return complain(p, "too much text");
	memcpy(r->text + at, p->at + 1, len);
	r->ntext = at + len + 1;
	p->at += len + 2;
	return add_node(p, KIND_TEXT, (uint32_t)at, -1, -1);
}

static int parse_word(struct parser *p)
{
	size_t len;

	skip_blanks(p);
	if (*p->at == '"')
		return parse_text(p);
	len = strspn(p->at, "abcdefghijklmnopqrstuvwxyz0123456789_");
	for (uint32_t i = 0; i < RECIPE_NAMES; i++)
		if (strlen(names[i]) == len && !memcmp(names[i], p->at, len)) {
			p->at += len;
			p->recipe->uses |= 1u << i;
			return add_node(p, KIND_NAME, i, -1, -1);
		}
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (strlen(functions[i].name) == len && !memcmp(functions[i].name, p->at, len)) {
			p->at += len;
			return parse_call(p, functions[i].kind, functions[i].digest);
		}
	return complain(p, len ? "unknown word" : "expected a function or a name");
}

static int parse_join(struct parser *p)
{
	int left, right;

	if (p->depth == DEPTH_MAX)
		return complain(p, "too deep a recipe");
	p->depth++;
	left = parse_word(p);
	for (skip_blanks(p); left >= 0 && *p->at == '.'; skip_blanks(p)) {
		p->at++;
		right = parse_word(p);
		left = right < 0 ? -1 : add_node(p, KIND_JOIN, 0, left, right);
	}
	p->depth--;
	return left;
}

/* 1 if the password reaches the result without passing a digest. */
static int shows_password(const struct recipe *r, int i)
{
	const struct node *n = &r->node[i];

	if (n->kind == KIND_NAME)
		return n->which == RECIPE_PASSWORD;
	if (n->kind == KIND_DIGEST || n->kind == KIND_HMAC || n->kind == KIND_TEXT)
		return 0;
	return shows_password(r, n->a) || (n->b >= 0 && shows_password(r, n->b));
}

int recipe_parse(const char *text, struct recipe **out, char *why, size_t cap)
{
	struct parser p = { calloc(1, sizeof(struct recipe)), text, 0, why, cap };
	int rc = -1;

	*why = '\0';
	if (!p.recipe)
		return -1;
	p.recipe->top = parse_join(&p);
	if (p.recipe->top >= 0) {
		if (*p.at)
			complain(&p, "more than one expression");
		else if (!(p.recipe->uses & 1u << RECIPE_PASSWORD))
			snprintf(why, cap, "the password is not in it");
		else if (shows_password(p.recipe, p.recipe->top))
			snprintf(why, cap, "the password passes no digest");
		else
			rc = 0;
	}
	if (rc)
		recipe_free(p.recipe);
	else
		*out = p.recipe;
	return rc;
}

void recipe_free(struct recipe *r)
{
	free(r);
}

int recipe_uses(const struct recipe *r, enum recipe_name name)
{
	return (r->uses >> name & 1) != 0;
}

/* How many bytes an expression gives, or -1: it depends. */
static int64_t fixed_length(const struct recipe *r, int i)
{
	const struct node *n = &r->node[i];
	int64_t a, b;

	switch (n->kind) {
	case KIND_DIGEST: case KIND_HMAC:
		return (int64_t)digest_bytes((enum digest)n->which);
	case KIND_TEXT:
		return (int64_t)strlen(r->text + n->which);
	case KIND_NAME: case KIND_TRIM:
		return -1;
	case KIND_JOIN:
		a = fixed_length(r, n->a);
		b = fixed_length(r, n->b);
		return a < 0 || b < 0 ? -1 : a + b;
	case KIND_HEX: case KIND_B64:
		a = fixed_length(r, n->a);
		if (a < 0)
			return -1;
		return n->kind == KIND_HEX ? 2 * a : (a + 2) / 3 * 4;
	default:
		return fixed_length(r, n->a);
	}
}

/* Under lower() and upper() hexadecimal is still hexadecimal: it is compared decoded. */
static int is_hex_result(const struct recipe *r)
{
	int i = r->top;

	while (r->node[i].kind == KIND_LOWER || r->node[i].kind == KIND_UPPER)
		i = r->node[i].a;
	return r->node[i].kind == KIND_HEX;
}

int recipe_fits(const struct recipe *r, const struct idbc_str *stored)
{
	int64_t len = fixed_length(r, r->top);

	if (!stored->len || (len >= 0 && stored->len != (size_t)len))
		return 0;
	return !is_hex_result(r) || str_is_hex(stored);
}

static int eval(const struct recipe *r, int i, const struct recipe_values *v, struct buf *out);

static struct idbc_str buf_str(const struct buf *b)
{
	struct idbc_str s = { b->len ? b->ptr : "", b->len };

	return s;
}

static int eval_digest(const struct node *n, const struct idbc_str *a,
	const struct idbc_str *b, struct buf *out)
{
	unsigned char digest[DIGEST_MAX_BYTES];
	enum digest d = (enum digest)n->which;
	int rc;

	rc = n->kind == KIND_HMAC ? digest_hmac(d, a, b, digest) : digest_of(d, a, 1, digest);
	if (!rc)
		rc = buf_add(out, digest, digest_bytes(d));
	secret_wipe(digest, sizeof(digest));
	return rc;
}

/* ASCII only, as the old applications did it; bytes above it stay. */
static int eval_case(const struct idbc_str *a, char from, char to, struct buf *out)
{
	for (size_t i = 0; i < a->len; i++) {
		char c = a->ptr[i];
		if (c >= from && c <= from + 25)
			c = (char)(c - from + to);
		if (buf_add(out, &c, 1))
			return -1;
	}
	return 0;
}

static int eval_trim(struct idbc_str a, struct buf *out)
{
	while (a.len && memchr(" \t\n\r\0\x0b", a.ptr[0], 6)) {
		a.ptr++;
		a.len--;
	}
	while (a.len && memchr(" \t\n\r\0\x0b", a.ptr[a.len - 1], 6))
		a.len--;
	return buf_add(out, a.ptr, a.len);
}

static int eval_node(const struct node *n, const struct idbc_str *a, const struct idbc_str *b,
	struct buf *out)
{
	switch (n->kind) {
	case KIND_HEX:
		return hex_add(out, (const unsigned char *)a->ptr, a->len);
	case KIND_B64:
		return b64_add(out, B64_PADDED, (const unsigned char *)a->ptr, a->len);
	case KIND_LOWER:
		return eval_case(a, 'A', 'a', out);
	case KIND_UPPER:
		return eval_case(a, 'a', 'A', out);
	case KIND_TRIM:
		return eval_trim(*a, out);
	case KIND_JOIN:
		return buf_add(out, a->ptr, a->len) || buf_add(out, b->ptr, b->len);
	default:
		return eval_digest(n, a, b, out);
	}
}

static int eval(const struct recipe *r, int i, const struct recipe_values *v, struct buf *out)
{
	struct buf left = BUF_INIT(VALUE_MAX), right = BUF_INIT(VALUE_MAX);
	const struct node *n = &r->node[i];
	struct idbc_str a, b;
	int rc = 0;

	if (n->kind == KIND_NAME)
		return buf_add(out, v->value[n->which].ptr, v->value[n->which].len);
	if (n->kind == KIND_TEXT)
		return buf_add_str(out, r->text + n->which);
	rc = eval(r, n->a, v, &left);
	if (!rc && n->b >= 0)
		rc = eval(r, n->b, v, &right);
	a = buf_str(&left);
	b = buf_str(&right);
	if (!rc)
		rc = eval_node(n, &a, &b, out);
	buf_wipe(&left);
	buf_wipe(&right);
	return rc;
}

int recipe_make(const struct recipe *r, const struct recipe_values *v, struct buf *out)
{
	return eval(r, r->top, v, out);
}

/* Both in lower case if the result is hexadecimal: any case means the same bytes. */
static int same_text(const struct recipe *r, struct idbc_str got, const struct idbc_str *stored)
{
	struct buf a = BUF_INIT(VALUE_MAX), b = BUF_INIT(VALUE_MAX);
	int same = 0;

	if (!is_hex_result(r))
		return got.len == stored->len && secret_equal(got.ptr, stored->ptr, got.len);
	if (!eval_case(&got, 'A', 'a', &a) && !eval_case(stored, 'A', 'a', &b))
		same = a.len == b.len && secret_equal(a.ptr, b.ptr, a.len);
	buf_wipe(&a);
	buf_wipe(&b);
	return same;
}

int recipe_verify(const struct recipe *r, const struct recipe_values *v,
	const struct idbc_str *stored)
{
	struct buf got = BUF_INIT(VALUE_MAX);
	int rc = PASSWORD_FAILED;

	if (!recipe_make(r, v, &got))
		rc = same_text(r, buf_str(&got), stored) ? PASSWORD_MATCH : PASSWORD_MISMATCH;
	buf_wipe(&got);
	return rc;
}
