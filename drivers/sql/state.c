/* drivers/sql/state.c - the table of what databases say.  A server's own text is looked
 * at to tell constraints apart, logged scrubbed at DEBUG, and copied nowhere.
 * Threads: any; no lock.
 */
#include "sql/state.h"

#include <stdio.h>
#include <string.h>

#include "sql/dialect.h"

#define MY   (1u << SQL_MARIADB | 1u << SQL_MYSQL)
#define LITE (1u << SQL_SQLITE)
#define ANY  (~0u)
#define WORD_MAX 24u             /* bytes; hashes are longer */

/* The first row that fits decides; native 0, "" and NULL fit everything. */
struct state_row {
	uint32_t dialects;
	int32_t  native;
	const char *sqlstate;           /* or the beginning of one */
	const char *word;               /* in the server's text */
	uint32_t state;
};

static const struct state_row table[] = {
	{ MY, 1062, "", NULL, STATE_DUPLICATE },        { MY, 1586, "", NULL, STATE_DUPLICATE },
	{ MY, 1169, "", NULL, STATE_DUPLICATE },        { MY, 1451, "", NULL, STATE_FOREIGN_KEY },
	{ MY, 1452, "", NULL, STATE_FOREIGN_KEY },      { MY, 1217, "", NULL, STATE_FOREIGN_KEY },
	{ MY, 1216, "", NULL, STATE_FOREIGN_KEY },      { MY, 1048, "", NULL, STATE_NOT_NULL },
	{ MY, 1364, "", NULL, STATE_NOT_NULL },         { MY, 4025, "", NULL, STATE_CHECK },
	{ MY, 3819, "", NULL, STATE_CHECK },            { MY, 1406, "", NULL, STATE_TOO_LONG },
	{ MY, 1264, "", NULL, STATE_TOO_LONG },         { MY, 1366, "", NULL, STATE_BAD_VALUE },
	{ MY, 1292, "", NULL, STATE_BAD_VALUE },        { MY, 1265, "", NULL, STATE_BAD_VALUE },
	{ MY, 1267, "", NULL, STATE_BAD_VALUE },        { MY, 3988, "", NULL, STATE_BAD_VALUE },
	{ MY, 1213, "", NULL, STATE_DEADLOCK },         { MY, 1020, "", NULL, STATE_DEADLOCK },
	{ MY, 1205, "", NULL, STATE_LOCKED },           { MY, 3572, "", NULL, STATE_LOCKED },
	{ MY, 1290, "", NULL, STATE_READ_ONLY },        { MY, 1792, "", NULL, STATE_READ_ONLY },
	{ MY, 1036, "", NULL, STATE_READ_ONLY },        { MY, 1044, "", NULL, STATE_PRIVILEGE },
	{ MY, 1142, "", NULL, STATE_PRIVILEGE },        { MY, 1143, "", NULL, STATE_PRIVILEGE },
	{ MY, 1227, "", NULL, STATE_PRIVILEGE },        { MY, 1370, "", NULL, STATE_PRIVILEGE },
	{ MY, 1146, "", NULL, STATE_SCHEMA },           { MY, 1054, "", NULL, STATE_SCHEMA },
	{ MY, 1064, "", NULL, STATE_SCHEMA },           { MY, 1049, "", NULL, STATE_SCHEMA },
	{ MY, 1305, "", NULL, STATE_SCHEMA },           { MY, 1136, "", NULL, STATE_SCHEMA },
	{ MY, 1317, "", NULL, STATE_INTERRUPTED },      { MY, 1969, "", NULL, STATE_INTERRUPTED },
	{ MY, 3024, "", NULL, STATE_INTERRUPTED },      { MY, 1040, "", NULL, STATE_LOST },
	{ MY, 1047, "", NULL, STATE_LOST },             { MY, 1053, "", NULL, STATE_LOST },
	{ MY, 1180, "", NULL, STATE_LOST },             { MY, 1927, "", NULL, STATE_LOST },
	{ MY, 2002, "", NULL, STATE_LOST },             { MY, 2003, "", NULL, STATE_LOST },
	{ MY, 2006, "", NULL, STATE_LOST },             { MY, 2013, "", NULL, STATE_LOST },
	{ MY, 4031, "", NULL, STATE_LOST },             { MY, 1021, "", NULL, STATE_FULL },
	{ MY, 1114, "", NULL, STATE_FULL },             { MY, 1037, "", NULL, STATE_NOMEM },
	{ MY, 1038, "", NULL, STATE_NOMEM },            { MY, 2008, "", NULL, STATE_NOMEM },
	{ LITE, 19, "", "UNIQUE", STATE_DUPLICATE },
	{ LITE, 19, "", "PRIMARY KEY", STATE_DUPLICATE },
	{ LITE, 19, "", "FOREIGN KEY", STATE_FOREIGN_KEY },
	{ LITE, 19, "", "NOT NULL", STATE_NOT_NULL },
	{ LITE, 19, "", "CHECK", STATE_CHECK },
	{ LITE, 20, "", NULL, STATE_BAD_VALUE },        { LITE, 18, "", NULL, STATE_TOO_LONG },
	{ LITE, 5, "", NULL, STATE_LOCKED },            { LITE, 6, "", NULL, STATE_LOCKED },
	{ LITE, 8, "", NULL, STATE_READ_ONLY },         { LITE, 3, "", NULL, STATE_PRIVILEGE },
	{ LITE, 1, "", "no such", STATE_SCHEMA },       { LITE, 1, "", "syntax", STATE_SCHEMA },
	{ LITE, 1, "", "no column", STATE_SCHEMA },     { LITE, 17, "", NULL, STATE_SCHEMA },
	{ LITE, 9, "", NULL, STATE_INTERRUPTED },       { LITE, 14, "", NULL, STATE_LOST },
	{ LITE, 10, "", NULL, STATE_LOST },             { LITE, 26, "", NULL, STATE_LOST },
	{ LITE, 11, "", NULL, STATE_BROKEN },
	{ MY, 1030, "", NULL, STATE_BROKEN },           { MY, 1034, "", NULL, STATE_BROKEN },
	{ MY, 1194, "", NULL, STATE_BROKEN },           { MY, 1195, "", NULL, STATE_BROKEN },
	{ MY, 1026, "", NULL, STATE_BROKEN },           { MY, 1712, "", NULL, STATE_BROKEN },
	{ MY, 1932, "", NULL, STATE_BROKEN },
	{ LITE, 13, "", NULL, STATE_FULL },             { LITE, 7, "", NULL, STATE_NOMEM },
	{ ANY, 0, "23505", NULL, STATE_DUPLICATE },     { ANY, 0, "23503", NULL, STATE_FOREIGN_KEY },
	{ ANY, 0, "23502", NULL, STATE_NOT_NULL },      { ANY, 0, "23514", NULL, STATE_CHECK },
	{ ANY, 0, "22001", NULL, STATE_TOO_LONG },      { ANY, 0, "22003", NULL, STATE_TOO_LONG },
	{ ANY, 0, "22", NULL, STATE_BAD_VALUE },        { ANY, 0, "40", NULL, STATE_DEADLOCK },
	{ ANY, 0, "55P03", NULL, STATE_LOCKED },        { ANY, 0, "25006", NULL, STATE_READ_ONLY },
	{ ANY, 0, "42501", NULL, STATE_PRIVILEGE },     { ANY, 0, "57014", NULL, STATE_INTERRUPTED },
	{ ANY, 0, "HY008", NULL, STATE_INTERRUPTED },   { ANY, 0, "HY018", NULL, STATE_INTERRUPTED },
	{ ANY, 0, "HYT", NULL, STATE_INTERRUPTED },     { ANY, 0, "53100", NULL, STATE_FULL },
	{ ANY, 0, "HY001", NULL, STATE_NOMEM },         { ANY, 0, "08", NULL, STATE_LOST },
	{ ANY, 0, "57P", NULL, STATE_LOST },            { ANY, 0, "42", NULL, STATE_SCHEMA },
};

