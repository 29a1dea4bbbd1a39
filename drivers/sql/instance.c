/* drivers/sql/instance.c - one configured store: its mapping, and the plan that the first
 * session makes of it.
 *
 * Several first sessions may each make a plan; the first to be done keeps it.  A plan
 * that was replaced stays until close, sessions still hold it.  Lock: instance.lock, for
 * the pointer alone.
 */
#include "sql/override/override.h"
#include "sql/base/option.h"
#include "sql/doctor/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *name; uint32_t bit; } operation_names[] = {
	{ "login", OP_LOGIN }, { "getUser", OP_GET_USER }, { "create", OP_CREATE },
	{ "verify", OP_VERIFY }, { "changePassword", OP_CHANGE_PASSWORD },
	{ "deleteUser", OP_DELETE_USER }, { "changeEmail", OP_CHANGE_EMAIL },
};

static uint32_t operation_bit(const char *name)
{
	for (size_t i = 0; i < sizeof(operation_names) / sizeof(operation_names[0]); i++)
		if (!strcmp(operation_names[i].name, name))
			return operation_names[i].bit;
	return 0;
}

static int read_operations(const struct idbc_host *host, const struct idbc_settings *settings,
			   uint32_t *out)
{
	struct option_list list;
	uint32_t bits = 0;
	int found = option_list(host, settings, "idbc.operations", &list);

	*out = OP_ALL;
	if (found == OPTION_NOMEM)
		return -1;
	if (found != 1)
		return 0;
	for (size_t i = 0; i < list.n; i++)
		bits |= operation_bit(list.items[i]);
	option_list_free(&list);
	*out = bits;
	return 0;
}

static int is(const struct idbc_str *s, const char *word)
{
	return s->len == strlen(word) && !memcmp(s->ptr, word, s->len);
}

/* What does not fit is no name of a table, and not found. */
static void read_name(const struct instance *in, const struct idbc_settings *settings,
		      const char *key, char *out, size_t cap)
{
	struct idbc_str name = { "", 0 };

	in->host->setting_str(settings, key, "", &name);
	snprintf(out, cap, "%.*s", (int)name.len, name.len ? name.ptr : "");
}

static int read_settings(struct instance *in, const struct idbc_settings *settings)
{
	struct idbc_str word;
	int64_t timeout_ms;

	if (read_operations(in->host, settings, &in->operations))
		return -1;
	in->host->setting_i64(settings, "idbc.timeout_ms", 20000, &timeout_ms);
	in->reaper.patience_ns = timeout_ms * 1000000;
	in->host->setting_str(settings, "idbc.startup", "check", &word);
	in->trusted = is(&word, "trust");
	in->host->setting_str(settings, "idbc.profile.unmapped", "refuse", &word);
	in->ignore_unmapped = is(&word, "ignore");
	in->host->setting_bool(settings, "idbc.create", 0, &in->create_store);
	in->host->setting_bool(settings, "idbc.delete.allow_nontransactional", 0,
			       &in->allow_nontransactional);
	in->host->setting_bool(settings, "idbc.password.upgrade", 0, &in->upgrades);
	in->host->setting_bool(settings, "idbc.lower", 0, &in->lower);
	in->host->setting_i64(settings, "idbc.password.width", 0, &in->hash_width);
	in->host->setting_i64(settings, "idbc.password.salt_width", 0, &in->salt_width);
	in->host->setting_bool(settings, "idbc.delete.reuse_ids", 0, &in->reuse_ids);
	read_name(in, settings, "idbc.delete.intents", in->intents, sizeof(in->intents));
	read_name(in, settings, "idbc.moved", in->moved, sizeof(in->moved));
	read_name(in, settings, "idbc.connection", in->connection, sizeof(in->connection));
	return 0;
}

/* A mistake quotes the configuration, whatever stands there: the host makes a line of it. */
static int as_line(const struct instance *in, int rc, struct idbc_error *err)
{
	const struct idbc_error said = *err;

	return in->host->fail(in->host, err, (uint32_t)rc, said.code, "%s", said.text);
}

static int read_mapping(struct instance *in, const struct idbc_settings *settings,
			struct idbc_findings *findings, struct idbc_error *err)
{
	struct idbc_str users;
	int rc;

