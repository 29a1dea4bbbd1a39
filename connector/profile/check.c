/* connector/profile/check.c - syntax and length of what is about to be written.  Rows
 * that break these rules already are none of its business.  Threads: any; no lock.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>
#include "base/text.h"
#include "profile/internal.h"

#define EMAIL_MAX       254
#define EMAIL_LOCAL_MAX 64
#define LABEL_MAX       63
#define PHONE_MAX       32

/* --- e-mail: a dot-atom, "@", a domain; letters of every language ---------------------- */
static int is_alnum(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c >= 0x80;
}

static int is_local(const char *local, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)local[i];

		if (c == '.' && (i == 0 || i + 1 == len || local[i + 1] == '.'))
			return 0;
		if (c != '.' && !is_alnum(c) && (!c || !strchr("!#$%&'*+-/=?^_`{|}~", c)))
			return 0;
	}
	return len > 0;
}

static int is_label(const char *label, size_t len)
{
	if (!len || len > LABEL_MAX || label[0] == '-' || label[len - 1] == '-')
		return 0;
	for (size_t i = 0; i < len; i++)
		if (!is_alnum((unsigned char)label[i]) && label[i] != '-')
			return 0;
	return 1;
}

static int is_domain(const char *domain, size_t len)
{
	const char *end = domain + len, *dot;

	for (;; domain = dot + 1) {
		dot = memchr(domain, '.', (size_t)(end - domain));
		if (!is_label(domain, (size_t)((dot ? dot : end) - domain)))
			return 0;
		if (!dot)
			return 1;
	}
}

/* White space as Unicode counts it; the text is valid UTF-8. */
static int has_space(const struct idbc_str *text)
{
	ucs4_t c;

	for (size_t i = 0; i < text->len;) {
		i += (size_t)u8_mbtouc(&c, (const uint8_t *)text->ptr + i, text->len - i);
		if (uc_is_property_white_space(c))
			return 1;
	}
	return 0;
}

static int is_clean(const struct idbc_str *text)
{
	return text->len && text_is_utf8(text->ptr, text->len) &&
	       !text_has_control(text->ptr, text->len);
}

static const char *last_at(const struct idbc_str *email)
{
	return email->len ? memrchr(email->ptr, '@', email->len) : NULL;
}

int profile_check_email(const struct idbc_str *email, struct idbc_error *err)
{
	const char *at = last_at(email);
	size_t local = at ? (size_t)(at - email->ptr) : 0;

	if (email->len > EMAIL_MAX || local > EMAIL_LOCAL_MAX)
		return err_code(err, IDBC_INVALID, "profile", "email_too_long",
				"an e-mail address has at most %d bytes, %d before the @",
				EMAIL_MAX, EMAIL_LOCAL_MAX);
	if (!at || !is_clean(email) || has_space(email) || !is_local(email->ptr, local) ||
	    !is_domain(at + 1, email->len - local - 1))
		return err_code(err, IDBC_INVALID, "profile", "invalid_email",
				"not an e-mail address");
	return IDBC_OK;
}

/* --- user names ------------------------------------------------------------------------ */
static int bad_username(struct idbc_error *err, const char *why)
{
	return err_code(err, IDBC_INVALID, "profile", "invalid_username",
			"the user name %s", why);
}

static int is_edge_space(const struct idbc_str *text)
{
	ucs4_t first, last;

	u8_mbtouc(&first, (const uint8_t *)text->ptr, text->len);
	u8_prev(&last, (const uint8_t *)text->ptr + text->len, (const uint8_t *)text->ptr);
	return uc_is_property_white_space(first) || uc_is_property_white_space(last);
}

static int matches(const char *pattern, const struct idbc_str *text)
{
	char *copy = text_dup(text->ptr, text->len);
	int hit = 0;
	regex_t re;

	if (copy && !regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB)) {
		hit = !regexec(&re, copy, 0, NULL, 0);
		regfree(&re);
	}
	free(copy);
	return hit;
}

int profile_check_username(const struct profile_rules *rules, const struct idbc_str *username,
			   struct idbc_error *err)
{
	size_t length;

	if (!is_clean(username))
		return bad_username(err, "is empty, not UTF-8 or has control characters");
	length = u8_mbsnlen((const uint8_t *)username->ptr, username->len);
	if (rules->username_max && length > rules->username_max)
		return err_code(err, IDBC_INVALID, "profile", "username_too_long",
				"the user name is longer than %u characters",
				rules->username_max);
	if (rules->identifier_bytes && username->len > rules->identifier_bytes)
		return err_code(err, IDBC_INVALID, "profile", "username_too_long",
				"the user name is longer than %u bytes",
				rules->identifier_bytes);
	if (is_edge_space(username))
		return bad_username(err, "begins or ends with white space");
	if (rules->username_pattern && !matches(rules->username_pattern, username))
		return bad_username(err, "does not match profile.username.pattern");
	return IDBC_OK;
}

/* --- phone numbers --------------------------------------------------------------------- */
int check_phone(const struct idbc_str *phone, struct idbc_error *err)
{
	size_t digits = 0, bad = phone->len > PHONE_MAX;

	for (size_t i = 0; i < phone->len && !bad; i++) {
		char c = phone->ptr[i];

		if (c >= '0' && c <= '9')
			digits++;
		else
			bad = c == '+' ? i != 0 : !c || !strchr(" -./()", c);
	}
	if (bad || digits < 3 || digits > 15)
		return err_code(err, IDBC_INVALID, "profile", "invalid_phone",
				"not a phone number: 3 to 15 digits, perhaps after a +");
	return IDBC_OK;
}
