/* drivers/sql/doctor/doctor_privilege.c - what the database user lacks, and what he has beyond his
 * need.  The server's own word counts: roles and grants to everybody are in it.
 * Threads: the session's.
 */
#include "sql/doctor/doctor.h"
#include "sql/base/ascii.h"

#include <stdio.h>
#include <string.h>

/* --- what is allowed --------------------------------------------------------------- */

struct right {
	const char *table, *col;
	uint32_t verbs;
};
struct rights {
	struct right *items;
	size_t n, cap;
	int deletes;                    /* `verbs` know of DELETE */
};

static uint32_t verbs_of(const char *words)
{
	static const struct { const char *word; uint32_t verb; } verbs[] = {
		{ "select", NEED_SELECT }, { "insert", NEED_INSERT },
		{ "update", NEED_UPDATE }, { "delete", NEED_DELETE },
	};
	uint32_t all = 0;

	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (ascii_has(words, verbs[i].word))
			all |= verbs[i].verb;
	return all;
}

static int keep_right(struct doctor *d, void *ctx, const struct idbc_value *cols)
{
	struct rights *r = ctx;
	int64_t at = catalogue_number(&cols[0]);
	char *col = doctor_word(d, &cols[1]), *words = doctor_word(d, &cols[2]);

	if (!col || !words)
		return doctor_nomem(d);
	if (at < 0 || (size_t)at >= d->needs.n)
		return 0;
	if (r->n == r->cap) {
		size_t cap = r->cap ? r->cap * 2 : 64;
		struct right *grown = arena_alloc(&d->session->arena, cap * sizeof(*grown));

		if (!grown)
			return doctor_nomem(d);
		if (r->n)
			memcpy(grown, r->items, r->n * sizeof(*grown));
		r->items = grown;
		r->cap = cap;
	}
	r->items[r->n++] = (struct right){ d->needs.items[at].table, col, verbs_of(words) };
	return 0;
}

static int read_rights(struct doctor *d, struct rights *r)
{
	const char **tables = arena_alloc(&d->session->arena, (d->needs.n + 1) * sizeof(*tables));

	for (size_t i = 0; tables && i < d->needs.n; i++)
		tables[i] = d->needs.items[i].table;
	if (!tables)
		return doctor_nomem(d);
	r->deletes = !d->words->explains_delete;
	return doctor_ask_these(d, d->words->privileges, tables, d->needs.n, 3, keep_right, r);
}

static int is_known(const struct rights *r, const char *table)
{
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->items[i].table, table))
			return 1;
	return 0;
}

/* On the column; where the table as a whole is meant, on all of them. */
static int may(const struct rights *r, const char *table, const char *col, uint32_t verb)
{
	int found = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct right *right = &r->items[i];

		if (strcmp(right->table, table) || (col && !ascii_same(right->col, col)))
			continue;
		if (!(right->verbs & verb))
			return 0;
		found = 1;
	}
	return found;
}

/* Runs a statement that reads and writes no row: 1 if the server refuses it for want of a
 * privilege, 0, or -1. */
static int refused(struct doctor *d, const char *before, const char *table)
{
	struct session *s = d->session;
	struct sql_text t = doctor_text(d);
	struct query q = { .sql = NULL };
	struct cursor c;

	text_put(&t, "%s %T WHERE 0 = 1", before, table);
	if (t.failed)
		return doctor_nomem(d);
	q.sql = t.s;
	if (cursor_open(s, &q, 0, &c, d->err) == IDBC_OK) {
		cursor_close(&c);
		return 0;
	}
	if (IDBC_STATUS_CLASS(d->err->status) == 3 || d->err->status == IDBC_NOMEM)
		return -1;
	*d->err = (struct idbc_error)IDBC_ERROR_INIT;
	return state_class(d->plan->dialect->id, &s->diag) == STATE_PRIVILEGE;
}

/* --- what is missing --------------------------------------------------------------- */

struct lack {
	const struct rights *rights;
	int no_delete;
};

static int lacks(const struct need *need, const struct need_col *col, const void *ctx)
{
	const struct lack *lack = ctx;

	if (col->verb == NEED_DELETE && !lack->rights->deletes)
		return lack->no_delete;
	return !may(lack->rights, need->table, col->col, col->verb);
}

/* Of a wanted column the catalogue speaks; here only of what the server knows. */
static int is_there(const struct rights *r, const struct need *need, const struct need_col *col)
{
	if (!col->col)
		return 1;
	for (size_t i = 0; i < r->n; i++)
		if (!strcmp(r->items[i].table, need->table) &&
		    ascii_same(r->items[i].col, col->col))
			return 1;
	return 0;
}

static void add_word(char *out, size_t cap, const char *word)
{
	size_t len = strlen(out);

	snprintf(out + len, cap - len, "%s%s", len ? ", " : "", word);
}