	if (in->host->setting_json(settings, "users", &users) != 1)
		return in->host->fail(in->host, err, IDBC_CONFIG, "missing-key",
				      "users: a mapping is needed");
	rc = mapping_parse(&users, findings, &in->mapping, err);
	if (rc == IDBC_OK)
		rc = mapping_suits(in->mapping, in->operations, findings, err);
	return rc == IDBC_OK ? rc : as_line(in, rc, err);
}

/* Mistakes of the options and of the mapping, all in one go. */
static int open_parts(struct instance *in, const struct idbc_settings *settings,
		      struct idbc_findings *findings, struct idbc_error *err)
{
	struct idbc_error second = IDBC_ERROR_INIT;
	int rc, mapped;

	if (read_settings(in, settings))
		return in->host->fail(in->host, err, IDBC_NOMEM, "", "out of memory");
	rc = in->backend->open(in->host, settings, findings, &in->handle, err);
	if (rc != IDBC_OK)
		in->handle = NULL;
	mapped = read_mapping(in, settings, findings, rc == IDBC_OK ? err : &second);
	return rc == IDBC_OK ? mapped : rc;
}

int sql_host_suits(uint32_t host_abi, const struct idbc_host *host)
{
	return host_abi >> 16 == IDBC_DRIVER_ABI_MAJOR && host && IDBC_HAS(host, same);
}

int sql_open(const struct sql_backend *backend, const struct idbc_host *host,
	     const struct idbc_settings *settings, struct idbc_findings *findings,
	     void **instance, struct idbc_error *err)
{
	struct instance *in = calloc(1, sizeof(*in));
	int rc;

	if (!in)
		return host->fail(host, err, IDBC_NOMEM, "", "out of memory");
	in->backend = backend;
	in->host = host;
	if (pthread_mutex_init(&in->lock, NULL) || reaper_init(&in->reaper, backend, host)) {
		free(in);
		return host->fail(host, err, IDBC_NOMEM, "", "out of memory");
	}
	rc = open_parts(in, settings, findings, err);
	in->reaper.handle = in->handle;
	if (rc == IDBC_OK)
		*instance = in;
	else
		sql_close(in);
	return rc;
}

void sql_close(void *instance)
{
	struct instance *in = instance;

	reaper_end(&in->reaper);
	plan_free(in->plan);
	mapping_free(in->mapping);
	if (in->handle)
		in->backend->close(in->handle);
	pthread_mutex_destroy(&in->lock);
	free(in);
}

int sql_thread_begin(void *instance)
{
	struct instance *in = instance;

	return in->backend->thread_begin ? in->backend->thread_begin(in->handle) : IDBC_OK;
}

void sql_thread_end(void *instance)
{
	struct instance *in = instance;

	if (in->backend->thread_end)
		in->backend->thread_end(in->handle);
}

/* --- the plan ---------------------------------------------------------------------- */

/* Table, then schema, for each part of the catalogue's statement. */
static struct idbc_value *catalogue_args(const struct catalogue *c, struct arena *arena)
{
	struct idbc_value *args = arena_alloc(arena, (2 * c->n + 1) * sizeof(*args));

	for (size_t i = 0; args && i < c->n; i++) {
		const char *name = c->tables[i].name, *dot = strchr(name, '.');
		const char *table = dot ? dot + 1 : name;

		args[2 * i] = text_or_null(table, strlen(table));
		args[2 * i + 1] = text_or_null(name, dot ? (size_t)(dot - name) : 0);
	}
	return args;
}

static int read_catalogue(struct session *s, struct plan *plan, struct idbc_error *err)
{
	struct catalogue *c = &plan->catalogue;
	struct sql_text text = SQL_TEXT_INIT(&s->arena, plan->dialect);
	struct query q = { .nargs = (uint32_t)(2 * c->n) };
	struct cursor rows;
	int rc, more = 0;

	catalogue_statement(c, &text);
	q.sql = text.s;
	q.args = catalogue_args(c, &s->arena);
	if (text.failed || !q.args)
		return call_nomem(s, err);
	rc = cursor_open(s, &q, CATALOGUE_COLS, &rows, err);
	while (rc == IDBC_OK && (more = cursor_next(&rows, err)) > 0)
		if (catalogue_add_row(c, plan->dialect, &plan->arena, rows.cols))
			rc = call_nomem(s, err);
	if (more < 0)
		rc = (int)err->status;
	cursor_close(&rows);
	return rc;
}

