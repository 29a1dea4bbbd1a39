/* tests/host/plugin/plugin.c - one plugin of a host that has several: linked with the library,
 * or (LOADS) loading the one it is told to.  It opens a connection, uses it and closes it, over
 * and over, and knows of nobody else.
 */
#include <dlfcn.h>
#include <time.h>
#include "../host.h"

struct api {
	__typeof__(&idbc_open) open;
	__typeof__(&idbc_close) close;
	__typeof__(&idbc_login) login;
	__typeof__(&idbc_profile_free) profile_free;
};

#ifdef LOADS
static int find(const char *library, struct api *api)
{
	static const char *const names[] = {
		"idbc_open", "idbc_close", "idbc_login", "idbc_profile_free",
	};
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL), *symbol;

	for (size_t i = 0; handle && i < sizeof(names) / sizeof(names[0]); i++) {
		symbol = dlsym(handle, names[i]);
		memcpy((char *)api + i * sizeof(symbol), &symbol, sizeof(symbol));
	}
	return handle ? 0 : -1;
}
#else
static int find(const char *library, struct api *api)
{
	const struct api linked = { idbc_open, idbc_close, idbc_login, idbc_profile_free };

	(void)library;
	*api = linked;
	return 0;
}
#endif

static int once(const struct api *api, const char *config, char *why, size_t size)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL;
	struct idbc *store = NULL;
	int rc = api->open(config, &store, &err);

	for (int i = 0; i < 20 && rc == IDBC_OK; i++) {
		rc = api->login(store, HOST_USER, HOST_PASSWORD, &user, &err);
		api->profile_free(user);
		user = NULL;
		if (rc == IDBC_OK && api->login(store, HOST_USER, "no", NULL, &err) != IDBC_DENIED)
			rc = -1;
	}
	if (rc != IDBC_OK)
		snprintf(why, size, "%d %s", rc, err.text);
	if (store)
		api->close(store, 0);
	return rc;
}

/* How many rounds in that time; below 0: one went wrong, for `why`. */
__attribute__((visibility("default")))
int plugin_run(const char *config, const char *library, int seconds, char *why, size_t size)
{
	struct timespec began, now;
	struct api api;
	int rounds = 0;

	if (find(library, &api)) {
		snprintf(why, size, "%s", dlerror());
		return -1;
	}
	clock_gettime(CLOCK_MONOTONIC, &began);
	do {
		if (once(&api, config, why, size))
			return -1;
		rounds++;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - began.tv_sec < seconds);
	return rounds;
}
