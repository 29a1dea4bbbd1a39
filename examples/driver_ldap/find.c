/* find.c - searches, and which of the entries found are the user asked for.
 *
 * The server compares as its schema says, mostly without regard to case and blanks; each entry
 * is compared again by the connector's own folds.  However many neighbours it sends, at most
 * two of each kind are kept.  Threads: the session's own.
 */
#include "ldap_driver.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

/* --- searching --------------------------------------------------------------------------- */
static int send_search(struct session *s, const char *base, int scope, const char *filter,
		       char **attrs, int64_t deadline_ns, int *msgid)
{
	int64_t left = deadline_ns - s->host->now_ns();
	struct timeval most = { left > 0 ? (left + SECOND - 1) / SECOND : 1, 0 };

	return ldap_search_ext(s->ld, base, scope, filter, attrs, 0, NULL, NULL, &most,
			       LDAP_NO_LIMIT, msgid);
}

static int search_done(struct session *s, LDAPMessage *message, int referred,
		       struct idbc_error *err)
{
	int code = wire_code(s->ld, message, NULL);

	if (code != LDAP_SUCCESS)
		return wire_fail(s, code, "search", err);
	if (referred && !s->in->ignore_referrals)
		return wire_fail(s, LDAP_REFERRAL, "a part of the tree is elsewhere", err);
	return IDBC_OK;
}

int search_run(struct session *s, const char *base, int scope, const char *filter, char **attrs,
	       int64_t deadline_ns, entry_fn *fn, void *ctx, struct idbc_error *err)
{
	LDAPMessage *message = NULL;
	int msgid, referred = 0;
	int code = send_search(s, base, scope, filter, attrs, deadline_ns, &msgid);

	if (code != LDAP_SUCCESS)
		return wire_fail(s, code, "search", err);
	for (;;) {
		int rc = wire_wait(s, s->ld, msgid, LDAP_MSG_ONE, deadline_ns, &message, err);

		if (rc != IDBC_OK)
			return rc;
		switch (ldap_msgtype(message)) {
		case LDAP_RES_SEARCH_RESULT:
			return search_done(s, message, referred, err);
		case LDAP_RES_SEARCH_REFERENCE:
			referred = 1;
			ldap_msgfree(message);
			break;
		case LDAP_RES_SEARCH_ENTRY:
			if (!fn(ctx, message))
				ldap_msgfree(message);
			break;
		default:
			ldap_msgfree(message);
		}
	}
}

/* --- choosing ---------------------------------------------------------------------------- */
static int has_id(struct find *f, LDAPMessage *entry, const char *id)
{
	struct berval *key = entry_value(f->s->ld, entry, &f->s->in->map.key);
	int same = key && id && key->bv_len == strlen(id) && !memcmp(key->bv_val, id, key->bv_len);

	f->no_key |= !key;
	ber_bvfree(key);
	return same;
}

static void compare(struct find *f, LDAPMessage *entry, struct kept *out)
{
	for (size_t i = 0; i < f->nfields; i++) {
		struct berval *value = entry_match(f->s, entry, f->fields[i], &f->identifier);

		if (!value)
			continue;
		if (value->bv_len == f->identifier.len &&
		    !memcmp(value->bv_val, f->identifier.ptr, value->bv_len))
			out->exact |= 1u << i;
		else
			out->folded |= 1u << i;
		ber_bvfree(value);
	}
}

/* How many of those kept are of the same kind in field i. */
static size_t count(const struct find *f, size_t i, int exact)
{
	size_t n = 0;

	for (size_t k = 0; k < f->nkept; k++)
		n += ((exact ? f->kept[k].exact : f->kept[k].folded) >> i) & 1u;
	return n;
}

static int is_wanted(const struct find *f, const struct kept *k)
{
	for (size_t i = 0; i < f->nfields; i++)
		if ((k->exact >> i & 1u && count(f, i, 1) < 2) ||
		    (k->folded >> i & 1u && count(f, i, 0) < 2))
			return 1;
	return 0;
}

static int on_entry(void *ctx, LDAPMessage *entry)
{
	struct find *f = ctx;
	struct kept k = { .entry = entry };

	if (has_id(f, entry, f->without))
		return 0;
	compare(f, entry, &k);
	f->unequal += !k.exact && !k.folded;
	if (!is_wanted(f, &k) || f->nkept == KEEP_MAX)
		return 0;
	f->kept[f->nkept++] = k;
	return 1;
}

/* In each field the exact ones alone if there are any. */
static void choose(struct find *f)
{
	for (size_t k = 0; k < f->nkept && f->n < 2; k++)
		for (size_t i = 0; i < f->nfields; i++) {
			uint32_t mask = count(f, i, 1) ? f->kept[k].exact : f->kept[k].folded;

			if (!(mask >> i & 1u))
				continue;
			f->entry[f->n] = f->kept[k].entry;
			f->in[f->n++] = f->fields[i];
			break;
		}
}

