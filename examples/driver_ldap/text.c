/* text.c - filters and names, put together from parts that libldap escapes.
 * Threads: any; nothing shared.
 */
#include "ldap_driver.h"

#include <stdlib.h>
#include <string.h>

void text_add(struct text *t, const char *bytes, size_t len)
{
	size_t room = (t->len + len + 1) * 2;
	char *more;

	if (t->failed)
		return;
	if (t->len + len + 1 > t->room) {
		more = realloc(t->s, room);
		if (!more) {
			t->failed = 1;
			return;
		}
		t->s = more;
		t->room = room;
	}
	if (len)
		memcpy(t->s + t->len, bytes, len);
	t->len += len;
	t->s[t->len] = '\0';
}

void text_put(struct text *t, const char *word)
{
	text_add(t, word, strlen(word));
}

void text_equal(struct text *t, const char *attr, const struct idbc_str *value)
{
	struct berval raw = { value->len, (char *)value->ptr }, escaped = { 0, NULL };

	if (ldap_bv2escaped_filter_value(&raw, &escaped)) {
		t->failed = 1;
		return;
	}
	text_put(t, "(");
	text_put(t, attr);
	text_put(t, "=");
	text_add(t, escaped.bv_val, escaped.bv_len);
	text_put(t, ")");
	ber_memfree(escaped.bv_val);
}

/* The parent's parts behind a new first one. */
static char *dn_of(LDAPDN parent, LDAPAVA *first)
{
	LDAPAVA *rdn[2] = { first, NULL };
	struct berval text = { 0, NULL };
	size_t n = 0;
	LDAPRDN *dn;
	char *out = NULL;

	while (parent && parent[n])
		n++;
	dn = calloc(n + 2, sizeof(*dn));
	if (!dn)
		return NULL;
	dn[0] = rdn;
	for (size_t i = 0; i < n; i++)
		dn[i + 1] = parent[i];
	if (!ldap_dn2bv(dn, &text, LDAP_DN_FORMAT_LDAPV3))
		out = strndup(text.bv_val, text.bv_len);
	ber_memfree(text.bv_val);
	free(dn);
	return out;
}

char *text_dn(const char *parent, const char *attr, const struct berval *value)
{
	LDAPAVA first = { .la_attr = { strlen(attr), (char *)attr }, .la_value = *value,
		.la_flags = LDAP_AVA_STRING };
	LDAPDN above = NULL;
	char *out;

	if (ldap_str2dn(parent, &above, LDAP_DN_FORMAT_LDAPV3))
		return NULL;
	out = dn_of(above, &first);
	ldap_dnfree(above);
	return out;
}

struct idbc_str str_of(const struct berval *value)
{
	return (struct idbc_str){ value->bv_val, value->bv_len };
}

int is_utf8(const struct idbc_host *host, const struct idbc_str *s)
{
	char room[512], *out = s->len < sizeof(room) ? room : malloc(s->len + 1);
	int yes = out && host->fold(host, IDBC_FOLD_NONE, s, out, s->len + 1) >= 0;

	if (out != room)
		free(out);
	return yes;
}
