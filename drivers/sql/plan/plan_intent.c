/* drivers/sql/plan/plan_intent.c - the table of intents in a plan: whose users it speaks of, and
 * the column of a read that says whether one of them is being deleted.
 *
 * A user's id stands there as text: that of the native id, but of a key of bytes their hex,
 * which any database makes.  user/intent.c writes the same.  Threads: one.
 */
#include "sql/plan/plan_build.h"

#include <string.h>

#include "sql/base/ascii.h"

/* Of one table however it is spelled: SQLite and SQL Server know it in any letter case. */
int plan_scope(struct plan *plan, const char *connection)
{
	const char *table = plan->mapping->table;
	uint32_t id = plan->dialect->id;
	char *scope = table ? arena_dup(&plan->arena, table, strlen(table))
			    : arena_printf(&plan->arena, "connection:%s", connection);

	for (char *p = scope; table && p && *p; p++)
		if ((id == SQL_SQLITE || id == SQL_MSSQL) && *p >= 'A' && *p <= 'Z')
			*p = (char)(*p + ('a' - 'A'));
	plan->scope = scope;
	return scope ? 0 : -1;
}

/* --- the table ------------------------------------------------------------------------- */

/* Without it nobody could be hidden, and who is hidden would be shown. */
static int missing(struct plan *plan)
{
	return plan_report(plan, IDBC_ERROR, "intents-table-missing", "delete.intents",
			   arena_printf(&plan->arena, "no table \"%s\": no operation can tell whether "
					"a user is being deleted", plan->intents),
			   "idbc check --create, or the statements of schema/intents.sql");
}

static int misshapen(struct plan *plan, const char *what, const char *col)
{
	return plan_report(plan, IDBC_ERROR, "intents-table-shape", "delete.intents",
			   arena_printf(&plan->arena, "table \"%s\" %s \"%s\"", plan->intents, what,
					col),
			   "drop the table where it is empty, then idbc check --create, or make it as "
			   "in schema/intents.sql");
}

/* Ids are compared byte by byte, and have one row each. */
static const char *wrong_key(const struct plan *plan, const char *col)
{
	const struct catalogue_column *c = catalogue_column(&plan->catalogue, plan->intents, col);
	uint32_t id = plan->dialect->id;

	if (!c->primary)
		return "has a primary key without";
	if ((id == SQL_MARIADB || id == SQL_MYSQL) && c->kind != SQL_COL_BINARY)
		return "does not compare the bytes of";
	return NULL;
}

int plan_check_intents(struct plan *plan)
{
	static const char *const cols[] = { "scope", "native_id", "state", "connection", "token",
					    "lease_end", "profile_store", "written_at" };
	const struct catalogue_table *t;

	if (!plan->intents || plan->catalogue.trusted)
		return 0;
	t = catalogue_table(&plan->catalogue, plan->intents);
	if (!t || !t->n)
		return missing(plan);
	for (size_t i = 0; i < sizeof(cols) / sizeof(cols[0]); i++) {
		const char *wrong = "has no column";

		if (catalogue_column(&plan->catalogue, plan->intents, cols[i]))
			wrong = i < 2 ? wrong_key(plan, cols[i]) : NULL;
		if (wrong)
			return misshapen(plan, wrong, cols[i]);
	}
	return 0;
}

/* --- reads ------------------------------------------------------------------------------ */

static void put_id(struct build *b)
{
	const struct plan *plan = b->plan;
	const struct dialect *d = plan->dialect;
	int bytes = plan->key_kind == SQL_COL_BINARY || plan->key_kind == SQL_COL_UUID_BYTES;

	text_put(&b->text, "%s%s", d->id_open, bytes ? d->hex_open : "");
	build_read(b, "u", plan->mapping->table, plan->mapping->key);
	text_put(&b->text, "%s%s", bytes ? d->hex_close : "", d->id_close);
}

/* Is its row joined, where that costs less than a subquery?  Only where it is known that there is
 * one at most, so that no row of a user's is doubled. */
int plan_joins_intents(const struct plan *plan)
{
	const struct catalogue_table *t;
	size_t primaries = 0;

	if (!plan->intents || !plan->dialect->by_primary || plan->catalogue.trusted)
		return 0;
	t = catalogue_table(&plan->catalogue, plan->intents);
	for (size_t i = 0; t && i < t->n; i++)
		primaries += t->columns[i].primary != 0;
	return primaries == 2;          /* plan_check_intents() has seen which */
}

/* The row that is about the user of `u`, of any state. */
static void put_his(struct build *b)
{
	const struct dialect *d = b->plan->dialect;

	text_put(&b->text, "i.%I = %s?%s AND i.%I = ", "scope", d->text_open, d->text_close,
		 "native_id");
	build_text(b, b->plan->scope, SQL_COL_TEXT);
	put_id(b);
}

void build_hidden(struct build *b)
{
	const struct dialect *d = b->plan->dialect;

	b->hides = plan_joins_intents(b->plan);
	if (b->hides) {
		text_put(&b->text, "i.%I <=> %d", "state", PLAN_DELETING);
		return;
	}
	text_put(&b->text, "%sEXISTS (SELECT 1 FROM %T AS i WHERE ", d->exists_open,
		 b->plan->intents);
	put_his(b);
	text_put(&b->text, " AND i.%I = %d)%s", "state", PLAN_DELETING, d->exists_close);
}

void build_join_intents(struct build *b)
{
	if (!b->hides)
		return;
	text_put(&b->text, " LEFT JOIN %T AS i%s ON ", b->plan->intents, b->plan->dialect->by_primary);
	put_his(b);
	b->hides = 0;
}