/* By enum state_class. */
static const struct state_meaning {
	uint32_t status;
	const char *code, *text;
} meanings[] = {
	[STATE_OTHER] = { IDBC_CONFLICT, "", "the store refused the statement" },
	[STATE_DUPLICATE] = { IDBC_EXISTS, "user_exists", "the store holds that value already" },
	[STATE_FOREIGN_KEY] = { IDBC_CONFLICT, "foreign_key", "refused by a foreign key" },
	[STATE_NOT_NULL] = { IDBC_CONFLICT, "value_required", "the store requires a value" },
	[STATE_CHECK] = { IDBC_CONFLICT, "check_failed", "refused by a check of the store" },
	[STATE_TOO_LONG] = { IDBC_INVALID, "value_too_long", "a value does not fit its column" },
	[STATE_BAD_VALUE] = { IDBC_INVALID, "value_refused", "the store cannot hold a value" },
	[STATE_DEADLOCK] = { IDBC_BUSY, "deadlock", "other transactions came first" },
	[STATE_LOCKED] = { IDBC_BUSY, "locked", "another transaction holds the rows" },
	[STATE_READ_ONLY] = { IDBC_CONFLICT, "read_only", "the store is read-only" },
	[STATE_PRIVILEGE] = { IDBC_CONFIG, "missing_privilege", "the database user may not do that" },
	[STATE_SCHEMA] = { IDBC_CONFIG, "schema_mismatch", "mapping and store do not fit" },
	[STATE_INTERRUPTED] = { IDBC_TIMEOUT, "", "the statement was ended before its time" },
	[STATE_LOST] = { IDBC_UNAVAILABLE, "", "no connection to the store" },
	[STATE_FULL] = { IDBC_UNAVAILABLE, "store_full", "the store is full" },
	[STATE_BROKEN] = { IDBC_UNAVAILABLE, "store_damaged", "the store cannot use its own files" },
	[STATE_NOMEM] = { IDBC_NOMEM, "", "out of memory" },
};

