/* tests/conformance/kit/case_absent.c - operations that a driver does not have: the host is told
 * so, and nothing else happens.  Threads: the case's.
 */
#include "ops.h"

static struct idbc_profile *somebody(struct kit *k)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;

	kit_want(k, idbc_profile_parse("{\"email\":\"nobody.of.the.kit@example.com\","
				       "\"username\":\"nobodyofthekit\"}", &profile, &err), &err, IDBC_OK);
	return profile;
}

/* 1 where the driver has a slot for it and the connection does it. */
static int is_there(struct kit *k, uint32_t kind)
{
	static const uint32_t needs[] = { [IDBC_CREATE] = KIT_CREATE,
					  [IDBC_VERIFY] = KIT_VERIFY,
					  [IDBC_CHANGE_PASSWORD] = KIT_PASSWORD,
					  [IDBC_DELETE_USER] = KIT_DELETE,
					  [IDBC_CHANGE_EMAIL] = KIT_CHANGE_EMAIL };
	const struct idbc_ops *ops = kit_table(k)->ops;

	if (kind == IDBC_CREATE)
		return ops->create && (kit_config(k)->operations & (1u << IDBC_CREATE));
	return kit_has(k, needs[kind]);
}

static void unsupported(struct kit *k)
{
	static const char *const names[] = { "", "login", "getUser", "create", "verify",
		"changePassword", "deleteUser", "changeEmail" };
	int looked = 0;

	for (uint32_t kind = IDBC_CREATE; kind <= IDBC_CHANGE_EMAIL; kind++) {
		struct idbc_request req = IDBC_REQUEST_INIT;
		struct idbc_error err = IDBC_ERROR_INIT;
		struct idbc_profile *user, *out = NULL;

		if (is_there(k, kind))
			continue;
		looked = 1;
		user = somebody(k);
		req.kind = kind;
		req.by = kind == IDBC_DELETE_USER ? IDBC_BY_USER_ID : IDBC_BY_LOGIN;
		req.value = kind == IDBC_DELETE_USER
			? kit_public_id(k, kit_nobody(k, IDBC_BY_USER_ID))
			: "nobody.of.the.kit@example.com";
		req.password = "Kit-nobody 1";
		req.email = "nobody.of.the.kit@example.com";
		req.user = user;
		kit_ask(k, "%s, which the driver does not have", names[kind]);
		kit_want(k, idbc_call(kit_store(k), &req, &out, &err), &err, IDBC_UNSUPPORTED);
		kit_want_effect(k, &err, IDBC_EFFECT_NONE);
		idbc_profile_free(user);
	}
	if (!looked)
		kit_skip(k, "the driver has all seven operations");
}

const struct kit_case kit_absent_cases[] = {
	{ "absent.unsupported", "an operation that is not there is UNSUPPORTED", 0, unsupported },
	{ NULL, NULL, 0, NULL },
};
