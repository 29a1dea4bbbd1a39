/* entry.c - between an entry's attributes and a profile's fields.
 * Threads: the session's own.
 */
#include "ldap_driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct berval *entry_value(LDAP *ld, LDAPMessage *entry, const struct attr *attr)
{
	struct berval **values = ldap_get_values_len(ld, entry, attr->name);
	struct berval *first = values && values[0] ? ber_bvdup(values[0]) : NULL;

	ldap_value_free_len(values);
	return first;
}

/* Of several values the one that equals; one with the same bytes before all others. */
struct berval *entry_match(struct session *s, LDAPMessage *entry, const struct attr *attr,
			   const struct idbc_str *identifier)
{
	struct berval **values = ldap_get_values_len(s->ld, entry, attr->name);
	struct berval *found = NULL;
	int exact = 0;

	for (size_t i = 0; values && values[i] && !exact; i++) {
		struct idbc_str value = str_of(values[i]);

		exact = value.len == identifier->len &&
			!memcmp(value.ptr, identifier->ptr, value.len);
		if (!exact && (found || !s->host->same(s->host, attr->fold, identifier, &value)))
			continue;
		found = values[i];
	}
	found = found ? ber_bvdup(found) : NULL;
	ldap_value_free_len(values);
	return found;
}

/* --- reading ----------------------------------------------------------------------------- */
static int is_word(const struct berval *value, const char *word)
{
	return value->bv_len == strlen(word) && !strncasecmp(value->bv_val, word, value->bv_len);
}

static int is_true(const struct berval *value)
{
	static const char *const words[] = { "TRUE", "1", "yes", "y", "on" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_word(value, words[i]))
			return 1;
	return 0;
}

static int two_digits(const char *p, int *out)
{
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return 0;
	*out = (p[0] - '0') * 10 + p[1] - '0';
	return 1;
}

/* "20240131120000.123456Z", "202401311200+0100": RFC 4517, generalized time. */
static int read_time(const struct berval *value, int64_t *us)
{
	int part[7] = { 0 }, sign = 0, hours = 0, minutes = 0, n = 0;
	int64_t fraction = 0, unit = 1000000;
	const char *p = value->bv_val;
	struct tm tm = { 0 };

	while (n < 7 && two_digits(p, &part[n])) {
		n++;
		p += 2;
	}
	if (n < 5 || value->bv_len > 40)
		return 0;
	if (*p == '.' || *p == ',')
		for (p++; *p >= '0' && *p <= '9'; p++) {
			unit /= 10;
			fraction += (*p - '0') * unit;
		}
	if (*p == '+' || *p == '-') {
		sign = *p == '+' ? -1 : 1;
		if (!two_digits(p + 1, &hours))
			return 0;
		two_digits(p + 3, &minutes);
	} else if (*p != 'Z') {
		return 0;
	}
	tm.tm_year = part[0] * 100 + part[1] - 1900;
	tm.tm_mon = part[2] - 1;
	tm.tm_mday = part[3];
	tm.tm_hour = part[4];
	tm.tm_min = part[5];
	tm.tm_sec = part[6];
	*us = ((int64_t)timegm(&tm) + sign * (hours * 3600 + minutes * 60)) * 1000000 + fraction;
	return 1;
}

/* 0: there is nothing that fits. */
static int read_value(struct session *s, const struct attr *attr, const struct berval *value,
		      struct idbc_value *out)
{
	*out = (struct idbc_value){ IDBC_KIND_BOOL, 0, { .i64 = 0 } };
	switch (attr->as) {
	case AS_PRESENT:
		out->u.i64 = value != NULL;
		return 1;
	case AS_FLAG:
		out->u.i64 = value && is_true(value);
		return value != NULL;
	case AS_TIME:
		out->kind = IDBC_KIND_TIME_US;
		return value && read_time(value, &out->u.i64);
	case AS_NUMBER:
		out->kind = IDBC_KIND_I64;
		out->u.i64 = value ? strtoll(value->bv_val, NULL, 10) : 0;
		return value != NULL;
	default:
		break;
	}
	if (!value)
		return 0;
	out->u.str = str_of(value);
	if (!is_utf8(s->host, &out->u.str))
		out->kind = IDBC_KIND_BYTES;
	else
		out->kind = attr->as == AS_JSON ? IDBC_KIND_JSON : IDBC_KIND_STR;
	return 1;
}