static void operation_words(uint32_t ops, char *out, size_t cap)
{
	static const struct { uint32_t op; const char *word; } words[] = {
		{ OP_LOGIN, "login" }, { OP_GET_USER, "getUser" }, { OP_CREATE, "create" },
		{ OP_VERIFY, "verify" }, { OP_CHANGE_PASSWORD, "changePassword" },
		{ OP_CHANGE_EMAIL, "changeEmail" }, { OP_DELETE_USER, "deleteUser" },
	};

	*out = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ops & words[i].op)
			add_word(out, cap, words[i].word);
}

static void verb_words(uint32_t verbs, char *out, size_t cap)
{
	static const struct { uint32_t verb; const char *word; } words[] = {
		{ NEED_SELECT, "SELECT" }, { NEED_INSERT, "INSERT" },
		{ NEED_UPDATE, "UPDATE" }, { NEED_DELETE, "DELETE" },
	};

	*out = '\0';
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (verbs & words[i].verb)
			add_word(out, cap, words[i].word);
}

static int missing(struct doctor *d, const struct rights *rights, const struct need *need)
{
	struct lack lack = { rights, 0 };
	uint32_t verbs = 0, ops = 0, hard = 0;
	char verb_text[64], op_text[120];

	if (!rights->deletes && need_ops(need, NEED_DELETE))
		lack.no_delete = refused(d, "EXPLAIN DELETE FROM", need->table);
	if (lack.no_delete < 0)
		return -1;
	for (size_t i = 0; i < need->n; i++) {
		const struct need_col *col = &need->cols[i];

		if (!is_there(rights, need, col) || !lacks(need, col, &lack))
			continue;
		verbs |= col->verb;
		ops |= col->ops;
		if (col->verb == NEED_SELECT || col->ops != OP_LOGIN)
			hard = 1;
	}
	if (!verbs)
		return 0;
	verb_words(verbs, verb_text, sizeof(verb_text));
	operation_words(ops, op_text, sizeof(op_text));
	return doctor_add(d, hard ? IDBC_ERROR : IDBC_WARNING, "missing-privilege", need->key,
			  grant_statement(d, need, lacks, &lack), hard
			  ? "the database user has no %s on table \"%s\": %s fails"
			  : "the database user has no %s on table \"%s\": %s goes on, but notes "
			    "nothing there", verb_text, need->table, op_text);
}

/* A table that he may not even see looks like one that is not there. */
static int unseen(struct doctor *d, const struct need *need)
{
	int rc = refused(d, "SELECT 1 FROM", need->table);

	if (rc <= 0)
		return rc;
	return doctor_add(d, IDBC_ERROR, "missing-privilege", need->key,
			  grant_statement(d, need, NULL, NULL),
			  "the database user has no privilege on table \"%s\", if there is one",
			  need->table);
}

static int tell_missing(struct doctor *d)
{
	struct rights rights = { NULL, 0, 0, 0 };

	if (!d->words->privileges)
		return 0;
	if (read_rights(d, &rights))
		return -1;
	for (size_t i = 0; !d->declined && i < d->needs.n; i++) {
		const struct need *need = &d->needs.items[i];

		if (is_known(&rights, need->table) ? missing(d, &rights, need) : unseen(d, need))
			return -1;
	}
	return 0;
}

/* --- what is too much -------------------------------------------------------------- */

/* What words of doctor_words.excess a row speaks of. */
enum scope {
	SCOPE_ALL = 1, SCOPE_SCHEMA, SCOPE_TABLE, SCOPE_ROLE,
	SCOPE_WRITES,                   /* a table that he may write */
	SCOPE_OWNS,                     /* one that is his own */
};

struct extent {                         /* privileges of one scope */
	int64_t scope;
	char *name;
	char power[1024], data[64];     /* to change tables and users; to change rows */
};
struct extents {
	struct extent items[24];
	size_t n, writes, owns;         /* tables not mapped that he may write; mapped, his */
};

static int is_mapped(const struct doctor *d, const char *qualified)
{
	const char *dot = strchr(qualified, '.');
	const char *bare = dot ? dot + 1 : qualified;

	for (size_t i = 0; i < d->needs.n; i++)
		if (ascii_same(d->needs.items[i].table, qualified) ||
		    ascii_same(d->needs.items[i].table, bare))
			return 1;
	return 0;
}

static int is_data(const char *privilege)
{
	return !strcmp(privilege, "SELECT") || !strcmp(privilege, "INSERT") ||
	       !strcmp(privilege, "UPDATE") || !strcmp(privilege, "DELETE");
}

static struct extent *extent_of(struct extents *all, int64_t scope, char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->items[i].scope == scope && !strcmp(all->items[i].name, name))
			return &all->items[i];
	if (all->n == sizeof(all->items) / sizeof(all->items[0]))
		return NULL;
	all->items[all->n] = (struct extent){ .scope = scope, .name = name };
	return &all->items[all->n++];
}