static int fits(const struct state_row *row, uint32_t dialect, const struct sql_diag *diag)
{
	if (!(row->dialects & 1u << dialect) || (row->native && row->native != diag->native))
		return 0;
	if (strncmp(row->sqlstate, diag->sqlstate, strlen(row->sqlstate)))
		return 0;
	return !row->word || strstr(diag->text, row->word);
}

uint32_t state_class(uint32_t dialect, const struct sql_diag *diag)
{
	if (!strcmp(diag->sqlstate, "HY008") || !strncmp(diag->sqlstate, "HYT", 3))
		return STATE_INTERRUPTED;
	if (diag->lost != SQL_LOST_NOT)
		return STATE_LOST;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (fits(&table[i], dialect, diag))
			return table[i].state;
	return STATE_OTHER;
}

uint32_t state_status(uint32_t state, const struct state_context *at)
{
	int late_word = state == STATE_LOST || state == STATE_LOCKED || state == STATE_DEADLOCK;

	if (at->phase == STATE_CONNECTING && state != STATE_NOMEM)
		return at->late || state == STATE_INTERRUPTED ? IDBC_TIMEOUT : IDBC_UNAVAILABLE;
	if (late_word && at->late)
		return IDBC_TIMEOUT;
	if (state == STATE_OTHER && at->phase == STATE_READING)
		return IDBC_UNAVAILABLE;
	return meanings[state].status;
}

/* A statement that the server itself ended is undone by it; a silent server may have gone
 * through with a commit, and nothing else. */
uint32_t state_effect(const struct state_context *at, const struct sql_diag *diag)
{
	if (at->phase != STATE_ALONE && at->phase != STATE_COMMITTING)
		return IDBC_EFFECT_NONE;
	if (diag->native == 1180 || (at->dialect == SQL_SQLITE && diag->native == 10))
		return IDBC_EFFECT_UNKNOWN;
	return diag->lost == SQL_LOST_DURING ? IDBC_EFFECT_UNKNOWN : IDBC_EFFECT_NONE;
}

