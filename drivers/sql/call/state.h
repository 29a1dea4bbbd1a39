/* drivers/sql/call/state.h - from what a client library says to what a caller learns: class,
 * status, effect, code.  Pure functions over facts; the table behind them is the one
 * place that knows error numbers.  Threads: any; no lock.
 */
#ifndef DRIVERS_SQL_STATE_H
#define DRIVERS_SQL_STATE_H

#include "sql/sql.h"

enum state_class {
	STATE_OTHER, STATE_DUPLICATE, STATE_FOREIGN_KEY, STATE_NOT_NULL, STATE_CHECK,
	STATE_TOO_LONG, STATE_BAD_VALUE, STATE_DEADLOCK, STATE_LOCKED, STATE_READ_ONLY,
	STATE_PRIVILEGE, STATE_SCHEMA, STATE_INTERRUPTED, STATE_LOST, STATE_FULL,
	STATE_NOMEM, STATE_BROKEN,
};
/* What was going on when it failed. */
enum state_phase {
	STATE_CONNECTING, STATE_READING,
	STATE_ALONE,            /* one write, committed by itself */
	STATE_INSIDE,           /* a statement of a transaction   */
	STATE_COMMITTING,
};
struct state_context {
	uint32_t dialect, phase;
	int late;               /* the deadline has passed */
	const char *table;      /* of the statement, or NULL */
};

uint32_t state_class(uint32_t dialect, const struct sql_diag *);
uint32_t state_status(uint32_t state, const struct state_context *);
uint32_t state_effect(const struct state_context *, const struct sql_diag *);
/* The whole transaction is gone, or can go, and may be tried again. */
int  state_may_retry(uint32_t state);

/* The value has characters that the store's encoding lacks. */
int  state_is_unspellable(const struct sql_diag *);

/* Fills *err with a text of our own words; returns its status. */
int  state_fail(const struct idbc_host *, const struct state_context *,
		const struct sql_diag *, struct idbc_error *err) SQL_COLD;

/* Column, index or table that a refused constraint names, for comparison with names of
 * ours: never for people, it might hold a value.  Empty if there is none. */
void state_constraint(uint32_t dialect, const struct sql_diag *, char *out, size_t cap);
/* A server's words without anything that stood in quotes: first quote to last. */
void state_scrub(const char *text, char *out, size_t cap);

#endif
