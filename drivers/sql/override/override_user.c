/* drivers/sql/override/override_user.c - whom an operation in SQL of the author's own is about: read
 * in the operation's transaction by sql.getUser, else by the mapping, whose row is locked.
 * Threads: the session's.
 */
#include "sql/override/override.h"
#include "sql/user/key.h"

#include <string.h>

/* --- reading him -------------------------------------------------------------------- */

static int take_answer(struct session *s, const struct answered *found, struct subject *out)
{
	struct idbc_value key = key_bind(s, &found->id);

	out->id = found->id;
	out->answered = arena_alloc(&s->arena, sizeof(*out->answered));
	if (!out->answered || params_now(s, &out->params))
		return -1;
	*out->answered = *found;
	for (size_t i = 0; i < found->nfields; i++)
		if (params_put(s, &out->params, found->fields[i].name, &found->fields[i].value))
			return -1;
	return params_id(s, &out->params, &key);
}

/* Whoever moved is found by the driver that moved him. */
static int has_moved(const struct session *s, const struct answered *user)
{
	const struct idbc_value *v = fields_get(user->fields, user->nfields, "migrated");

	return !s->instance->lower && v && v->kind == IDBC_KIND_BOOL && v->u.i64;
}

static int one_answer(struct session *s, uint32_t operation, uint32_t by,
		      const struct idbc_str *asked, struct answered *out, struct idbc_error *err)
{
	struct answer found;
	int rc = override_find(s, operation, by, asked, &found, err);

	if (rc != IDBC_OK)
		return rc;
	if (found.n != 1)
		return found.n ? call_ambiguous(s, err) : call_no_user(s, err);
	if (has_moved(s, &found.users[0]))
		return call_no_user(s, err);
	*out = found.users[0];
	return IDBC_OK;
}

static int by_answer(struct session *s, uint32_t operation, uint32_t by,
		     const struct idbc_str *asked, struct subject *out, struct idbc_error *err)
{
	struct answered found;
	int rc = one_answer(s, operation, by, asked, &found, err);

	if (rc != IDBC_OK)
		return rc;
	return take_answer(s, &found, out) ? call_nomem(s, err) : IDBC_OK;
}

static int by_mapping(struct session *s, uint32_t by, const struct idbc_str *asked,
		      struct subject *out, struct idbc_error *err)
{
	struct idbc_str id = *asked;
	struct idbc_field *fields;
	size_t nfields;
	int rc = IDBC_OK, bad;

	if (by != IDBC_BY_USER_ID)
		rc = lookup_id(s, by, asked, &id, err);
	if (rc == IDBC_OK)
		rc = user_lock(s, &id, by, by == IDBC_BY_USER_ID ? NULL : asked, &out->user, err);
	if (rc != IDBC_OK)
		return rc;
	out->id = out->user.id;
	bad = user_fields(s, &out->user, &fields, &nfields) || params_now(s, &out->params);
	for (size_t i = 0; !bad && i < nfields; i++)
		bad = params_put(s, &out->params, fields[i].name, &fields[i].value);
	if (!bad)
		bad = params_id(s, &out->params, &out->user.key);
	return bad ? call_nomem(s, err) : IDBC_OK;
}

int subject_read(struct session *s, uint32_t by, const struct idbc_str *asked,
		 struct subject *out, struct idbc_error *err)
{
	const struct mapping *m = s->plan->mapping;
	int rc;

	memset(out, 0, sizeof(*out));
	if (override_reads(m, MAP_GET_USER, by))
		rc = by_answer(s, MAP_GET_USER, by, asked, out, err);
	else if (by <= IDBC_BY_PHONE && s->plan->read[by].sql)
		rc = by_mapping(s, by, asked, out, err);
	else if (override_reads(m, MAP_LOGIN, by))
		rc = by_answer(s, MAP_LOGIN, by, asked, out, err);
	else
		return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
				     "neither the mapping nor sql.getUser knows such an identifier");
	if (rc == IDBC_OK && by == IDBC_BY_LOGIN && params_text(s, &out->params, "login", asked))
		return call_nomem(s, err);
	return rc;
}

const struct idbc_value *subject_field(const struct subject *u, const char *name)
{
	return fields_get(u->params.items, u->params.n, name);
}

/* --- his stored password ------------------------------------------------------------ */

static int same_part(const struct answered *user, const struct idbc_field *parts, size_t nparts,
		     const char *name)
{
	const struct idbc_value *stored = fields_get(user->parts, user->nparts, name);
	const struct idbc_value *wanted = fields_get(parts, nparts, name);
	struct idbc_str a = { "", 0 }, b = { "", 0 };

	if (!stored)
		return 1;
	a = value_str(stored);
	if (wanted)
		b = value_str(wanted);
	return str_equal(&a, &b);
}

/* Another read that shows the password of the same user. */
static int find_credential(struct session *s, const struct subject *u, struct answered *out,
			   struct idbc_error *err)
{
	static const uint32_t kinds[] = { IDBC_BY_EMAIL, IDBC_BY_USERNAME, IDBC_BY_PHONE };
	const struct mapping *m = s->plan->mapping;

	if (override_reads(m, MAP_LOGIN, IDBC_BY_USER_ID))
		return one_answer(s, MAP_LOGIN, IDBC_BY_USER_ID, &u->id, out, err);
	for (int i = 0; i < 3; i++) {
		const struct idbc_value *v = subject_field(u, mapping_by_field(kinds[i]));
		struct idbc_str value = { "", 0 };
		int rc;

		if (v)
			value = value_str(v);
		if (!value.len || !override_reads(m, MAP_LOGIN, kinds[i]))
			continue;
		rc = one_answer(s, MAP_LOGIN, kinds[i], &value, out, err);
		if (rc == IDBC_OK && !str_equal(&out->id, &u->id))
			return call_no_user(s, err);
		return rc;
	}
	return s->host->fail(s->host, err, IDBC_UNSUPPORTED, "not_mapped",
			     "no read of one user shows his stored password");
}

int subject_has_credential(struct session *s, const struct subject *u,
			   const struct idbc_field *parts, size_t nparts, struct idbc_error *err)
{
	struct answered found;
	int same, rc = IDBC_OK;

	if (u->user.values && mapping_has(&s->plan->mapping->pw_hash)) {
		same = user_has_credential(s, &u->user, parts, nparts);
	} else {
		if (u->answered && fields_get(u->answered->parts, u->answered->nparts, "hash"))
			found = *u->answered;
		else
			rc = find_credential(s, u, &found, err);
		if (rc != IDBC_OK)
			return rc;
		same = same_part(&found, parts, nparts, "hash") &&
		       same_part(&found, parts, nparts, "salt");
	}
	if (same)
		return IDBC_OK;
	return s->host->fail(s->host, err, IDBC_CONFLICT, "credential_changed",
			     "the password is another one by now");
}
