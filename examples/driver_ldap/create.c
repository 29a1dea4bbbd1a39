/* create.c - a new user: one entry, and its password.
 *
 * A directory has no unique index unless its administrator made one: so the values are looked
 * for before the entry is added and again afterwards, and of two that were added at once at
 * most one stays.  Threads: the session's own.
 */
#include "ldap_driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LONG_NAME 200           /* bytes; longer ones are beyond some servers' keys */

struct birth {
	struct session *s;
	const struct idbc_create_req *req;
	struct idbc_str password;
	struct draft draft;
	char *dn;
	LDAPMessage *entry;
	struct berval *id;
};

/* --- the entry --------------------------------------------------------------------------- */
static int bad_field(struct birth *b, const char *code, const char *name, struct idbc_error *err)
{
	const struct idbc_host *host = b->s->host;

	return host->fail(host, err, IDBC_INVALID, code, "field \"%s\" has no attribute that can "
			  "hold this", name);
}

/* entryUUID is the server's own. */
static int put_id(struct birth *b, const struct idbc_value *value, struct idbc_error *err)
{
	const struct idbc_host *host = b->s->host;
	const struct attr *key = &b->s->in->map.key;

	if (value->kind == IDBC_KIND_NULL)
		return IDBC_OK;
	if (!strcasecmp(key->name, "entryUUID") || value->kind != IDBC_KIND_STR)
		return host->fail(host, err, IDBC_UNSUPPORTED, "", "user ids are the directory's");
	draft_add(&b->draft, LDAP_MOD_ADD, key->name, value->u.str.ptr, value->u.str.len);
	return IDBC_OK;
}

static int put_field(struct birth *b, const struct idbc_field *field, struct idbc_error *err)
{
	const struct attr *attr = mapping_field(&b->s->in->map, field->name);
	struct berval value;
	int rc;

	if (!strcmp(field->name, "user_id"))
		return put_id(b, &field->value, err);
	if (!attr && (b->s->in->map.ignore_unmapped || field->value.kind == IDBC_KIND_NULL))
		return IDBC_OK;
	if (!attr)
		return bad_field(b, "unmapped_field", field->name, err);
	rc = entry_write(attr, &field->value, &value);
	if (rc == -1)
		return bad_field(b, "unmapped_field", field->name, err);
	if (rc == -2)
		return wire_nomem(b->s, err);
	if (value.bv_val)
		draft_add(&b->draft, LDAP_MOD_ADD, attr->name, value.bv_val, value.bv_len);
	free(value.bv_val);
	return IDBC_OK;
}

/* "$field" is what that field's attribute got, anything else is itself. */
static void fill(struct birth *b, const struct fill *f)
{
	for (size_t i = 0; f->from[i]; i++) {
		const char *word = f->from[i];
		const struct attr *attr;
		const struct berval *value;

		if (word[0] != '$') {
			draft_add(&b->draft, LDAP_MOD_ADD, f->name, word, strlen(word));
			return;
		}
		attr = mapping_field(&b->s->in->map, word + 1);
		value = attr ? draft_value(&b->draft, attr->name) : NULL;
		if (value && value->bv_len) {
			draft_add(&b->draft, LDAP_MOD_ADD, f->name, value->bv_val, value->bv_len);
			return;
		}
	}
}

static const char *field_at(const struct mapping *map, const char *attribute)
{
	for (size_t i = 0; i < map->nattrs; i++)
		if (!strcasecmp(map->attrs[i].name, attribute))
			return map->attrs[i].field;
	return attribute;
}

static int name_it(struct birth *b, struct idbc_error *err)
{
	const struct mapping *map = &b->s->in->map;
	const struct berval *value = draft_value(&b->draft, map->rdn);
	char code[32];

	if (!value || !value->bv_len) {
		snprintf(code, sizeof(code), "%.20s_required", field_at(map, map->rdn));
		return b->s->host->fail(b->s->host, err, IDBC_INVALID, code,
					"the entry's name comes from \"%s\"", map->rdn);
	}
	b->dn = text_dn(map->parent, map->rdn, value);
	return b->dn ? IDBC_OK : wire_nomem(b->s, err);
}

