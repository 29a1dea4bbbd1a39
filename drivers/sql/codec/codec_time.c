/* drivers/sql/codec/codec_time.c - points in time, in the forms that stores keep them.
 *
 * Always UTC; microseconds since 1970 inside.  What stores write for "never" (zero
 * dates, 0, -1, years beyond 9999) is no time, and no error.  Threads: any; no lock.
 */
#include "sql/codec/codec_part.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define YEAR_1    INT64_C(-62135596800)         /* 0001-01-01T00:00:00Z */
#define YEAR_9999 INT64_C(253402300799)         /* 9999-12-31T23:59:59Z */

struct cursor { const char *p, *end; };

/* Exactly `n` digits. */
static int digits(struct cursor *c, int n, int *out)
{
	int value = 0;

	if (c->end - c->p < n)
		return 0;
	for (int i = 0; i < n; i++) {
		if (c->p[i] < '0' || c->p[i] > '9')
			return 0;
		value = value * 10 + (c->p[i] - '0');
	}
	c->p += n;
	*out = value;
	return 1;
}

static int one(struct cursor *c, const char *set)
{
	if (c->p == c->end || !*c->p || !strchr(set, *c->p))
		return 0;
	c->p++;
	return 1;
}

static int at_digit(const struct cursor *c)
{
	return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

/* ".123456", any number of digits; beyond microseconds they are dropped. */
static int fraction(struct cursor *c, int64_t *us)
{
	int64_t unit = US_PER_SECOND / 10;

	if (!one(c, "."))
		return 1;
	if (!at_digit(c))
		return 0;
	for (; at_digit(c); c->p++, unit /= 10)
		*us += (*c->p - '0') * unit;
	return 1;
}

/* "Z", "+02", "+0200", "+02:00", or nothing. */
static int zone(struct cursor *c, int64_t *seconds)
{
	int negative, hours, minutes = 0;

	if (c->p == c->end || one(c, "Zz"))
		return 1;
	negative = *c->p == '-';
	if (!one(c, "+-") || !digits(c, 2, &hours))
		return 0;
	one(c, ":");
	if (c->p < c->end && !digits(c, 2, &minutes))
		return 0;
	if (hours > 15 || minutes > 59)
		return 0;
	*seconds = (negative ? -1 : 1) * (hours * 3600 + minutes * 60);
	return 1;
}

static int is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970-01-01, `month` from 0: every year has 365, and those before it their leap days.
 * timegm() takes a hundred times as long, and 30 February for a day in March. */
static int64_t days_since_1970(int year, int month, int day)
{
	static const short before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
	unsigned last = (unsigned)year - 1;

	return ((int64_t)last - 1969) * 365 + last / 4 - last / 100 + last / 400 - 477 +
	       before[month] + (month > 1 && is_leap(year)) + day - 1;
}

static int civil(const struct tm *tm, int64_t *seconds)
{
	static const char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int second = tm->tm_sec == 60 ? 59 : tm->tm_sec;

	if (tm->tm_hour > 23 || tm->tm_min > 59 || tm->tm_sec > 60 || tm->tm_mon > 11 ||
	    tm->tm_mday > days[tm->tm_mon] + (tm->tm_mon == 1 && is_leap(tm->tm_year + 1900)))
		return 0;
	*seconds = days_since_1970(tm->tm_year + 1900, tm->tm_mon, tm->tm_mday) * 86400 +
		   tm->tm_hour * 3600 + tm->tm_min * 60 + second;
	return 1;
}

static int in_range(int64_t seconds)
{
	return seconds >= YEAR_1 && seconds <= YEAR_9999;
}

static int finish(struct tm *tm, int64_t us, int64_t offset, int64_t *out)
{
	int64_t seconds;

	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	if (!civil(tm, &seconds))
		return CODEC_MALFORMED;
	seconds -= offset;
	if (!in_range(seconds))
		return CODEC_NEVER;
	*out = seconds * US_PER_SECOND + us;
	return CODEC_OK;
}

/* A year of five digits or more, or "infinity": a time that never comes. */
static int beyond(const struct idbc_str *text)
{
	size_t n = 0;

	if (text->len >= 8 && !memcmp(text->ptr + (text->ptr[0] == '-'), "infinity", 7))
		return 1;
	while (n < text->len && text->ptr[n] >= '0' && text->ptr[n] <= '9')
		n++;
	return n > 4 && n < text->len && text->ptr[n] == '-';
}

/* Two digits, or what is below 0. */
static int two(const char *p)
{
	unsigned tens = (unsigned char)p[0] - '0', ones = (unsigned char)p[1] - '0';

	return tens > 9 || ones > 9 ? -1 : (int)(tens * 10 + ones);
}

/* 1: "2026-11-22 04:08:09", or with a T, with a fraction of up to six digits, perhaps in UTC as a
 * server says it, "+00" or "+00:00". */
static int read_usual(const struct idbc_str *text, struct tm *tm, int64_t *us)
{
	const char *p = text->ptr;
	size_t len = text->len;
	int century, year;
	int64_t unit = US_PER_SECOND / 10;

	if (len > 21 && !memcmp(p + len - 3, "+00", 3))
		len -= 3;
	else if (len > 24 && !memcmp(p + len - 6, "+00:00", 6))
		len -= 6;
	if (len < 19 || len > 26 || len == 20 || p[4] != '-' || p[7] != '-' ||
	    (p[10] != ' ' && p[10] != 'T') || p[13] != ':' || p[16] != ':' || (len > 19 && p[19] != '.'))
		return 0;
	century = two(p);
	year = two(p + 2);
	tm->tm_year = century * 100 + year;
	tm->tm_mon = two(p + 5);
	tm->tm_mday = two(p + 8);
	tm->tm_hour = two(p + 11);
	tm->tm_min = two(p + 14);
	tm->tm_sec = two(p + 17);
	*us = 0;
	for (size_t i = 20; i < len; i++, unit /= 10) {
		if (p[i] < '0' || p[i] > '9')
			return 0;
		*us += (p[i] - '0') * unit;
	}
	return (century | year | tm->tm_hour | tm->tm_min | tm->tm_sec) >= 0 && tm->tm_year > 0 &&
	       tm->tm_mon > 0 && tm->tm_mday > 0;
}

/* "2026-11-22", then perhaps "T" or a blank and "04:08[:09[.5]]" and a zone. */
static int parse_civil(const struct idbc_str *text, int64_t *out)
{
	struct cursor c = { text->ptr, text->ptr + text->len };
	struct tm tm = { 0 };
	int64_t us = 0, offset = 0;

	if (read_usual(text, &tm, &us))
		return finish(&tm, us, 0, out);
	memset(&tm, 0, sizeof(tm));
	us = 0;
	if (beyond(text))
		return CODEC_NEVER;
	if (!digits(&c, 4, &tm.tm_year) || !one(&c, "-") || !digits(&c, 2, &tm.tm_mon) ||
	    !one(&c, "-") || !digits(&c, 2, &tm.tm_mday))
		return CODEC_MALFORMED;
	if (!tm.tm_year || !tm.tm_mon || !tm.tm_mday)
		return CODEC_NEVER;
	if (c.p < c.end) {
		if (!one(&c, "Tt ") || !digits(&c, 2, &tm.tm_hour) || !one(&c, ":") ||
		    !digits(&c, 2, &tm.tm_min))
			return CODEC_MALFORMED;
		if (one(&c, ":") && (!digits(&c, 2, &tm.tm_sec) || !fraction(&c, &us)))
			return CODEC_MALFORMED;
		one(&c, " ");
		if (!zone(&c, &offset) || c.p != c.end)
			return CODEC_MALFORMED;
	}
	return finish(&tm, us, offset, out);
}

/* MediaWiki's 20261122040809. */
static int parse_mw14(const struct idbc_str *text, int64_t *out)
{
	struct cursor c = { text->ptr, text->ptr + text->len };
	struct tm tm = { 0 };

	if (!digits(&c, 4, &tm.tm_year) || !digits(&c, 2, &tm.tm_mon) ||
	    !digits(&c, 2, &tm.tm_mday) || !digits(&c, 2, &tm.tm_hour) ||
	    !digits(&c, 2, &tm.tm_min) || !digits(&c, 2, &tm.tm_sec) || c.p != c.end)
		return parse_civil(text, out);
	if (!tm.tm_year || !tm.tm_mon || !tm.tm_mday)
		return CODEC_NEVER;
	return finish(&tm, 0, 0, out);
}

/* A count of 1/per_second since 1970; 0 means "not yet", -1 "never". */
static int parse_count(const struct idbc_str *text, int64_t per_second, int64_t *out)
{
	const char *dot = memchr(text->ptr, '.', text->len);
	size_t whole = dot ? (size_t)(dot - text->ptr) : text->len;
	struct cursor c = { text->ptr + whole, text->ptr + text->len };
	int64_t n, us = 0;

	if (codec_i64(text->ptr, whole, &n) || !fraction(&c, &us) || c.p != c.end)
		return CODEC_MALFORMED;
	if (n == 0 && us == 0)
		return CODEC_ABSENT;
	if (n == -1 || !in_range(n / per_second))
		return CODEC_NEVER;
	*out = n * (US_PER_SECOND / per_second);
	if (per_second == 1)
		*out += n < 0 ? -us : us;
	return CODEC_OK;
}

int codec_time_parse(const struct idbc_str *text, uint32_t form, int64_t *us)
{
	struct idbc_str trimmed = *text;

	while (trimmed.len && (trimmed.ptr[trimmed.len - 1] == ' ' ||
			       trimmed.ptr[trimmed.len - 1] == '\0'))
		trimmed.len--;          /* CHAR(n) and BINARY(n) are padded */
	if (!trimmed.len)
		return CODEC_ABSENT;
	switch (form) {
	case MAP_UNIX:
		return parse_count(&trimmed, 1, us);
	case MAP_UNIX_MS:
		return parse_count(&trimmed, 1000, us);
	case MAP_UNIX_US:
		return parse_count(&trimmed, US_PER_SECOND, us);
	case MAP_MW14:
		return parse_mw14(&trimmed, us);
	default:
		return parse_civil(&trimmed, us);
	}
}

static uint32_t form_of(uint32_t form, uint32_t column_type)
{
	if (form != MAP_TIME_NONE)
		return form;
	switch (column_type) {
	case SQL_COL_INTEGER:
	case SQL_COL_REAL:
		return MAP_UNIX;
	case SQL_COL_DATE:
		return MAP_DATE;
	default:
		return MAP_DATETIME;
	}
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static char *print_civil(uint32_t form, const struct tm *tm, int us, struct arena *arena)
{
	char date[48], part[16] = "";

	snprintf(date, sizeof(date), "%04d-%02d-%02d", tm->tm_year + 1900, tm->tm_mon + 1,
		tm->tm_mday);
	if (form == MAP_DATE)
		return arena_printf(arena, "%s", date);
	if (form == MAP_MW14)
		return arena_printf(arena, "%04d%02d%02d%02d%02d%02d", tm->tm_year + 1900,
			tm->tm_mon + 1, tm->tm_mday, tm->tm_hour, tm->tm_min, tm->tm_sec);
	if (us && us % 1000 == 0)
		snprintf(part, sizeof(part), ".%03d", us / 1000);
	else if (us)
		snprintf(part, sizeof(part), ".%06d", us);
	return arena_printf(arena, "%s%c%02d:%02d:%02d%s%s", date, form == MAP_ISO ? 'T' : ' ',
		tm->tm_hour, tm->tm_min, tm->tm_sec, part, form == MAP_ISO ? "Z" : "");
}

int codec_time(int64_t us, uint32_t form, uint32_t column_type, struct arena *arena,
	struct idbc_value *out)
{
	int64_t seconds = floor_div(us, US_PER_SECOND);
	time_t t = (time_t)seconds;
	struct idbc_str text;
	struct tm tm;

	if (!in_range(seconds))
		return CODEC_MALFORMED;
	switch (form_of(form, column_type)) {
	case MAP_UNIX:
		return codec_bind_i64(seconds, column_type, arena, out);
	case MAP_UNIX_MS:
		return codec_bind_i64(floor_div(us, 1000), column_type, arena, out);
	case MAP_UNIX_US:
		return codec_bind_i64(us, column_type, arena, out);
	}
	if (!gmtime_r(&t, &tm))
		return CODEC_MALFORMED;
	text.ptr = print_civil(form_of(form, column_type), &tm,
		(int)(us - seconds * US_PER_SECOND), arena);
	if (!text.ptr)
		return CODEC_NOMEM;
	text.len = strlen(text.ptr);
	return codec_bind_text(&text, column_type, out);
}

int codec_now(int64_t now_us, uint32_t form, uint32_t column_type, struct arena *arena,
	struct idbc_value *out)
{
	if (form != MAP_UNIX_MS && form != MAP_UNIX_US)
		now_us = floor_div(now_us, US_PER_SECOND) * US_PER_SECOND;
	return codec_time(now_us, form, column_type, arena, out);
}