/* For a hint: which tables there are instead of the missing one. */
static int read_others(struct session *s, struct plan *plan, struct idbc_error *err)
{
	struct query q = { plan->dialect->tables, NULL, 0, NULL };
	struct cursor rows;
	int more = 0;
	int rc = cursor_open(s, &q, 1, &rows, err);

	while (rc == IDBC_OK && (more = cursor_next(&rows, err)) > 0)
		if (catalogue_add_other(&plan->catalogue, &plan->arena, rows.cols))
			rc = call_nomem(s, err);
	if (more < 0)
		rc = (int)err->status;
	cursor_close(&rows);
	return rc;
}

static int fill_plan(struct session *s, struct plan *plan, struct idbc_error *err)
{
	int rc = IDBC_OK;

	plan->mapping = s->instance->mapping;
	plan->host = s->host;
	plan->operations = s->instance->operations;
	plan->intents = *s->instance->intents ? s->instance->intents : NULL;
	if (plan_scope(plan, s->instance->connection) || plan_tables(plan))
		return call_nomem(s, err);
	plan->catalogue.trusted = s->instance->trusted || !plan->catalogue.n;
	s->plan = plan;
	if (!plan->catalogue.trusted)
		rc = read_catalogue(s, plan, err);
	if (rc == IDBC_OK && !plan->catalogue.trusted && catalogue_is_short(&plan->catalogue))
		rc = read_others(s, plan, err);
	plan->packs = rc == IDBC_OK && s->backend->unpacks && s->backend->unpacks(s->conn);
	if (rc == IDBC_OK && plan_compile(plan))
		rc = call_nomem(s, err);
	if (rc == IDBC_OK && !s->instance->trusted)
		rc = trial_prepare(s, plan, err);
	if (rc == IDBC_OK && !plan->error && !s->instance->trusted)
		rc = doctor_way_back(s, plan, err);
	return rc;
}

static struct plan *make_plan(struct session *s, uint32_t dialect, struct idbc_error *err)
{
	const struct plan *before = s->plan;
	struct plan *plan = calloc(1, sizeof(*plan));

	if (!plan) {
		call_nomem(s, err);
		return NULL;
	}
	plan->dialect = dialect_find(dialect);
	if (fill_plan(s, plan, err) == IDBC_OK)
		return plan;
	s->plan = before;
	plan_free(plan);
	return NULL;
}

static struct plan *current(struct instance *in)
{
	struct plan *plan;

	pthread_mutex_lock(&in->lock);
	plan = in->plan;
	pthread_mutex_unlock(&in->lock);
	return plan;
}

/* The plan of all sessions; the one that came first where two were made. */
static struct plan *adopt(struct instance *in, struct plan *made, int replace)
{
	struct plan *kept, *spare = NULL;

	pthread_mutex_lock(&in->lock);
	if (in->plan && !replace) {
		spare = made;
	} else {
		made->older = in->plan;
		in->plan = made;
	}
	kept = in->plan;
	pthread_mutex_unlock(&in->lock);
	plan_free(spare);
	return kept;
}

struct plan *instance_plan(struct session *s, uint32_t dialect, struct idbc_error *err)
{
	struct plan *plan = current(s->instance);

	if (plan && plan->dialect->id == dialect)
		return plan;
	if (plan) {
		s->host->fail(s->host, err, IDBC_CONFIG, "dialect",
			      "the store was %s and is %s now", plan->dialect->name,
			      dialect_name(dialect));
		return NULL;
	}
	plan = make_plan(s, dialect, err);
	return plan ? adopt(s->instance, plan, 0) : NULL;
}

int instance_replan(struct session *s, struct idbc_error *err)
{
	struct plan *plan = make_plan(s, s->plan->dialect->id, err);

	if (!plan)
		return (int)err->status;
	memset(s->slots, 0, sizeof(s->slots));
	s->plan = adopt(s->instance, plan, 1);
	return IDBC_OK;
}