int state_may_retry(uint32_t state)
{
	return state == STATE_DEADLOCK || state == STATE_LOCKED;
}

int state_is_unspellable(const struct sql_diag *diag)
{
	return !strcmp(diag->sqlstate, "22P05") || !strcmp(diag->sqlstate, "22021");
}

static int is_quote(char c)
{
	return c == '\'' || c == '"' || c == '`';
}

/* What is longer than any word of a message is a value, or a name that nobody misses. */
static void drop_long_words(char *text)
{
	char *to = text;

	while (*text) {
		size_t blanks = strspn(text, " "), len = strcspn(text + blanks, " ");

		memmove(to, text, blanks + len);
		if (len > WORD_MAX)
			memcpy(to + blanks, "...", 3);
		to += blanks + (len > WORD_MAX ? 3 : len);
		text += blanks + len;
	}
	*to = '\0';
}

void state_scrub(const char *text, char *out, size_t cap)
{
	size_t len = strcspn(text, "\n"), first = 0, last = len, n = 0;

	while (first < len && !is_quote(text[first]))
		first++;
	while (last > first && !is_quote(text[last - 1]))
		last--;
	for (size_t i = 0; i < len && n + 4 < cap; i++) {
		if (first < last && i == first) {
			memcpy(out + n, "...", 3);
			n += 3;
		}
		if (i < first || i >= last)
			out[n++] = text[i];
	}
	out[n] = '\0';
	drop_long_words(out);
}

/* Words of a trigger or a procedure may be anything, a hash too. */
static int is_application(uint32_t state, const struct sql_diag *diag)
{
	return diag->native == 1644 || !strcmp(diag->sqlstate, "45000") ||
	       !strncmp(diag->sqlstate, "P0", 2) || (state == STATE_OTHER && diag->native == 19);
}

static void log_words(const struct idbc_host *host, uint32_t state, const struct sql_diag *diag)
{
	char words[sizeof(diag->text) + 8] = "(the application's own words)";

	if (!is_application(state, diag))
		state_scrub(diag->text, words, sizeof(words));
	host->log(host, IDBC_LOG_DEBUG, "store says %s %d: %s", diag->sqlstate,
		  (int)diag->native, words);
}

int state_fail(const struct idbc_host *host, const struct state_context *at,
	       const struct sql_diag *diag, struct idbc_error *err)
{
	uint32_t state = state_class(at->dialect, diag);
	uint32_t status = state_status(state, at);
	const struct state_meaning *means = &meanings[state];
	const char *text = status == IDBC_TIMEOUT ? "deadline passed" : means->text;

	log_words(host, state, diag);
	if (at->phase == STATE_CONNECTING)
		text = status == IDBC_TIMEOUT ? "deadline passed while connecting"
					      : "the store cannot be reached";
	host->fail(host, err, status, status == means->status ? means->code : "",
		   "%s%s%s%s (SQLSTATE %s, native %d)", text, at->table ? ", table \"" : "",
		   at->table ? at->table : "", at->table ? "\"" : "",
		   diag->sqlstate[0] ? diag->sqlstate : "-", (int)diag->native);
	err->native = diag->native;
	snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", diag->sqlstate);
	err->effect = state_effect(at, diag);
	return (int)status;
}

/* --- what a constraint is called --------------------------------------------------------- */

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

void state_constraint(uint32_t dialect, const struct sql_diag *diag, char *out, size_t cap)
{
	uint32_t state = state_class(dialect, diag);

	out[0] = '\0';
	if (state == STATE_FOREIGN_KEY)
		foreign_table(diag->text, out, cap);
	else if (state == STATE_DUPLICATE && dialect == SQL_SQLITE)
		after_failed(diag->text, out, cap);
	else if (state == STATE_DUPLICATE)
		last_quoted(diag->text, out, cap);
}
