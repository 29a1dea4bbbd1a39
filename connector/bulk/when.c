/* connector/bulk/when.c - reads RFC 3339, without a locale and without a time zone's tables.
 * Threads: any; no lock.
 */
#include "bulk/when.h"

struct reader { const char *at, *end; };

static int digits(struct reader *r, int n, int64_t *out)
{
	int64_t value = 0;

	if (r->end - r->at < n)
		return -1;
	for (int i = 0; i < n; i++, r->at++) {
		if (*r->at < '0' || *r->at > '9')
			return -1;
		value = value * 10 + (*r->at - '0');
	}
	*out = value;
	return 0;
}

static int is(struct reader *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return 0;
	r->at++;
	return 1;
}

/* Days since 1970 of the civil calendar. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year, era = y / 400, of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t month_days(int64_t year, int64_t month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static int date(struct reader *r, int64_t *out_days)
{
	int64_t year, month, day;

	if (digits(r, 4, &year) || !is(r, '-') || digits(r, 2, &month) || !is(r, '-') ||
	    digits(r, 2, &day) || !year || month < 1 || month > 12 || day < 1 ||
	    day > month_days(year, month))
		return -1;
	*out_days = days_of(year, month, day);
	return 0;
}

static int fraction(struct reader *r, int64_t *us)
{
	int64_t unit = 100000, value = 0;
	const char *from = r->at;

	for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++, unit /= 10)
		value += unit * (*r->at - '0');
	*us = value;
	return r->at == from ? -1 : 0;
}

static int clock_time(struct reader *r, int64_t *out_us)
{
	int64_t hour, minute, second, us = 0;

	if (digits(r, 2, &hour) || !is(r, ':') || digits(r, 2, &minute) || !is(r, ':') ||
	    digits(r, 2, &second) || hour > 23 || minute > 59 || second > 60)
		return -1;
	if (is(r, '.') && fraction(r, &us))
		return -1;
	*out_us = ((hour * 60 + minute) * 60 + second) * 1000000 + us;
	return 0;
}

static int zone(struct reader *r, int64_t *out_us)
{
	int64_t hour, minute, sign;

	*out_us = 0;
	if (is(r, 'Z') || is(r, 'z'))
		return 0;
	sign = is(r, '-') ? -1 : is(r, '+') ? 1 : 0;
	if (!sign || digits(r, 2, &hour) || !is(r, ':') || digits(r, 2, &minute) || hour > 23 ||
	    minute > 59)
		return -1;
	*out_us = sign * (hour * 60 + minute) * 60000000;
	return 0;
}

int when_read(const struct idbc_str *text, int64_t *out_us)
{
	struct reader r = { text->ptr, text->ptr + text->len };
	int64_t days, us = 0, offset = 0;

	if (date(&r, &days))
		return -1;
	if (r.at < r.end && ((!is(&r, 'T') && !is(&r, 't') && !is(&r, ' ')) ||
			     clock_time(&r, &us) || zone(&r, &offset)))
		return -1;
	if (r.at != r.end)
		return -1;
	*out_us = days * INT64_C(86400000000) + us - offset;
	return 0;
}
