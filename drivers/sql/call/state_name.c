/* drivers/sql/call/state_name.c - what a refused constraint is called, or which table refers to a
 * row, from the server's own words: for comparison with names of ours, never for people.
 * Threads: any; no lock.
 */
#include "sql/call/state.h"

#include <string.h>

static void copy(const char *from, size_t len, char *out, size_t cap)
{
	if (len >= cap)
		len = cap - 1;
	memcpy(out, from, len);
	out[len] = '\0';
}

/* "... for key 'users.email'": the last thing in quotes, without the table. */
static void last_quoted(const char *text, char *out, size_t cap)
{
	const char *close = strrchr(text, '\''), *open, *dot;

	if (!close || close == text)
		return;
	for (open = close - 1; open > text && *open != '\'';)
		open--;
	open++;
	dot = memchr(open, '.', (size_t)(close - open));
	if (dot)
		open = dot + 1;
	copy(open, (size_t)(close - open), out, cap);
}

/* "UNIQUE constraint failed: users.email", or "... failed: index 'users_email'". */
static void after_failed(const char *text, char *out, size_t cap)
{
	const char *name = strstr(text, "failed: "), *dot;
	size_t len;

	if (!name)
		return;
	name += strlen("failed: ");
	if (!strncmp(name, "index ", 6))
		name += 7;
	len = strcspn(name, "', (");
	dot = memchr(name, '.', len);
	if (dot) {
		len -= (size_t)(dot + 1 - name);
		name = dot + 1;
	}
	copy(name, len, out, cap);
}

/* "... fails (`db`.`child`, CONSTRAINT ...": the table that still refers to the row. */
static void foreign_table(const char *text, char *out, size_t cap)
{
	const char *open = strstr(text, "fails (`"), *name, *end;

	if (!open)
		return;
	name = strstr(open, "`.`");
	if (!name)
		return;
	name += 3;
	end = strchr(name, '`');
	if (end)
		copy(name, (size_t)(end - name), out, cap);
}

/* Bytes of a quotation mark, also of those that translated messages use; 0: none. */
static size_t mark(const char *p)
{
	static const char *const marks[] = {
		"\"", "'", "\xc2\xab", "\xc2\xbb", "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x9e",
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (!strncmp(p, marks[i], strlen(marks[i])))
			return strlen(marks[i]);
	return 0;
}

static const char *next_mark(const char *p)
{
	while (*p && *p != '\n' && !mark(p))
		p++;
	return *p && *p != '\n' ? p : NULL;
}

/* The n-th thing in quotes of the first line, without its schema. */
static void nth_quoted(const char *text, int n, char *out, size_t cap)
{
	const char *open = next_mark(text), *close = NULL, *dot;

	for (; open && n > 0; n--) {
		open += mark(open);
		close = next_mark(open);
		if (close && n > 1)
			open = next_mark(close + mark(close));
		else if (!close)
			open = NULL;
	}
	if (!open || !close)
		return;
	dot = memchr(open, '.', (size_t)(close - open));
	if (dot)
		open = dot + 1;
	copy(open, (size_t)(close - open), out, cap);
}

/* "DETAIL: Key (lower(mail::text))=(...": what the index is made of. */
static int key_of_detail(const char *text, char *out, size_t cap)
{
	const char *end = strstr(text, ")=("), *open = end;
	int depth = 1;

	if (!end)
		return 0;
	while (open > text && depth) {
		open--;
		depth += *open == ')' ? 1 : *open == '(' ? -1 : 0;
	}
	if (depth)
		return 0;
	copy(open + 1, (size_t)(end - open - 1), out, cap);
	return 1;
}

/* "... in database "d", table "dbo.orders", column 'uid'": SQL Server. */
static void conflict_table(const char *text, char *out, size_t cap)
{
	const char *at = strstr(text, "table \"");

	if (at)
		nth_quoted(at, 1, out, cap);
}

static void duplicate_name(uint32_t dialect, const struct sql_diag *diag, char *out, size_t cap)
{
	switch (dialect) {
	case SQL_SQLITE:
		after_failed(diag->text, out, cap);
		break;
	case SQL_POSTGRESQL:
		if (!key_of_detail(diag->text, out, cap))
			nth_quoted(diag->text, 1, out, cap);
		break;
	case SQL_MSSQL:
		nth_quoted(diag->text, diag->native == 2601 ? 2 : 1, out, cap);
		break;
	default:
		last_quoted(diag->text, out, cap);
	}
}

void state_constraint(uint32_t dialect, const struct sql_diag *diag, char *out, size_t cap)
{
	uint32_t state = state_class(dialect, diag);

	out[0] = '\0';
	if (state == STATE_DUPLICATE)
		duplicate_name(dialect, diag, out, cap);
	else if (state == STATE_FOREIGN_KEY && dialect == SQL_POSTGRESQL)
		nth_quoted(diag->text, 3, out, cap);
	else if (state == STATE_FOREIGN_KEY && dialect == SQL_MSSQL)
		conflict_table(diag->text, out, cap);
	else if (state == STATE_FOREIGN_KEY)
		foreign_table(diag->text, out, cap);
}
