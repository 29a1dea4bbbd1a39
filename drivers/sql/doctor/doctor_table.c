/* drivers/sql/doctor/doctor_table.c - what a table's kind means for users: halves of writes that
 * stay, keys that are given twice.  Threads: the session's.
 */
#include "sql/doctor/doctor.h"
#include "sql/base/ascii.h"

#include <string.h>

/* --- transactions ------------------------------------------------------------------ */

struct engine { const char *name; int transactions; };

static int keep_engine(struct doctor *d, void *ctx, const struct idbc_value *cols)
{
	struct engine *engines = ctx;
	int64_t at = catalogue_number(&cols[0]);

	if (at < 0 || (size_t)at >= d->needs.n)
		return 0;
	engines[at].name = doctor_word(d, &cols[1]);
	engines[at].transactions = catalogue_number(&cols[2]) != 0;
	return engines[at].name ? 0 : doctor_nomem(d);
}

static int tell_engine(struct doctor *d, const struct need *need, const struct engine *engine)
{
	uint32_t severity = d->session->instance->allow_nontransactional ? IDBC_WARNING : IDBC_ERROR;
	struct sql_text t = doctor_text(d);

	text_put(&t, "ALTER TABLE %T ENGINE=InnoDB", need->table);
	return doctor_add(d, severity, "table-not-transactional", need->key,
			  t.failed ? NULL : t.s,
			  "table \"%s\" is of engine %s, which knows no transactions: a write that "
			  "fails on its way leaves half a user", need->table, engine->name);
}

/* What a procedure writes may be half done as well. */
static int tell_unsure(struct doctor *d)
{
	if (!d->words->engines || !d->needs.unsure)
		return 0;
	return doctor_add(d, IDBC_NOTE, "transactions-unknown", d->needs.unsure,
			  "see that every table it writes is of InnoDB",
			  "which tables this SQL writes cannot be told from its text alone: nor "
			  "whether each of them knows transactions");
}

int doctor_engines(struct doctor *d)
{
	struct engine *engines = arena_alloc(&d->session->arena, (d->needs.n + 1) * sizeof(*engines));
	const char **tables = arena_alloc(&d->session->arena, (d->needs.n + 1) * sizeof(*tables));

	if (!engines || !tables)
		return doctor_nomem(d);
	for (size_t i = 0; i < d->needs.n; i++)
		tables[i] = d->needs.items[i].table;
	if (doctor_ask_these(d, d->words->engines, tables, d->needs.n, 3, keep_engine, engines))
		return -1;
	for (size_t i = 0; i < d->needs.n; i++) {
		const struct need *need = &d->needs.items[i];
		uint32_t ops = need_ops(need, NEED_INSERT) | need_ops(need, NEED_UPDATE) |
			       need_ops(need, NEED_DELETE);

		/* A login's own notes are one statement each. */
		if (engines[i].name && !engines[i].transactions && ops & OP_WRITES &&
		    tell_engine(d, need, &engines[i]))
			return -1;
	}
	return tell_unsure(d);
}

static int keep_first(struct plan *plan, const char **first, const char *table)
{
	if (!*first)
		*first = arena_dup(&plan->arena, table, strlen(table));
	return *first ? 0 : -1;
}

static int note_engine(struct doctor *d, void *ctx, const struct idbc_value *cols)
{
	struct plan *plan = ctx;
	int64_t at = catalogue_number(&cols[0]);
	int transactions = catalogue_number(&cols[2]) != 0;
	const struct need *need = at >= 0 && (size_t)at < d->needs.n ? &d->needs.items[at] : NULL;
	uint32_t ops = need ? need_ops(need, NEED_INSERT) | need_ops(need, NEED_UPDATE) |
			      need_ops(need, NEED_DELETE) : 0;

	if (transactions)
		return 0;
	if ((ops & OP_DELETE_USER && keep_first(plan, &plan->no_way_back, need->table)) ||
	    (ops & OP_CREATE && keep_first(plan, &plan->no_undo, need->table)))
		return doctor_nomem(d);
	return 0;
}

