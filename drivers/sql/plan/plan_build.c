/* drivers/sql/plan/plan_build.c - the making of one read statement: its arguments in the order
 * of their ?, and a column or a ? as its type wants to be spelled.  Threads: one.
 */
#include "sql/plan/plan_build.h"

#include <string.h>

void build_init(struct build *b, struct plan *plan)
{
	memset(b, 0, sizeof(*b));
	b->plan = plan;
	b->text = (struct sql_text)SQL_TEXT_INIT(&plan->arena, plan->dialect);
}

static void push(struct build *b, struct plan_arg arg)
{
	if (b->nargs == b->cap) {
		size_t cap = b->cap ? b->cap * 2 : 16;
		struct plan_arg *grown = arena_alloc(&b->plan->arena, cap * sizeof(*grown));

		if (!grown) {
			b->failed = 1;
			return;
		}
		if (b->nargs)
			memcpy(grown, b->args, b->nargs * sizeof(*grown));
		b->args = grown;
		b->cap = cap;
	}
	b->args[b->nargs++] = arg;
}

void build_constant(struct build *b, const struct map_value *value, uint32_t kind)
{
	struct plan_arg arg = { .kind = PLAN_VALUE };

	if (plan_constant(b->plan, value, kind, &b->plan->arena, &arg.value))
		b->failed = 1;
	push(b, arg);
}

void build_text(struct build *b, const char *text, uint32_t kind)
{
	struct map_value value = { .source = MAP_STR, .str = text };

	build_constant(b, &value, kind);
}

void build_asked(struct build *b, uint32_t kind, uint32_t fold, uint32_t type)
{
	push(b, (struct plan_arg){ .kind = kind, .fold = fold, .type = type, .of = b->of });
}

static void note_columns(const struct plan *plan, struct plan_select *s)
{
	const struct map_field *fields = plan->mapping->fields;

	s->deleted = s->exprs = s->hidden = 0;
	for (uint32_t i = 0; i < s->ncols; i++) {
		const struct map_field *f = &fields[s->cols[i].field];

		if (s->cols[i].kind == PLAN_HIDDEN)
			s->hidden = i + 1;
		if (s->cols[i].kind != PLAN_FIELD)
			continue;
		s->exprs += f->kind == MAP_EXPR;
		if (!s->deleted && !strcmp(f->name, "deleted"))
			s->deleted = i + 1;
	}
}

int build_finish(struct build *b, struct plan_select *out)
{
	if (b->failed || b->text.failed)
		return -1;
	note_columns(b->plan, out);
	out->sql = b->text.s;
	out->args = b->args;
	out->nargs = (uint32_t)b->nargs;
	return 0;
}

/* A column as it is read: without padding, in UTC, as a number.  Beside others in one text a
 * boolean would be a letter, and a document a part of it. */
void build_read(struct build *b, const char *alias, const char *table, const char *col)
{
	const struct catalogue_column *c = catalogue_column(&b->plan->catalogue, table, col);

	if (b->bare)
		text_put(&b->text, "%s.%I", alias, col);
	else if (b->packed && c && c->kind == SQL_COL_BOOL)
		text_put(&b->text, "CAST(%s.%I AS int)", alias, col);
	else if (b->packed && c && c->kind == SQL_COL_JSON)
		text_put(&b->text, "CAST(%s.%I AS text)", alias, col);
	else
		text_put(&b->text, "%s%s.%I%s", c ? c->read_open : "", alias, col,
			 c ? c->read_close : "");
}

/* A ? for what is compared with a column. */
void build_arg(struct build *b, const char *table, const char *col)
{
	const struct catalogue_column *c = catalogue_column(&b->plan->catalogue, table, col);

	text_put(&b->text, "%s?%s", c ? c->arg_open : "", c ? c->arg_close : "");
}
