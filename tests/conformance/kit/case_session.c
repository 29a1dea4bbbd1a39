/* tests/conformance/kit/case_session.c - job: sessions: connected, handed on, ended.
 * Threads: some cases start their own.
 */
#include "kit.h"

static void connects(struct kit *kit)
{
	struct idbc_error err;
	void *session;

	kit_ask(kit, "connect(), ping(), disconnect()");
	session = kit_connect(kit);
	kit_want(kit, kit_ping(kit, session, &err), &err, IDBC_OK);
	kit_disconnect(kit, session);
}

static void makes_users(struct kit *kit)
{
	void *session = kit_connect(kit);
	struct kit_user *user;

	kit_ask(kit, "a user made, and found");
	user = kit_user(kit, session);
	kit_want_found(kit, session, IDBC_BY_LOGIN, user->login, user->id);
	kit_disconnect(kit, session);
}

const struct kit_case kit_session_cases[] = {
	{ "session.connects", "connect() gives a session that is alive", 0, connects },
	{ "session.users", "somebody made in a session is found in it", KIT_USER, makes_users },
	{ NULL, NULL, 0, NULL },
};