static int write_down(struct birth *b, struct idbc_error *err)
{
	const struct mapping *map = &b->s->in->map;
	int rc = IDBC_OK;

	for (size_t i = 0; map->classes[i]; i++)
		draft_add(&b->draft, LDAP_MOD_ADD, "objectClass", map->classes[i],
			  strlen(map->classes[i]));
	for (size_t i = 0; rc == IDBC_OK && i < b->req->nfields; i++)
		rc = put_field(b, &b->req->fields[i], err);
	for (size_t i = 0; rc == IDBC_OK && i < map->nfills; i++)
		if (!draft_value(&b->draft, map->fills[i].name))
			fill(b, &map->fills[i]);
	if (rc == IDBC_OK && !password_is_extended(b->s))
		draft_add(&b->draft, LDAP_MOD_ADD, "userPassword", b->password.ptr,
			  b->password.len);
	if (rc == IDBC_OK && b->draft.failed)
		rc = wire_nomem(b->s, err);
	return rc == IDBC_OK ? name_it(b, err) : rc;
}

/* --- is it taken ------------------------------------------------------------------------- */
static int taken_by(struct birth *b, const char *own, int *older, struct idbc_error *err)
{
	static const uint32_t kinds[] = { IDBC_BY_EMAIL, IDBC_BY_USERNAME, IDBC_BY_PHONE };
	const struct mapping *map = &b->s->in->map;
	int rc = IDBC_OK;

	for (size_t i = 0; rc == IDBC_OK && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct attr *attr = mapping_by(map, kinds[i]);
		const struct berval *value = attr ? draft_value(&b->draft, attr->name) : NULL;
		struct idbc_str asked;

		if (!value)
			continue;
		asked = str_of(value);
		rc = taken(b->s, kinds[i], &asked, own, older, b->req->deadline_ns, err);
	}
	return rc;
}

static int wanted_id_taken(struct birth *b, struct idbc_error *err)
{
	const struct berval *id = draft_value(&b->draft, b->s->in->map.key.name);
	struct idbc_str asked;
	struct find f;
	int rc;

	if (!id)
		return IDBC_OK;
	asked = str_of(id);
	rc = find_by(b->s, IDBC_BY_USER_ID, &asked, b->req->deadline_ns, &f, err);
	if (rc != IDBC_OK)
		return rc;
	if (f.n)
		rc = b->s->host->fail(b->s->host, err, IDBC_EXISTS, "user_exists",
				      "user already exists");
	find_free(&f);
	return rc;
}

/* --- adding ------------------------------------------------------------------------------ */
/* OpenLDAP's own word for a name that its keys do not hold is "other". */
static int too_long(struct birth *b, struct idbc_error *err)
{
	const struct mapping *map = &b->s->in->map;
	char code[32];

	snprintf(code, sizeof(code), "%.20s_too_long", field_at(map, map->rdn));
	return b->s->host->fail(b->s->host, err, IDBC_INVALID, code,
				"too long for the entry's name, which comes from \"%s\"", map->rdn);
}

/* The overlay "unique" says "constraint violation", as others do: look what it meant. */
static int not_added(struct birth *b, int code, struct idbc_error *err)
{
	const struct mapping *map = &b->s->in->map;
	const struct attr *username = mapping_by(map, IDBC_BY_USERNAME);
	int rc = IDBC_OK;

	if (code == LDAP_ALREADY_EXISTS && username && !strcasecmp(username->name, map->rdn))
		return b->s->host->fail(b->s->host, err, IDBC_EXISTS, "username_exists",
					"user already exists");
	if (code == LDAP_OTHER && draft_value(&b->draft, map->rdn)->bv_len > LONG_NAME)
		return too_long(b, err);
	if (code == LDAP_CONSTRAINT_VIOLATION)
		rc = taken_by(b, NULL, NULL, err);
	return rc == IDBC_OK ? wire_fail(b->s, code, "new entry", err) : rc;
}