static int keep_excess(struct doctor *d, void *ctx, const struct idbc_value *cols)
{
	struct extents *all = ctx;
	int64_t scope = catalogue_number(&cols[0]);
	char *name = doctor_word(d, &cols[1]), *privilege = doctor_word(d, &cols[2]);
	struct extent *e;

	if (!name || !privilege)
		return doctor_nomem(d);
	if (scope == SCOPE_WRITES) {
		all->writes += !is_mapped(d, name);
		return 0;
	}
	if (scope == SCOPE_OWNS) {
		all->owns += (size_t)is_mapped(d, name);
		return 0;
	}
	if (!*privilege && !catalogue_number(&cols[3]))
		return 0;
	e = extent_of(all, scope, name);
	if (!e)
		return 0;
	if (catalogue_number(&cols[3]) && !strstr(e->power, "GRANT OPTION"))
		add_word(e->power, sizeof(e->power), "GRANT OPTION");
	if (is_data(privilege) && (scope != SCOPE_TABLE || !is_mapped(d, name)))
		add_word(e->data, sizeof(e->data), privilege);
	else if (*privilege && !is_data(privilege))
		add_word(e->power, sizeof(e->power), privilege);
	return 0;
}

static void put_where(struct sql_text *t, const struct extent *e)
{
	if (e->scope == SCOPE_ALL)
		text_put(t, "*.*");
	else if (e->scope == SCOPE_SCHEMA)
		text_put(t, "%I.*", e->name);
	else
		text_put(t, "%T", e->name);
}

/* "SUPERUSER, CREATEDB" is taken away by "NOSUPERUSER NOCREATEDB". */
static void put_role(struct sql_text *t, char *words)
{
	char *rest = NULL;

	for (char *word = strtok_r(words, ", ", &rest); word; word = strtok_r(NULL, ", ", &rest))
		text_put(t, " NO%s", word);
}

static char *revoke(struct doctor *d, const struct extent *e, const char *what)
{
	struct sql_text t = doctor_text(d);
	char words[sizeof(e->power)];

	if (e->scope == SCOPE_ROLE) {
		snprintf(words, sizeof(words), "%s", what);
		text_put(&t, "ALTER ROLE %s", d->who);
		put_role(&t, words);
	} else {
		text_put(&t, "REVOKE %s ON ", what);
		put_where(&t, e);
		text_put(&t, " FROM %s", d->who);
	}
	return t.failed ? NULL : t.s;
}

static const char *scope_words(const struct extent *e)
{
	if (e->scope == SCOPE_ALL)
		return "every database";
	return e->scope == SCOPE_ROLE ? "the server" : e->name;
}

static int tell_power(struct doctor *d, const struct extent *e)
{
	if (!e->power[0])
		return 0;
	return doctor_add(d, IDBC_WARNING, "excess-privilege", "options.user",
			  revoke(d, e, e->power),
			  "the database user has rights on %s that no operation uses, and so has "
			  "whoever gets hold of his password: %s", scope_words(e), e->power);
}

static int tell_data(struct doctor *d, const struct extent *e)
{
	if (!e->data[0])
		return 0;
	return doctor_add(d, IDBC_NOTE, "excess-privilege", "options.user",
			  revoke(d, e, e->data),
			  "the database user may use tables that the mapping does not name (%s on "
			  "%s); give him what idbc check --grants prints, then take this away",
			  e->data, scope_words(e));
}

static int tell_tables(struct doctor *d, const struct extents *all)
{
	if (all->owns && doctor_add(d, IDBC_NOTE, "excess-privilege", "options.user", "",
				    "the database user owns tables of the mapping (%zu): he may "
				    "change and drop them; let operations run as another one",
				    all->owns))
		return -1;
	if (!all->writes)
		return 0;
	return doctor_add(d, IDBC_NOTE, "excess-privilege", "options.user", "",
			  "the database user may write tables that the mapping does not name (%zu); "
			  "let operations run as another one, with what idbc check --grants prints",
			  all->writes);
}

static int tell_excess(struct doctor *d)
{
	struct query q = { d->words->excess, NULL, 0, NULL };
	struct extents *all = arena_alloc(&d->session->arena, sizeof(*all));

	if (!q.sql || !d->who)
		return 0;
	if (!all)
		return doctor_nomem(d);
	if (doctor_ask(d, &q, 4, keep_excess, all))
		return -1;
	for (size_t i = 0; i < all->n; i++)
		if (tell_power(d, &all->items[i]) || tell_data(d, &all->items[i]))
			return -1;
	return tell_tables(d, all);
}

int doctor_privileges(struct doctor *d)
{
	return tell_missing(d) || tell_excess(d) ? -1 : 0;
}