int doctor_way_back(struct session *s, struct plan *plan, struct idbc_error *err)
{
	struct doctor d = { .session = s, .plan = plan, .mapping = plan->mapping,
			    .words = doctor_words(plan->dialect->id), .err = err };
	const struct needs_options options = { 0, 0 };
	const char **tables;
	uint32_t ops = OP_DELETE_USER | (*s->instance->moved ? OP_CREATE : 0);

	if (!(plan->operations & ops) || !d.words || !d.words->engines)
		return IDBC_OK;
	d.needs.arena = &s->arena;
	if (needs_of(s, &options, &d.needs))
		return call_nomem(s, err);
	tables = arena_alloc(&s->arena, (d.needs.n + 1) * sizeof(*tables));
	for (size_t i = 0; tables && i < d.needs.n; i++)
		tables[i] = d.needs.items[i].table;
	if (!tables)
		return call_nomem(s, err);
	return doctor_ask_these(&d, d.words->engines, tables, d.needs.n, 3, note_engine, plan)
		       ? (int)err->status : IDBC_OK;
}

/* --- keys -------------------------------------------------------------------------- */

/* A table of intents keeps the ids of the deleted, and create refuses them. */
static int keeps_ids(const struct doctor *d)
{
	return d->plan->intents && !d->session->instance->reuse_ids;
}

static int tell_natural(struct doctor *d)
{
	if (keeps_ids(d))
		return 0;
	return doctor_add(d, IDBC_NOTE, "id-may-be-reused", "users.user.id",
			  "map users.profile.deleted and set users.delete.mode to \"soft\"",
			  "a user's id is his %s: whoever signs up with it after he is deleted has "
			  "the same user_id, and what other systems keep under it",
			  d->mapping->id.str);
}

static const char *reuse_remedy(const struct doctor *d)
{
	return d->words->id == SQL_SQLITE
	       ? "make the table anew with INTEGER PRIMARY KEY AUTOINCREMENT, or map "
		 "users.profile.deleted and set users.delete.mode to \"soft\""
	       : "upgrade the server, or map users.profile.deleted and set "
		 "users.delete.mode to \"soft\"";
}

static int tell_generated(struct doctor *d)
{
	const char *table = d->mapping->table, *dot = strchr(table, '.');
	const char *bare = dot ? dot + 1 : table;
	struct idbc_value name = { .kind = IDBC_KIND_STR, .u.str = { bare, strlen(bare) } };
	struct query q = { d->words->reuses_ids, &name, 1, NULL };
	int64_t reuses;

	if (!q.sql)
		return 0;
	if (doctor_count(d, &q, &reuses))
		return -1;
	if (!reuses)
		return 0;
	if (keeps_ids(d))
		return doctor_add(d, IDBC_WARNING, "id-may-be-reused", "users.user.id",
				  reuse_remedy(d), "after the newest user is deleted table \"%s\" gives "
				  "his id to the next one, and the table of intents refuses it: no user "
				  "can be created then", table);
	return doctor_add(d, IDBC_WARNING, "id-may-be-reused", "users.user.id", reuse_remedy(d),
			  "after the newest user is deleted table \"%s\" gives his id to the next "
			  "one, who inherits what other systems keep under it", table);
}

/* Only a user whose row goes makes room for another. */
static int tell_keys(struct doctor *d)
{
	const struct mapping *m = d->mapping;

	if (m->delete_mode != MAP_DELETE_HARD || !(d->plan->operations & OP_WRITES))
		return 0;
	if (m->id.source == MAP_FIELD)
		return tell_natural(d);
	return m->id.source == MAP_AUTO ? tell_generated(d) : 0;
}

int doctor_tables(struct doctor *d)
{
	return tell_keys(d);
}
