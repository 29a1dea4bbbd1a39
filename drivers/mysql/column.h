/* drivers/mysql/column.h - one column of an answer: how it comes from the client library, and as
 * what it goes on.  Numbers and times come as they are sent and become text here: the client
 * library would make it by way of printf(), which costs more than all else in a row.
 * Threads: the connection's; no lock.
 */
#ifndef DRIVERS_MYSQL_COLUMN_H
#define DRIVERS_MYSQL_COLUMN_H

#include "client.h"

enum my_form { MY_TEXT, MY_INTEGER, MY_UNSIGNED, MY_TIME };
struct my_column {
	char *bytes;
	unsigned long cap, len;
	compat_bool null, error, binary;
	uint32_t decimals;              /* of a time */
	enum my_form form;
	union { long long n; MYSQL_TIME time; } raw;    /* what is no text yet */
};

uint32_t my_answer_kind(const MYSQL_FIELD *);           /* enum sql_answer_kind */
void my_column_describe(struct my_column *, const MYSQL_FIELD *);
void my_column_bind(struct my_column *, MYSQL_BIND *out);
/* Of what has come and is not NULL: `bytes` and `len`.  There is room for any number or time. */
void my_column_spell(struct my_column *);

#endif
