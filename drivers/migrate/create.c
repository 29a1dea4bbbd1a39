/* drivers/migrate/create.c - job: a new user goes to `to`, after `from` was asked as well.
 * Threads: any; no lock.
 */
#include <string.h>
#include "migrate.h"

static const struct idbc_str *asked(const struct idbc_create_req *req, const char *name)
{
	for (size_t i = 0; i < req->nfields; i++)
		if (!strcmp(req->fields[i].name, name) && req->fields[i].value.kind == IDBC_KIND_STR)
			return &req->fields[i].value.u.str;
	return NULL;
}

/* A kind of identifier that `from` does not have, or a form that none of its has, is free. */
static int is_free(int rc)
{
	return rc == IDBC_NO_USER || rc == IDBC_UNSUPPORTED || rc == IDBC_INVALID;
}

/* Who was moved counts in `to`, by what he is called there.  Who is being deleted counts until
 * he is gone. */
static int is_taken(struct migrate *m, const struct found *found, int64_t deadline_ns, int *taken,
		    struct idbc_error *err)
{
	struct known known;
	int rc = ask_known(m, &found->rows[0].id, deadline_ns, &known, err);

	if (rc == IDBC_OK)
		*taken = known.hidden || (!known.there && known.state == IDBC_MOVED_NOT);
	return rc;
}

static int unless_taken(struct migrate *m, uint32_t by, const struct idbc_str *value,
			const char *code, int64_t deadline_ns, struct idbc_error *err)
{
	struct found found;
	int rc, taken = 1;

	found_init(&found);
	rc = ask_user(m, m->from, by, value, deadline_ns, &found, err);
	if (rc == IDBC_OK)
		rc = is_taken(m, &found, deadline_ns, &taken, err);
	else if (rc == IDBC_AMBIGUOUS)
		rc = IDBC_OK;
	else if (is_free(rc))
		rc = taken = 0;
	found_free(&found);
	if (rc != IDBC_OK)
		return rc;
	ask_clear(err);
	return taken ? m->host->fail(m->host, err, IDBC_EXISTS, code, "user already exists") : IDBC_OK;
}

int migrate_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
		   struct idbc_error *err)
{
	struct migrate *m = self;
	const struct { const char *field, *code; uint32_t by; int login; } kinds[] = {
		{ "user_id", "user_exists", IDBC_BY_USER_ID, 1 },
		{ "email", "user_exists", IDBC_BY_EMAIL, m->email_is_login },
		{ "username", "username_exists", IDBC_BY_USERNAME, m->username_is_login },
		{ "phone_number", "phone_exists", IDBC_BY_PHONE, m->phone_is_login },
	};
	int rc = IDBC_OK;

	for (size_t i = 0; rc == IDBC_OK && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct idbc_str *value = asked(req, kinds[i].field);

		if (value && value->len && kinds[i].login)
			rc = unless_taken(m, kinds[i].by, value, kinds[i].code, req->deadline_ns, err);
	}
	if (rc != IDBC_OK)
		return rc;
	ask_clear(err);
	return m->to->ops->create(m->to->self, req, sink, err);
}
