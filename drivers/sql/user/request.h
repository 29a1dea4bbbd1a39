/* drivers/sql/user/request.h - one statement upon a table of our own, intents or moved ids: text and
 * values together, in the words of the dialect.
 */
#ifndef DRIVERS_SQL_REQUEST_H
#define DRIVERS_SQL_REQUEST_H

#include "sql/call/call.h"
#include "sql/plan/text.h"

#define REQUEST_ARGS 10
struct request {
	struct session *session;
	const char *table;
	struct sql_text text;
	struct idbc_value args[REQUEST_ARGS];
	uint32_t nargs;
};

void request_begin(struct request *, struct session *, const char *table);
/* A ? each. */
void request_text(struct request *, const struct idbc_str *);
void request_name(struct request *, const char *);
void request_count(struct request *, int64_t);

int  request_write(struct request *, int64_t *rows, struct idbc_error *err);
/* Of an INSERT ... VALUES (...) with the dialect's or_nothing: *rows 0 where the key is there. */
int  request_insert(struct request *, int64_t *rows, struct idbc_error *err);
int  request_open(struct request *, uint32_t ncols, struct cursor *, struct idbc_error *err);
int64_t request_number(const struct idbc_value *);       /* a column of integers; else 0 */

#endif
