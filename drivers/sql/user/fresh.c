/* drivers/sql/user/fresh.c - ids that were never a user's, and identifiers claimed for one create
 * of a whole cluster.
 *
 * A claim is keyed by the database's own SHA-256 of the identifier in lower case: whatever fold
 * compares them, equal ones have one claim.  It ends with the transaction that made it, and the
 * cluster's certification lets one of two commit.  Threads: the session's.
 */
#include "sql/user/fresh.h"
#include "sql/plan/text.h"
#include "sql/user/intent.h"

#include <string.h>

/* --- ids ------------------------------------------------------------------------------- */

int fresh_id(struct session *s, const struct idbc_str *id, int *retired, struct idbc_error *err)
{
	uint32_t state = 0;
	int rc = intents_on(s) ? intent_state(s, id, &state, NULL, err) : IDBC_OK;

	*retired = 0;
	if (rc != IDBC_OK)
		return rc;
	if (state == PLAN_DELETING)
		return s->host->fail(s->host, err, IDBC_EXISTS, "user_exists",
				     "user already exists: a delete of this id is under way");
	*retired = state == PLAN_DELETED && !s->instance->reuse_ids;
	return IDBC_OK;
}

int fresh_refuse(struct session *s, struct idbc_error *err)
{
	return s->host->fail(s->host, err, IDBC_CONFLICT, "id_retired",
			     "this user_id was that of a user who was deleted");
}

int fresh_check(struct session *s, const struct idbc_str *id, struct idbc_error *err)
{
	int retired;
	int rc = fresh_id(s, id, &retired, err);

	return rc == IDBC_OK && retired ? fresh_refuse(s, err) : rc;
}

/* --- claims ---------------------------------------------------------------------------- */

/* Asked once per connection, which stays with its server. */
static int needs_claims(struct session *s, int *needed, struct idbc_error *err)
{
	const struct dialect *d = s->plan->dialect;
	int rc = IDBC_OK, alone = 1;

	*needed = 0;
	if (!intents_on(s) || d->serial != SERIAL_BEFORE || !d->alone)
		return IDBC_OK;
	if (!s->alone_known) {
		rc = call_is_alone(s, &alone, err);
		s->alone = alone;
		s->alone_known = rc == IDBC_OK;
	}
	*needed = !s->alone;
	return rc;
}

/* Those to log in with are one space of names. */
static char *claim_of(struct session *s, const char *field, const struct idbc_str *value)
{
	const char *space = mapping_logs_in(s->plan->mapping, field) ? "login" : field;
	size_t cap = value->len * 3 + 16;
	char *folded = arena_alloc(&s->arena, cap + 1);
	int64_t len = folded ? s->host->fold(s->host, IDBC_FOLD_LOWER, value, folded, cap) : -1;

	if (!folded)
		return NULL;
	if (len < 0)
		return arena_printf(&s->arena, "%s:%.*s", space, (int)value->len, value->ptr);
	return arena_printf(&s->arena, "%s:%.*s", space, (int)len, folded);
}

static int run(struct session *s, struct sql_text *text, const char *scope, const char *claim,
	       struct idbc_error *err)
{
	const struct idbc_value args[2] = { text_or_null(scope, strlen(scope)),
					    text_or_null(claim, strlen(claim)) };
	struct query q = { text->s, args, 2, s->plan->intents };
	int64_t rows;

	return text->failed ? call_nomem(s, err) : call_write(s, &q, &rows, NULL, err);
}

static int put(struct session *s, const char *scope, const char *claim, struct idbc_error *err)
{
	struct sql_text text = SQL_TEXT_INIT(&s->arena, s->plan->dialect);
	int rc;

	text_put(&text, "INSERT INTO %T (%I, %I, %I, %I, %I, %I, %I, %I)"
		 " VALUES (?, SHA2(?, 256), %d, '', '', 0, 0, 0)", s->plan->intents, "scope",
		 "native_id", "state", "connection", "token", "lease_end", "profile_store",
		 "written_at", PLAN_CREATING);
	rc = run(s, &text, scope, claim, err);
	if (rc != IDBC_EXISTS)
		return rc;
	call_clear(err);                /* what follows takes it away as well */
	return IDBC_OK;
}

static int take_away(struct session *s, const char *scope, const char *claim,
		     struct idbc_error *err)
{
	struct sql_text text = SQL_TEXT_INIT(&s->arena, s->plan->dialect);

	text_put(&text, "DELETE FROM %T WHERE %I = ? AND %I = SHA2(?, 256)", s->plan->intents,
		 "scope", "native_id");
	return run(s, &text, scope, claim, err);
}

static int claim_field(struct session *s, const struct idbc_field *field, struct idbc_error *err)
{
	struct idbc_str value = value_str(&field->value);
	char *scope, *claim;
	int rc;

	if (field->value.kind != IDBC_KIND_STR || !value.len ||
	    !mapping_is_unique(s->plan->mapping, field->name))
		return IDBC_OK;
	scope = arena_printf(&s->arena, "create:%s", s->plan->scope);
	claim = claim_of(s, field->name, &value);
	if (!scope || !claim)
		return call_nomem(s, err);
	rc = put(s, scope, claim, err);
	return rc == IDBC_OK ? take_away(s, scope, claim, err) : rc;
}

int fresh_claim(struct session *s, const struct idbc_field *fields, size_t nfields,
		struct idbc_error *err)
{
	int unclean = s->unclean, needed, rc = needs_claims(s, &needed, err);

	for (size_t i = 0; rc == IDBC_OK && needed && i < nfields; i++)
		rc = claim_field(s, &fields[i], err);
	if (rc == IDBC_OK)
		s->unclean = unclean;   /* a claim leaves nothing that a commit would keep */
	return rc;
}
