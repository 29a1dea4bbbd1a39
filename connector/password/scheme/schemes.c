/* connector/password/scheme/schemes.c - the table of families, and which one a text is of.
 *
 * Order matters: the first family that knows a text has it.  Threads: any.  Lock: none.
 */
#include <string.h>

#include "base/text.h"
#include "password/scheme/known.h"
#include "password/scheme/scheme.h"

static const struct family *const families[] = {
	&family_argon2,
	&family_bcrypt,
	&family_crypt,
	&family_phpass,
	&family_wordpress,
	&family_drupal,
	&family_django,
	&family_mediawiki,
	&family_werkzeug,
	&family_passlib,
	&family_ldap,
	&family_dovecot,
	&family_postgres,
	&family_mysql,
	&family_aspnet,
	&family_java,
	&family_cms,
	&family_forum,
	&family_database,
	&family_ruby,
	&family_nodejs,
	&family_go,
	&family_windows,
	&family_firebase,
	&family_sap,
	&family_raw,
};
#define FAMILIES (sizeof(families) / sizeof(families[0]))

const struct family *family_find(const char *name, size_t len)
{
	for (size_t i = 0; i < FAMILIES; i++)
		if (strlen(families[i]->name) == len && !memcmp(families[i]->name, name, len))
			return families[i];
	return NULL;
}

const struct family *scheme_family_at(size_t index)
{
	return index < FAMILIES ? families[index] : NULL;
}

const struct family *scheme_family(const struct scheme *scheme)
{
	return family_find(scheme->id, strcspn(scheme->id, "/"));
}

const struct scheme *scheme_find(const char *id)
{
	const struct family *f = family_find(id, strcspn(id, "/"));

	for (size_t i = 0; f && i < f->n; i++)
		if (!strcmp(f->schemes[i].id, id))
			return &f->schemes[i];
	return NULL;
}

int scheme_known(const char *name)
{
	return family_find(name, strlen(name)) || scheme_find(name) || known_name(name);
}

const char *scheme_nearest(const char *name)
{
	const char *names[512];
	size_t n = 0;

	for (size_t i = 0; i < FAMILIES; i++) {
		names[n++] = families[i]->name;
		for (size_t k = 0; k < families[i]->n && n < 480; k++)
			names[n++] = families[i]->schemes[k].id;
	}
	return text_nearest(name, names, n);
}

/* What the forms begin with that say what they are and have no mark in them. */
static const char *const unmarked[] = { "_", "A", "md5", "grub." };

/* Every other one has a mark, so nearly all clear text need not be shown to each family. */
static int may_be_self(const struct idbc_str *s)
{
	static const unsigned char mark[256] = {
		['$'] = 1, [':'] = 1, ['{'] = 1, ['|'] = 1, ['*'] = 1,
	};

	for (size_t i = 0; i < s->len; i++)
		if (mark[(unsigned char)s->ptr[i]])
			return 1;
	for (size_t i = 0; i < sizeof(unmarked) / sizeof(unmarked[0]); i++)
		if (str_begins(s, unmarked[i]))
			return 1;
	return 0;
}

int scheme_identify_self(const struct scheme_in *in, const struct scheme **out)
{
	if (!may_be_self(&in->hash))
		return NOT_MINE;
	for (size_t i = 0; i < FAMILIES; i++) {
		int rc = families[i]->identify(in, 0, out);
		if (rc != NOT_MINE)
			return rc;
	}
	return known_form(&in->hash) ? PASSWORD_UNSUPPORTED : NOT_MINE;
}

/* A form that several schemes share: digits of a digest, x:y. */
static int form_is_shared(const struct idbc_str *s)
{
	const char *colon = s->len ? memchr(s->ptr, ':', s->len) : NULL;
	struct idbc_str head = { s->ptr, colon ? (size_t)(colon - s->ptr) : 0 };

	if (head.len && str_only(&head, ENCODE_TEXT "+/=.-_") && colon + 1 < s->ptr + s->len)
		return 1;
	if (s->len == 13 && str_only(s, ENCODE_H64))
		return 1;
	return s->len >= 16 && s->len % 8 == 0 && str_is_hex(s);
}

/* Whatever a form of others is: visible, and not JSON. */
int form_is_likely(const struct idbc_str *s)
{
	for (size_t i = 0; i < s->len; i++)
		if (s->ptr[i] < ' ' || s->ptr[i] > '~')
			return 0;
	return !str_begins(s, "{\"");
}

int scheme_identify(const struct scheme_in *in, const struct scheme **out)
{
	int rc = scheme_identify_self(in, out);

	if (rc == PASSWORD_UNSUPPORTED && !form_is_likely(&in->hash))
		return PASSWORD_MALFORMED;
	if (rc != NOT_MINE)
		return rc;
	return form_is_shared(&in->hash) ? PASSWORD_UNSUPPORTED : PASSWORD_MALFORMED;
}

int form_is_digest_hex(const struct idbc_str *s)
{
	return (s->len == 32 || s->len == 40 || s->len == 64 || s->len == 128) && str_is_hex(s);
}

/* "S:" of Oracle, "0x" of SQL Server: letters, then nothing but hex. */
static int is_named_hex(const struct idbc_str *s)
{
	struct idbc_str tail = { "", 0 };

	if (s->len > 2)
		tail = str_from(s, 2);
	return tail.len >= 48 && str_is_hex(&tail) &&
	       (str_begins(s, "S:") || str_begins(s, "T:") || str_begins(s, "0x"));
}

/* Base64 of as many bytes as digests have, with the padding that those have. */
static int is_padded_digest(const struct idbc_str *s)
{
	unsigned char bytes[64];
	int64_t n = -1;

	if (s->len && s->len <= 88 && (s->ptr[s->len - 1] == '=' || s->len == 88))
		n = b64_decode(B64_PADDED, s, bytes, sizeof(bytes));
	if (n < 0 && s->len == 88)
		n = b64_decode(B64_URL, s, bytes, sizeof(bytes));
	return n == 16 || n == 20 || n == 32 || n == 64;
}

/* A digest and, behind a colon, its salt; or one alone. */
/* Of 64 bits in eleven characters the last has two that are 0.  One kind of characters
 * alone, such as 13 small letters, is a person's. */
static int is_des(const struct idbc_str *s)
{
	static const char *const kinds[] = {
		"abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "./0123456789",
	};

	if (s->len != 13 || !str_only(s, ENCODE_H64) || h64_value(s->ptr[12]) % 4)
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (str_only(s, kinds[i]))
			return 0;
	return 1;
}

int form_is_digest(const struct idbc_str *s)
{
	const char *colon = s->len ? memchr(s->ptr, ':', s->len) : NULL;
	struct idbc_str head = { s->ptr, colon ? (size_t)(colon - s->ptr) : s->len };

	if (colon && form_is_digest_hex(&head))
		return 1;
	if (!colon && str_is_hex(s) && (s->len == 16 || (s->len >= 32 && s->len % 2 == 0)))
		return 1;
	return is_named_hex(s) || is_padded_digest(s) || is_des(s);
}
