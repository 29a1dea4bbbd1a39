/* check.c - does the directory know what the mapping names: the base, the attributes and the
 * object classes of its schema.  Threads: the session's own.
 */
#include "ldap_driver.h"

#include <ldap_schema.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct word {                   /* an attribute or class of the mapping */
	const char *name;
	char key[128], *canonical;
	int known;
};
struct look {
	struct session *s;
	struct idbc_findings *findings;
	struct word *attrs, *classes;
	size_t nattrs, nclasses;
	char *subschema;
	int seen, nomem;
};

static void add_finding(struct look *l, uint32_t severity, const char *code, const char *key,
			const char *text, const char *remedy)
{
	l->nomem |= l->findings->add(l->findings, severity, code, key, text, remedy) != 0;
}

/* --- what the mapping names -------------------------------------------------------------- */
static void put_word(struct word *words, size_t *n, const char *name, const char *key,
		     const char *of)
{
	const char *option = strchr(name, ';');

	if (option)             /* "cn;lang-de" is an attribute's name with an option */
		return;
	words[*n].name = name;
	snprintf(words[*n].key, sizeof(words[*n].key), "%s%s", key, of);
	(*n)++;
}

static int list_words(struct look *l)
{
	const struct mapping *map = &l->s->in->map;
	size_t classes = 0;

	while (map->classes && map->classes[classes])
		classes++;
	l->attrs = calloc(map->nattrs + map->nfills + 2, sizeof(*l->attrs));
	l->classes = calloc(classes + 1, sizeof(*l->classes));
	if (!l->attrs || !l->classes)
		return -1;
	put_word(l->attrs, &l->nattrs, map->key.name, "users.key", "");
	for (size_t i = 0; i < map->nattrs; i++)
		put_word(l->attrs, &l->nattrs, map->attrs[i].name, "users.profile.",
			 map->attrs[i].field);
	for (size_t i = 0; i < map->nfills; i++)
		put_word(l->attrs, &l->nattrs, map->fills[i].name, "users.create.set.",
			 map->fills[i].name);
	if (map->rdn)
		put_word(l->attrs, &l->nattrs, map->rdn, "users.create.rdn", "");
	for (size_t i = 0; i < classes; i++)
		put_word(l->classes, &l->nclasses, map->classes[i], "users.create.object_class",
			 "");
	return 0;
}

static void free_words(struct word *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(words[i].canonical);
	free(words);
}

/* --- what the schema knows --------------------------------------------------------------- */
static void match(struct look *l, struct word *words, size_t n, char **names)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; names && names[j]; j++) {
			if (strcasecmp(words[i].name, names[j]) || words[i].known)
				continue;
			words[i].known = 1;
			words[i].canonical = j ? strdup(names[0]) : NULL;
			l->nomem |= j && !words[i].canonical;
		}
}

static void match_attribute(struct look *l, const char *text)
{
	int code;
	const char *where;
	LDAPAttributeType *type = ldap_str2attributetype(text, &code, &where,
							 LDAP_SCHEMA_ALLOW_ALL);

	if (type)
		match(l, l->attrs, l->nattrs, type->at_names);
	ldap_attributetype_free(type);
}

static void match_class(struct look *l, const char *text)
{
	int code;
	const char *where;
	LDAPObjectClass *class = ldap_str2objectclass(text, &code, &where, LDAP_SCHEMA_ALLOW_ALL);

	if (class)
		match(l, l->classes, l->nclasses, class->oc_names);
	ldap_objectclass_free(class);
}

static void each_value(struct look *l, LDAPMessage *entry, const char *attr,
		       void (*fn)(struct look *, const char *))
{
	struct berval **values = ldap_get_values_len(l->s->ld, entry, attr);

	for (size_t i = 0; values && values[i]; i++)
		fn(l, values[i]->bv_val);
	ldap_value_free_len(values);
}

static int on_schema(void *ctx, LDAPMessage *entry)
{
	struct look *l = ctx;

	each_value(l, entry, "attributeTypes", match_attribute);
	each_value(l, entry, "objectClasses", match_class);
	l->seen = 1;
	return 0;
}

static int on_base(void *ctx, LDAPMessage *entry)
{
	char name[] = "subschemaSubentry";
	const struct attr attr = { NULL, name, 0, 0 };
	struct look *l = ctx;
	struct berval *value = entry_value(l->s->ld, entry, &attr);

	if (value && !l->subschema)
		l->subschema = strndup(value->bv_val, value->bv_len);
	ber_bvfree(value);
	l->seen = 1;
	return 0;
}