/* --- the filter -------------------------------------------------------------------------- */
/* What is stored in one spelling is asked for in that one. */
static void put_field(struct session *s, struct text *t, const struct attr *attr,
		      const struct idbc_str *identifier)
{
	struct idbc_str asked = *identifier;
	size_t room = identifier->len * 4 + 16;
	char *folded = NULL;
	int64_t len = -1;

	if (attr->fold == IDBC_FOLD_LOWER || attr->fold == IDBC_FOLD_UPPER ||
	    attr->fold == IDBC_FOLD_UCFIRST) {
		folded = malloc(room);
		if (folded)
			len = s->host->fold(s->host, attr->fold, identifier, folded, room);
		t->failed |= !folded;
	}
	if (len >= 0)
		asked = (struct idbc_str){ folded, (size_t)len };
	text_equal(t, attr->name, &asked);
	free(folded);
}

static int run(struct session *s, struct find *f, int64_t deadline_ns, struct idbc_error *err)
{
	struct text filter = { NULL, 0, 0, 0 };
	int rc;

	f->s = s;
	text_put(&filter, "(&");
	text_put(&filter, s->in->filter);
	text_put(&filter, "(|");
	for (size_t i = 0; i < f->nfields; i++)
		put_field(s, &filter, f->fields[i], &f->identifier);
	text_put(&filter, "))");
	if (filter.failed)
		rc = wire_nomem(s, err);
	else
		rc = search_run(s, s->in->base, s->in->scope, filter.s, s->in->wanted,
				deadline_ns, on_entry, f, err);
	free(filter.s);
	if (rc == IDBC_OK && f->no_key)
		rc = s->host->fail(s->host, err, IDBC_DATA, "", "an entry found has no \"%s\"",
				   s->in->map.key.name);
	if (rc == IDBC_OK)
		choose(f);
	else
		find_free(f);
	return rc;
}

static void add_field(struct find *f, const struct attr *attr)
{
	if (attr && f->nfields < MAX_LOGIN)
		f->fields[f->nfields++] = attr;
}

int find_by(struct session *s, uint32_t by, const struct idbc_str *identifier,
	    int64_t deadline_ns, struct find *out, struct idbc_error *err)
{
	const struct mapping *map = &s->in->map;

	*out = (struct find){ .identifier = *identifier };
	for (size_t i = 0; by == IDBC_BY_LOGIN && i < map->nlogin; i++)
		add_field(out, mapping_by(map, map->login_by[i]));
	if (by != IDBC_BY_LOGIN)
		add_field(out, mapping_by(map, by));
	if (!out->nfields)
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
				     "no attribute is mapped for this kind of identifier");
	if (!identifier->len)
		return s->host->fail(s->host, err, IDBC_INVALID, "", "an empty identifier");
	return run(s, out, deadline_ns, err);
}

int find_value(struct session *s, const struct idbc_str *value, const char *without,
	       int64_t deadline_ns, struct find *out, struct idbc_error *err)
{
	struct find f = *out;           /* the fields to look in are set */

	f.identifier = *value;
	f.without = without;
	*out = f;
	return run(s, out, deadline_ns, err);
}

void find_free(struct find *f)
{
	for (size_t k = 0; k < f->nkept; k++)
		ldap_msgfree(f->kept[k].entry);
	f->nkept = f->n = 0;
}

int find_one(const struct find *f, struct idbc_error *err)
{
	const struct idbc_host *host = f->s->host;

	if (f->n == 1)
		return IDBC_OK;
	if (f->n)
		return host->fail(host, err, IDBC_AMBIGUOUS, "", "more than one user matches");
	return host->fail(host, err, IDBC_NO_USER, "", "no such user");
}

/* --- one entry by its name --------------------------------------------------------------- */
static int take_entry(void *ctx, LDAPMessage *entry)
{
	LDAPMessage **out = ctx;

	if (*out)
		return 0;
	*out = entry;
	return 1;
}

int entry_at(struct session *s, const char *dn, int64_t deadline_ns, LDAPMessage **out,
	     struct idbc_error *err)
{
	LDAPMessage *entry = NULL;
	int rc = search_run(s, dn, LDAP_SCOPE_BASE, s->in->filter, s->in->wanted, deadline_ns,
			    take_entry, &entry, err);

	if (rc == IDBC_OK && !entry)
		rc = s->host->fail(s->host, err, IDBC_CONFIG, "schema",
				   "the filter does not find what was created");
	if (rc == IDBC_OK)
		*out = entry;
	else
		ldap_msgfree(entry);
	return rc;
}
