/* drivers/mysql/column.c - see column.h.  Threads: the connection's; no lock.
 */
#include "column.h"

#include <string.h>

#define CHARSET_BINARY 63u

/* Numbers, times and JSON call themselves binary although their text is not. */
static int is_binary(const MYSQL_FIELD *field)
{
	switch ((int)field->type) {
	case MYSQL_TYPE_BIT:
	case MYSQL_TYPE_GEOMETRY:
		return 1;
	case MYSQL_TYPE_TINY_BLOB:
	case MYSQL_TYPE_BLOB:
	case MYSQL_TYPE_MEDIUM_BLOB:
	case MYSQL_TYPE_LONG_BLOB:
	case MYSQL_TYPE_STRING:
	case MYSQL_TYPE_VAR_STRING:
	case MYSQL_TYPE_VARCHAR:
		return field->charsetnr == CHARSET_BINARY;
	default:
		return 0;
	}
}

uint32_t my_answer_kind(const MYSQL_FIELD *field)
{
	switch ((int)field->type) {
	case MYSQL_TYPE_TINY:
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_INT24:
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_LONGLONG:
		return SQL_ANSWER_INTEGER;
	default:
		return SQL_ANSWER_OTHER;
	}
}

/* Zeroes before a number are text. */
static enum my_form form_of(const MYSQL_FIELD *field)
{
	switch ((int)field->type) {
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_TIMESTAMP:
		return field->decimals <= 6 ? MY_TIME : MY_TEXT;
	default:
		if (my_answer_kind(field) == SQL_ANSWER_OTHER || field->flags & ZEROFILL_FLAG)
			return MY_TEXT;
		return field->flags & UNSIGNED_FLAG ? MY_UNSIGNED : MY_INTEGER;
	}
}

void my_column_describe(struct my_column *col, const MYSQL_FIELD *field)
{
	col->binary = is_binary(field) != 0;
	col->form = form_of(field);
	col->decimals = field->decimals;
}

void my_column_bind(struct my_column *col, MYSQL_BIND *b)
{
	memset(b, 0, sizeof(*b));
	b->length = &col->len;
	b->is_null = &col->null;
	b->error = &col->error;
	switch (col->form) {
	case MY_INTEGER:
	case MY_UNSIGNED:
		b->buffer_type = MYSQL_TYPE_LONGLONG;
		b->is_unsigned = col->form == MY_UNSIGNED;
		b->buffer = &col->raw.n;
		break;
	case MY_TIME:
		b->buffer_type = MYSQL_TYPE_DATETIME;
		b->buffer = &col->raw.time;
		b->buffer_length = sizeof(col->raw.time);
		break;
	default:
		b->buffer_type = col->binary ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
		b->buffer = col->bytes;
		b->buffer_length = col->cap;
	}
}

/* `n` digits before `end`. */
static char *put_digits(char *end, unsigned long value, int n)
{
	for (; n > 0; n--, value /= 10)
		*--end = (char)('0' + value % 10);
	return end;
}

static void put_time(struct my_column *col)
{
	const MYSQL_TIME *t = &col->raw.time;
	char *out = col->bytes;

	memcpy(out, "0000-00-00 00:00:00.000000", 26);
	put_digits(out + 4, t->year, 4);
	put_digits(out + 7, t->month, 2);
	put_digits(out + 10, t->day, 2);
	put_digits(out + 13, t->hour, 2);
	put_digits(out + 16, t->minute, 2);
	put_digits(out + 19, t->second, 2);
	put_digits(out + 26, t->second_part, 6);
	col->len = col->decimals ? 20 + col->decimals : 19;
}

static void put_integer(struct my_column *col)
{
	char text[24], *end = text + sizeof(text), *p = end;
	int negative = col->form == MY_INTEGER && col->raw.n < 0;
	unsigned long long n = (unsigned long long)col->raw.n;

	if (negative)
		n = 0 - n;
	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	if (negative)
		*--p = '-';
	col->len = (unsigned long)(end - p);
	memcpy(col->bytes, p, col->len);
}

void my_column_spell(struct my_column *col)
{
	if (col->form == MY_TIME)
		put_time(col);
	else if (col->form != MY_TEXT)
		put_integer(col);
}