/* --- saying it --------------------------------------------------------------------------- */
static void tell_words(struct look *l, const struct word *words, size_t n, const char *code)
{
	char text[320], remedy[160];

	for (size_t i = 0; i < n; i++) {
		if (words[i].known && !words[i].canonical)
			continue;
		snprintf(text, sizeof(text), "the directory's schema has no \"%.100s\"",
			 words[i].name);
		remedy[0] = '\0';
		if (words[i].canonical) {
			snprintf(text, sizeof(text), "\"%.100s\" is another name of \"%.100s\", "
				 "under which the directory answers", words[i].name,
				 words[i].canonical);
			snprintf(remedy, sizeof(remedy), "write \"%.100s\"", words[i].canonical);
		}
		add_finding(l, IDBC_ERROR, code, words[i].key, text, remedy);
	}
}

static int look_at_schema(struct look *l, int64_t deadline_ns, struct idbc_error *err)
{
	char attributes[] = "attributeTypes", classes[] = "objectClasses";
	char *attrs[] = { attributes, classes, NULL };
	int rc = IDBC_OK;

	l->seen = 0;
	if (l->subschema)
		rc = search_run(l->s, l->subschema, LDAP_SCOPE_BASE, "(objectClass=subschema)",
				attrs, deadline_ns, on_schema, l, err);
	if (IDBC_STATUS_CLASS(rc) == 3)
		return rc;
	if (!l->seen) {
		add_finding(l, IDBC_WARNING, "schema-hidden", "users.profile",
			    "the schema cannot be read: names of attributes are not checked", "");
		return IDBC_OK;
	}
	tell_words(l, l->attrs, l->nattrs, "missing-attribute");
	tell_words(l, l->classes, l->nclasses, "missing-class");
	return IDBC_OK;
}

static int look_at_base(struct look *l, int64_t deadline_ns, struct idbc_error *err)
{
	char name[] = "subschemaSubentry", *attrs[] = { name, NULL };
	int rc = search_run(l->s, l->s->in->base, LDAP_SCOPE_BASE, "(objectClass=*)", attrs,
			    deadline_ns, on_base, l, err);

	if (IDBC_STATUS_CLASS(rc) == 3 || rc == IDBC_NOMEM)
		return rc;
	if (rc != IDBC_OK || !l->seen)
		add_finding(l, IDBC_ERROR, "missing-base", "options.base",
			    "the directory has no such entry, or hides it from bind_dn", "");
	return IDBC_OK;
}

/* Neither keeps anybody out. */
static void look_at_habits(struct look *l)
{
	const struct instance *in = l->s->in;

	if (!in->dummy_dn)
		add_finding(l, IDBC_WARNING, "no-dummy", "options.dummy_dn",
			    "for users who are not there a bind is made as nobody: where stored "
			    "passwords are costly to compare, its time tells who is there",
			    "name an entry with a password of the same kind that nobody knows");
	if (!l->s->sealed)
		add_finding(l, IDBC_WARNING, "clear-text", "options.start_tls",
			    "passwords cross the connection in clear text", "\"start_tls\": true");
	if (!in->verify && l->s->sealed)
		add_finding(l, IDBC_WARNING, "not-verified", "options.tls.verify",
			    "whoever answers is believed to be the directory", "");
}

int op_check(void *self, int64_t deadline_ns, uint32_t flags, struct idbc_findings *findings,
	     struct idbc_error *err)
{
	struct session *s = self;
	struct look l = { .s = s, .findings = findings };
	int rc = wire_begin(s, deadline_ns, err);

	if (rc == IDBC_OK && list_words(&l))
		rc = wire_nomem(s, err);
	if (rc == IDBC_OK)
		rc = look_at_base(&l, deadline_ns, err);
	if (rc == IDBC_OK)
		rc = look_at_schema(&l, deadline_ns, err);
	if (rc == IDBC_OK && flags & IDBC_WANT_SURVEY)
		look_at_habits(&l);
	if (rc == IDBC_OK && l.nomem)
		rc = wire_nomem(s, err);
	free_words(l.attrs, l.nattrs);
	free_words(l.classes, l.nclasses);
	free(l.subschema);
	return rc;
}
