/* connector/link/believe.c - job: what a driver says after a call, checked before anybody
 * believes it: a status that its slot may return, an error that is one line of UTF-8 in
 * arrays that end.  What breaks the contract is IDBC_DRIVER, and of a write nobody knows
 * whether it happened.
 * Threads: any, no lock.
 */
#include <string.h>
#include "base/err.h"
#include "base/text.h"
#include "link/inside.h"

/* What each slot may say beside what all may; only what every write may say is a write's. */
struct words {
	const char *slot;
	int is_write;
	uint16_t also[4];
};
static const struct words calls[] = {
	[LINK_CALL_OPEN] = { "open", 0, { 0 } },
	[LINK_CALL_CONNECT] = { "connect", 0, { 0 } },
	[LINK_CALL_LOGIN] = { "login", 0, { IDBC_NO_USER, IDBC_AMBIGUOUS } },
	[LINK_CALL_GET_USER] = { "get_user", 0, { IDBC_NO_USER, IDBC_AMBIGUOUS } },
	[LINK_CALL_CREATE] = { "create", 1, { IDBC_EXISTS, IDBC_AMBIGUOUS } },
	[LINK_CALL_VERIFY] = { "verify", 1, { IDBC_NO_USER, IDBC_AMBIGUOUS } },
	[LINK_CALL_CHANGE_PASSWORD] = { "change_password", 1, { IDBC_NO_USER, IDBC_AMBIGUOUS } },
	[LINK_CALL_DELETE_USER] = { "delete_user", 1,
				    { IDBC_NO_USER, IDBC_AMBIGUOUS, IDBC_CANCELLED } },
	[LINK_CALL_CHANGE_EMAIL] = { "change_email", 1,
				     { IDBC_NO_USER, IDBC_AMBIGUOUS, IDBC_EXISTS } },
	[LINK_CALL_PROVEN] = { "proven", 1, { IDBC_NO_USER, IDBC_AMBIGUOUS } },
	[LINK_CALL_LIST] = { "list", 0, { 0 } },
	[LINK_CALL_CHECK] = { "check", 0, { 0 } },
	[LINK_CALL_FAILED] = { "failed", 1, { IDBC_NO_USER, IDBC_AMBIGUOUS } },
	[LINK_CALL_SETTLE] = { "settle", 0, { IDBC_NO_USER, IDBC_AMBIGUOUS } },
	[LINK_CALL_INTENTS] = { "intents", 0, { 0 } },
	[LINK_CALL_MOVED] = { "moved", 1, { 0 } },
	[LINK_CALL_MIGRATE] = { "migrate", 1, { 0 } },
	[LINK_CALL_CREATE_MANY] = { "create_many", 1, { IDBC_EXISTS, IDBC_AMBIGUOUS } },
};

/* --- the status ------------------------------------------------------------------------- */
static int everybody_may(int rc)
{
	switch (rc) {
	case IDBC_OK:
	case IDBC_CONFLICT:
	case IDBC_INVALID:
	case IDBC_UNSUPPORTED:
	case IDBC_UNAVAILABLE:
	case IDBC_TIMEOUT:
	case IDBC_BUSY:
	case IDBC_NOMEM:
	case IDBC_CONFIG:
	case IDBC_DRIVER:
	case IDBC_DATA:
		return 1;
	default:
		return 0;
	}
}

static int who_decides_may(int rc)
{
	return rc == IDBC_DENIED || rc == IDBC_BLOCKED || rc == IDBC_PASSWORD_EXPIRED;
}

static int may_say(const struct link *link, enum link_call call, int rc)
{
	const struct words *words = &calls[call];

	if (call <= LINK_CALL_CONNECT && (rc == IDBC_CONFLICT || rc == IDBC_INVALID))
		return 0;
	for (size_t i = 0; i < sizeof(words->also) / sizeof(words->also[0]); i++)
		if (words->also[i] && words->also[i] == rc)
			return 1;
	if (call == LINK_CALL_LOGIN && (link_caps(link) & IDBC_CAP_DECIDES) &&
	    who_decides_may(rc))
		return 1;
	return everybody_may(rc);
}

/* --- the error -------------------------------------------------------------------------- */
static int is_line(const char *word, size_t room)
{
	size_t len = strnlen(word, room);

	return len < room && text_is_utf8(word, len) && !text_has_control(word, len);
}

static int is_sound(const struct idbc_error *err)
{
	return err->effect <= IDBC_EFFECT_UNKNOWN && err->detail <= IDBC_DETAIL_LOCKED_OUT &&
	       is_line(err->text, sizeof(err->text)) && is_line(err->code, sizeof(err->code)) &&
	       is_line(err->origin, sizeof(err->origin)) &&
	       is_line(err->sqlstate, sizeof(err->sqlstate));
}

static int broken(const struct link *link, enum link_call call, const char *what, int rc,
		  struct idbc_error *err)
{
	err_set(err, IDBC_DRIVER, "link", "%s() of driver %s %s (%d)", calls[call].slot,
		link_driver_name(link), what, rc);
	err->effect = calls[call].is_write ? IDBC_EFFECT_UNKNOWN : IDBC_EFFECT_NONE;
	return IDBC_DRIVER;
}

int link_believe(const struct link *link, enum link_call call, int rc, struct idbc_error *err)
{
	struct idbc_error said;

	if (!may_say(link, call, rc))
		return broken(link, call, "returned a status that it may not return", rc, err);
	if (rc == IDBC_OK) {
		err_clear(err);
		return rc;
	}
	if (!is_sound(err))
		return broken(link, call, "gave an error that is no line of UTF-8, or of no"
			      " known effect", rc, err);
	said = *err;
	err_code(err, (uint32_t)rc, said.origin[0] ? said.origin : link_driver_name(link),
		 said.code, "%s", said.text[0] ? said.text : status_text((uint32_t)rc));
	err->native = said.native;
	memcpy(err->sqlstate, said.sqlstate, sizeof(err->sqlstate));
	err->effect = calls[call].is_write ? said.effect : IDBC_EFFECT_NONE;
	err->detail = rc == IDBC_DENIED ? said.detail : IDBC_DETAIL_NONE;
	return rc;
}
