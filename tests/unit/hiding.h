/* tests/unit/hiding.h - connections on the driver tests/unit/drivers/hiding.c, and a profile
 * store that does as it is told.
 */
#ifndef TESTS_UNIT_HIDING_H
#define TESTS_UNIT_HIDING_H

#include <jansson.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <idbc/idbc.h>
#include "opened.h"

/* Leases end soon: by a clock that runs 50 times as fast. */
#define FAST ",\"rate\":50"

static inline void hiding_pause_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&ts, NULL);
}

/* `more`: more options (",\"rate\":...") or members of the configuration. */
static inline struct idbc *hiding_open(const char *store, const char *fails, const char *more)
{
	int is_option = !strncmp(more, FAST, 7), whole = strstr(more, "\"delete\"") != NULL;
	char json[1024];

	snprintf(json, sizeof(json),
		 "{\"idbc\":1,\"connection\":\"unit\",\"driver\":\"%s/tests/drivers/hiding.so\","
		 "\"options\":{\"store\":\"%s\"%s},\"startup\":\"trust\","
		 "\"users\":{\"login\":{\"by\":[\"username\"]},"
		 "\"password\":{\"accept\":[\"raw/sha256-hex\"],\"upgrade\":false}}%s%s}",
		 TEST_BUILD, store, is_option ? more : ",\"rate\":1", is_option ? "" : more,
		 whole ? "" : is_option
			? ",\"timeout_ms\":1000,\"delete\":{\"intents\":\"t\",\"lease_ms\":100}"
			: ",\"delete\":{\"intents\":\"t\"}");
	setenv("HIDING_FAILS", fails, 1);       /* two handles of one connection are alike */
	return unit_open(json);
}

enum hiding_state { HIDING_THERE, HIDING_HIDDEN, HIDING_GONE };

static inline enum hiding_state hiding_state(struct idbc *conn, const char *user_id)
{
	int exists = -1;

	if (idbc_get_user(conn, IDBC_BY_USER_ID, user_id, NULL, NULL) == IDBC_OK)
		return HIDING_THERE;
	CU_ASSERT_EQUAL(idbc_user_exists(conn, user_id, &exists, NULL), IDBC_OK);
	return exists ? HIDING_HIDDEN : HIDING_GONE;
}

static inline int hiding_count(struct idbc *conn, const char *name)
{
	char *text = idbc_stats_json(conn);
	json_t *stats = text ? json_loads(text, 0, NULL) : NULL;
	const json_t *count = json_object_get(json_object_get(stats, "intents"), name);
	int n = json_is_integer(count) ? (int)json_integer_value(count) : -1;

	json_decref(stats);
	idbc_free(text);
	return n;
}

/* --- a profile store --------------------------------------------------------------------- */
struct profiles {
	int answer, wait_ms;
	void (*hook)(struct profiles *, const char *user_id);   /* instead of the wait */
	struct idbc *other;
	_Atomic int asked, inside;
	char last[64];
	int recovered, finished;
};

static inline int profiles_remove(void *ctx, const char *user_id)
{
	struct profiles *profiles = ctx;

	profiles->asked++;
	profiles->inside++;
	snprintf(profiles->last, sizeof(profiles->last), "%s", user_id);
	if (profiles->hook)
		profiles->hook(profiles, user_id);
	else
		hiding_pause_ms(profiles->wait_ms);
	profiles->inside--;
	return profiles->answer;
}

static inline int profiles_try(struct idbc *conn, struct profiles *profiles, struct idbc_error *err)
{
	struct idbc_profile_store store = { sizeof(store), 0, profiles_remove, profiles };

	return idbc_set_profile_store(conn, &store, err);
}

static inline void profiles_set(struct idbc *conn, struct profiles *profiles)
{
	CU_ASSERT_EQUAL(profiles_try(conn, profiles, NULL), IDBC_OK);
}

#endif