static int report_field(struct session *s, LDAPMessage *entry, const struct attr *attr,
			struct berval *matched, struct idbc_sink *sink)
{
	struct berval *value = matched ? ber_bvdup(matched) : entry_value(s->ld, entry, attr);
	struct idbc_value out;
	int rc = 0;

	if (read_value(s, attr, value, &out))
		rc = sink->field(sink, attr->field, &out);
	ber_bvfree(value);
	return rc;
}

static int report(struct session *s, LDAPMessage *entry, const struct attr *in,
		  const struct berval *id, struct berval *matched, struct idbc_sink *sink)
{
	const struct mapping *map = &s->in->map;
	struct idbc_str user_id = str_of(id), value = { "", 0 };

	if (matched)
		value = str_of(matched);
	if (sink->row(sink, &user_id, &value))
		return -1;
	for (size_t i = 0; i < map->nattrs; i++)
		if (report_field(s, entry, &map->attrs[i], in == &map->attrs[i] ? matched : NULL,
				 sink))
			return -1;
	return 0;
}

int entry_report(struct session *s, LDAPMessage *entry, const struct attr *in,
		 const struct idbc_str *identifier, struct idbc_sink *sink,
		 struct idbc_error *err)
{
	struct berval *id = entry_value(s->ld, entry, &s->in->map.key), *matched = NULL;
	int rc = IDBC_OK;

	if (in)
		matched = entry_match(s, entry, in, identifier);
	if (!id || !id->bv_len || (in && !matched))
		rc = s->host->fail(s->host, err, IDBC_DATA, "", "an entry without \"%s\"",
				   s->in->map.key.name);
	else if (report(s, entry, in, id, matched, sink))
		rc = s->host->fail(s->host, err, IDBC_DRIVER, "", "the row was refused");
	ber_bvfree(matched);
	ber_bvfree(id);
	return rc;
}

/* --- writing ----------------------------------------------------------------------------- */
static int give(const char *bytes, size_t len, struct berval *out)
{
	out->bv_val = malloc(len + 1);
	if (!out->bv_val)
		return -2;
	if (len)
		memcpy(out->bv_val, bytes, len);
	out->bv_val[len] = '\0';
	out->bv_len = len;
	return 0;
}

static int give_word(const char *word, struct berval *out)
{
	return give(word, strlen(word), out);
}

static int write_time(int64_t us, struct berval *out)
{
	int64_t part = us % 1000000 < 0 ? us % 1000000 + 1000000 : us % 1000000;
	time_t seconds = (time_t)((us - part) / 1000000);
	char text[64];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || tm.tm_year < 1 - 1900 || tm.tm_year > 9999 - 1900)
		return -1;
	snprintf(text, sizeof(text), "%04d%02d%02d%02d%02d%02d.%06dZ", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)part);
	return give_word(text, out);
}

/* Of what is there or not only its absence can be written. */
static int write_flag(const struct attr *attr, int64_t flag, struct berval *out)
{
	if (attr->as == AS_PRESENT)
		return flag ? -1 : 0;
	return give_word(flag ? "TRUE" : "FALSE", out);
}

int entry_write(const struct attr *attr, const struct idbc_value *value, struct berval *out)
{
	char digits[24];

	*out = (struct berval){ 0, NULL };
	switch (value->kind) {
	case IDBC_KIND_NULL:
		return 0;
	case IDBC_KIND_BOOL:
		return write_flag(attr, value->u.i64, out);
	case IDBC_KIND_I64:
		snprintf(digits, sizeof(digits), "%lld", (long long)value->u.i64);
		return give_word(digits, out);
	case IDBC_KIND_TIME_US:
		return write_time(value->u.i64, out);
	default:
		break;
	}
	if (attr->as == AS_PRESENT)
		return -1;
	if (value->kind != IDBC_KIND_BYTES && value->u.str.len &&
	    memchr(value->u.str.ptr, '\0', value->u.str.len))
		return -1;
	return give(value->u.str.ptr, value->u.str.len, out);
}
