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

static void put_two(char *out, unsigned value)
{
	out[0] = (char)('0' + value / 10 % 10);
	out[1] = (char)('0' + value % 10);
}

static void put_time(struct my_column *col)
{
	const MYSQL_TIME *t = &col->raw.time;
	char *out = col->bytes;

	memcpy(out, "0000-00-00 00:00:00.000000", 26);
	put_two(out, t->year / 100);
	put_two(out + 2, t->year);
	put_two(out + 5, t->month);
	put_two(out + 8, t->day);
	put_two(out + 11, t->hour);
	put_two(out + 14, t->minute);
	put_two(out + 17, t->second);
	put_two(out + 20, (unsigned)(t->second_part / 10000));
	put_two(out + 22, (unsigned)(t->second_part / 100));
	put_two(out + 24, (unsigned)t->second_part);
	col->len = col->decimals ? 20 + col->decimals : 19;
}

static void put_integer(struct my_column *col)
{
	char text[24], *end = text + sizeof(text), *p = end;
	int negative = col->form == MY_INTEGER && col->raw.n < 0;
	unsigned long long n = (unsigned long long)col->raw.n;

	if (n < 10) {
		*col->bytes = (char)('0' + n);
		col->len = 1;
		return;
	}
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
