/* drivers/sql/call/state.c - what a caller learns of a failure: status, effect, code.  A
 * server's own text is logged scrubbed at DEBUG and copied nowhere.
 * Threads: any; no lock.
 */
#include "sql/call/state.h"

#include <stdio.h>
#include <string.h>

#define SQLITE_BUSY 5
#define WORD_MAX 24u             /* bytes; hashes are longer */

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

/* MariaDB and MySQL tell a session that it is killed, or a server that it shuts down, in place
 * of the OK of a statement that is done already. */
static int may_come_after(const struct state_context *at, const struct sql_diag *diag)
{
	static const int32_t numbers[] = { 1180, 1317, 1053, 1927, 1969, 3024 };
	int is_my = at->dialect == SQL_MARIADB || at->dialect == SQL_MYSQL;

	for (size_t i = 0; is_my && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (diag->native == numbers[i])
			return 1;
	return !strcmp(diag->sqlstate, "40003") ||
	       (at->dialect == SQL_SQLITE && diag->native == 10);
}

/* Does this answer to COMMIT say that the transaction is undone, or can still be? */
static int refuses_commit(const struct state_context *at, const struct sql_diag *diag)
{
	uint32_t state = state_class(at->dialect, diag);

	/* Whatever this server itself says instead of yes is no. */
	if (at->dialect == SQL_POSTGRESQL)
		return state != STATE_LOST && strncmp(diag->sqlstate, "HY", 2) != 0;
	if (at->dialect == SQL_SQLITE && diag->native == SQLITE_BUSY)   /* interrupted or not */
		return 1;
	switch (state) {
	case STATE_OTHER:
	case STATE_INTERRUPTED:
	case STATE_LOST:
	case STATE_NOMEM:
	case STATE_BROKEN:
		return 0;
	case STATE_FULL:
		return at->dialect == SQL_SQLITE;
	default:
		return 1;
	}
}

/* What was open is undone with its connection.  A single statement that the server refuses has
 * done nothing; of a commit that holds only for answers that say so. */
uint32_t state_effect(const struct state_context *at, const struct sql_diag *diag)
{
	if (at->phase != STATE_ALONE && at->phase != STATE_COMMITTING)
		return IDBC_EFFECT_NONE;
	if (may_come_after(at, diag) || diag->lost == SQL_LOST_DURING)
		return IDBC_EFFECT_UNKNOWN;
	if (diag->lost == SQL_LOST_BEFORE || at->phase == STATE_ALONE)
		return IDBC_EFFECT_NONE;
	return refuses_commit(at, diag) ? IDBC_EFFECT_NONE : IDBC_EFFECT_UNKNOWN;
}

int state_may_retry(uint32_t state)
{
	return state == STATE_DEADLOCK || state == STATE_LOCKED;
}

int state_is_unspellable(const struct sql_diag *diag)
{
	return !strcmp(diag->sqlstate, "22P05") || !strcmp(diag->sqlstate, "22021");
}

/* What may stand around a value; where messages are translated, quotes are not ASCII. */
static int is_quote(char c)
{
	return c == '\'' || c == '"' || c == '`' || c == '(' || c == ')' || (c & 0x80);
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
	return diag->native == 1644 || diag->native >= 50000 || !strcmp(diag->sqlstate, "45000") ||
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
	int killed = state == STATE_INTERRUPTED && !at->late;
	const char *text = status == IDBC_TIMEOUT && !killed ? "deadline passed" : means->text;
	const char *code = status == means->status ? means->code : "";

	log_words(host, state, diag);
	if (at->phase == STATE_CONNECTING) {
		code = status == IDBC_UNAVAILABLE && !strcmp(diag->sqlstate, "25006") ? "standby" : "";
		text = status == IDBC_TIMEOUT ? "deadline passed while connecting"
		       : *code ? "only a standby can be reached" : "the store cannot be reached";
	}
	host->fail(host, err, status, code,
		   "%s%s%s%s (SQLSTATE %s, native %d)", text, at->table ? ", table \"" : "",
		   at->table ? at->table : "", at->table ? "\"" : "",
		   diag->sqlstate[0] ? diag->sqlstate : "-", (int)diag->native);
	err->native = diag->native;
	snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", diag->sqlstate);
	err->effect = state_effect(at, diag);
	return (int)status;
}
