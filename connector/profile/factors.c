/* connector/profile/factors.c - job: second factors as a host gives them, before a store has
 * them: a list of objects, and in those of common kinds what a login would need.
 * Threads: any; no lock.
 */
#include <string.h>
#include "profile/internal.h"

static int refuse(struct idbc_error *err, const char *why)
{
	return err_code(err, IDBC_INVALID, "profile", "invalid_mfa_factors", "\"mfa_factors\" %s",
			why);
}

/* Base 32 as authenticators write it, padded or not. */
static int is_secret(const json_t *json)
{
	const char *text = json_string_value(json);
	size_t len = text ? strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") : 0;

	return len >= 8 && len == json_string_length(json) - strspn(text + len, "=");
}

static int is_value(const json_t *json, int (*check)(const struct idbc_str *, struct idbc_error *))
{
	struct idbc_error ignored = IDBC_ERROR_INIT;
	const struct idbc_str text = { json_string_value(json), json_string_length(json) };

	return text.ptr && check(&text, &ignored) == IDBC_OK;
}

static int check_factor(const json_t *factor, struct idbc_error *err)
{
	const json_t *totp = json_object_get(factor, "totp");
	const json_t *phone = json_object_get(factor, "phone");
	const json_t *email = json_object_get(factor, "email");

	if (!json_is_object(factor) || !json_object_size(factor))
		return refuse(err, "has an entry that is no object, or an empty one");
	if (totp && !is_secret(json_object_get(totp, "secret")))
		return refuse(err, "has a totp without a \"secret\" in base 32");
	if (phone && !is_value(json_object_get(phone, "value"), check_phone))
		return refuse(err, "has a phone whose \"value\" is no phone number");
	if (email && !is_value(json_object_get(email, "value"), profile_check_email))
		return refuse(err, "has an email whose \"value\" is no e-mail address");
	return IDBC_OK;
}

int check_factors(const json_t *factors, struct idbc_error *err)
{
	int rc = IDBC_OK;

	if (!json_is_array(factors))
		return refuse(err, "must be an array");
	for (size_t i = 0; i < json_array_size(factors) && rc == IDBC_OK; i++)
		rc = check_factor(json_array_get(factors, i), err);
	return rc;
}
