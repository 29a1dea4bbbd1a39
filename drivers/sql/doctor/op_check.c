/* drivers/sql/doctor/op_check.c - what the catalogue says against the mapping, for people; and the
 * making of our own table, where the connection uses it.  Threads: the session's.
 */
#include "sql/doctor/doctor.h"
#include "sql/ops.h"
#include "sql/call/schema.h"
#include "sql/user/credential.h"

#include <string.h>

static int uses_own_schema(const struct session *s)
{
	const char *table = s->plan->mapping->table;

	return table && !strcmp(table, SCHEMA_TABLE);
}

static int create_schema(struct session *s, struct idbc_error *err)
{
	int rc = uses_own_schema(s) ? schema_create(s, err) : IDBC_OK;

	if (rc == IDBC_OK && s->plan->intents)
		rc = schema_create_intents(s, s->plan->intents, err);
	return rc == IDBC_OK ? instance_replan(s, err) : rc;
}

static int report(struct session *s, struct idbc_findings *findings, struct idbc_error *err)
{
	for (size_t i = 0; i < s->plan->nfindings; i++) {
		const struct plan_finding *f = &s->plan->findings[i];

		if (findings->add(findings, f->severity, f->code, f->key, f->text, f->remedy))
			return call_nomem(s, err);
	}
	return IDBC_OK;
}

/* The survey tells it better; a connection that opens learns that no login need try. */
static int tell_room(struct session *s, struct idbc_findings *findings, struct idbc_error *err)
{
	const struct instance *in = s->instance;

	if (!in->upgrades || !(s->plan->operations & OP_LOGIN) ||
	    credential_has_room(s->plan, in->hash_width, in->salt_width))
		return IDBC_OK;
	if (findings->add(findings, IDBC_WARNING, "column-too-narrow", "users.password.col",
			  "no login stores a password anew: it would be cut", ""))
		return call_nomem(s, err);
	return IDBC_OK;
}

/* "trust" saves short-lived processes the catalogue; who asks for a check wants it.  A
 * connection that is checked has this one session. */
static int look_closely(struct session *s, struct idbc_error *err)
{
	if (!s->instance->trusted)
		return IDBC_OK;
	s->instance->trusted = 0;
	return instance_replan(s, err);
}

int op_check(void *self, int64_t deadline_ns, uint32_t flags, struct idbc_findings *findings,
	     struct idbc_error *err)
{
	struct session *s = self;
	int rc = call_begin(s, deadline_ns, 0, err);

	if (rc == IDBC_OK && (flags & IDBC_WANT_CREATE) &&
	    (uses_own_schema(s) || s->plan->intents))
		rc = create_schema(s, err);
	if (rc == IDBC_OK && (flags & (IDBC_WANT_SURVEY | IDBC_WANT_GRANTS)))
		rc = look_closely(s, err);
	if (rc == IDBC_OK)
		rc = report(s, findings, err);
	if (rc == IDBC_OK && !(flags & IDBC_WANT_SURVEY) && !s->plan->error)
		rc = tell_room(s, findings, err);
	if (rc == IDBC_OK && (flags & (IDBC_WANT_SURVEY | IDBC_WANT_GRANTS)))
		rc = doctor_survey(s, flags, findings, err);
	return rc;
}