static int add(struct birth *b, struct idbc_error *err)
{
	struct session *s = b->s;
	int msgid, code = LDAP_OTHER;
	int sent = ldap_add_ext(s->ld, b->dn, b->draft.mods, NULL, NULL, &msgid);
	int rc = wire_write(s, sent, msgid, b->req->deadline_ns, &code, err);

	if (rc != IDBC_OK)
		return rc;
	return code == LDAP_SUCCESS ? IDBC_OK : not_added(b, code, err);
}

static int taken_since(void *ctx, int *older, struct idbc_error *err)
{
	struct birth *b = ctx;

	return taken_by(b, b->id->bv_val, older, err);
}

static int see(struct birth *b, struct idbc_error *err)
{
	int rc;

	ldap_msgfree(b->entry);
	b->entry = NULL;
	rc = entry_at(b->s, b->dn, b->req->deadline_ns, &b->entry, err);
	if (rc != IDBC_OK)
		return rc;
	ber_bvfree(b->id);
	b->id = entry_value(b->s->ld, b->entry, &b->s->in->map.key);
	if (b->id)
		return IDBC_OK;
	return b->s->host->fail(b->s->host, err, IDBC_DATA, "", "a new entry has no \"%s\"",
				b->s->in->map.key.name);
}

/* Whatever failed after it was added: it goes, or nobody knows. */
static int undo(struct birth *b, int rc, struct idbc_error *err)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;
	int code = LDAP_OTHER;

	err->effect = IDBC_EFFECT_UNKNOWN;
	if (b->s->host->now_ns() < b->req->deadline_ns &&
	    write_delete(b->s, b->dn, NULL, b->req->deadline_ns, &code, &ignored) == IDBC_OK &&
	    (code == LDAP_SUCCESS || code == LDAP_NO_SUCH_OBJECT))
		err->effect = IDBC_EFFECT_NONE;
	else
		b->s->host->log(b->s->host, IDBC_LOG_ERROR,
				"a new entry without a password may have stayed");
	return rc;
}

static int complete(struct birth *b, struct idbc_sink *sink, struct idbc_error *err)
{
	int rc = see(b, err);

	if (rc == IDBC_OK)
		rc = stays_alone(b->s, taken_since, b, b->req->deadline_ns, err);
	if (rc == IDBC_OK && password_is_extended(b->s))
		rc = write_password(b->s, b->dn, NULL, &b->password, b->req->deadline_ns, err);
	if (rc == IDBC_OK)
		rc = see(b, err);               /* with the time of that last change */
	if (rc == IDBC_OK)
		rc = entry_report(b->s, b->entry, NULL, NULL, sink, err);
	return rc == IDBC_OK ? rc : undo(b, rc, err);
}

static int may_hand_over(struct session *s, struct idbc_error *err)
{
	if (!s->in->map.rdn)
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
				     "users.create does not say what a new entry is");
	if (password_is_extended(s))
		return IDBC_OK;
	if (s->in->hand_over == HAND_OVER_EXTENDED)
		return s->host->fail(s->host, err, IDBC_CONFIG, "no_password_modify",
				     "the server has no Password Modify operation");
	return s->sealed ? IDBC_OK
			 : s->host->fail(s->host, err, IDBC_CONFIG, "clear_text",
					 "userPassword is written over TLS or ldapi:// alone");
}

static int run(struct birth *b, struct idbc_sink *sink, struct idbc_error *err)
{
	int rc = may_hand_over(b->s, err);

	if (rc == IDBC_OK)
		rc = password_part(b->s, b->req->credential, b->req->ncredential, &b->password,
				   err);
	if (rc == IDBC_OK)
		rc = write_down(b, err);
	if (rc == IDBC_OK)
		rc = wanted_id_taken(b, err);
	if (rc == IDBC_OK)
		rc = taken_by(b, NULL, NULL, err);
	if (rc == IDBC_OK)
		rc = add(b, err);
	return rc == IDBC_OK ? complete(b, sink, err) : rc;
}

int op_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
	      struct idbc_error *err)
{
	struct birth b = { .s = self, .req = req };
	int rc = wire_begin(b.s, req->deadline_ns, err);

	if (rc == IDBC_OK)
		rc = run(&b, sink, err);
	ber_bvfree(b.id);
	ldap_msgfree(b.entry);
	free(b.dn);
	draft_free(&b.draft);
	return rc;
}
