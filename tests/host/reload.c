/* tests/host/reload.c - a host that loads the library, uses it and lets go of it, over and
 * over: nothing grows, and code that was running once never goes away.
 *
 * usage: reload LABEL CONFIG LIBIDBC ROUNDS
 */
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include "host.h"

#define WARM  8                 /* rounds before the first look: as many threads as later */
#define KEPT  8                 /* connections that stay open for a while */
#define SLACK (16u << 10)       /* and 24 bytes a round */

struct api {
	__typeof__(&idbc_version) version;
	__typeof__(&idbc_open) open;
	__typeof__(&idbc_close) close;
	__typeof__(&idbc_login) login;
	__typeof__(&idbc_profile_free) profile_free;
};
static const char *const names[] = {
	"idbc_version", "idbc_open", "idbc_close", "idbc_login", "idbc_profile_free",
};
static const int modes[] = {
	RTLD_NOW | RTLD_LOCAL, RTLD_LAZY | RTLD_LOCAL, RTLD_NOW | RTLD_GLOBAL,
	RTLD_LAZY | RTLD_GLOBAL,
};
static struct idbc *kept[KEPT];
static int nkept;

static void *load(const char *path, int mode, struct api *api)
{
	void *library = dlopen(path, mode), *symbol;

	for (size_t i = 0; library && i < sizeof(names) / sizeof(names[0]); i++) {
		symbol = dlsym(library, names[i]);
		if (!symbol)
			return NULL;
		memcpy((char *)api + i * sizeof(symbol), &symbol, sizeof(symbol));
	}
	return library;
}

static int use(const struct api *api, const char *config, int keep)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL;
	struct idbc *store = NULL;
	int rc = api->open(config, &store, &err);

	if (rc == IDBC_OK)
		rc = api->login(store, HOST_USER, HOST_PASSWORD, &user, &err);
	if (rc != IDBC_OK)
		fprintf(stderr, "reload: %d %s\n", rc, err.text);
	api->profile_free(user);
	if (keep)
		kept[nkept++] = store;
	else if (store)
		api->close(store, 0);
	return rc;
}

static int rounds(const char *path, const char *config, int n, int keep_each)
{
	struct api api;

	for (int i = 0; i < n; i++) {
		void *library = load(path, modes[i % 4], &api);
		int keep = keep_each && i % keep_each == keep_each - 1 && nkept < KEPT;

		if (!library || use(&api, config, keep))
			return i + 1;
		if (dlclose(library))
			return -i - 1;
	}
	return 0;
}

/* Connections of libraries that were let go of long ago. */
static int use_kept(const char *path)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct api api;
	void *library = load(path, RTLD_NOW | RTLD_LOCAL, &api);
	int rc = library ? IDBC_OK : -1;

	while (nkept && library) {
		struct idbc *store = kept[--nkept];

		if (rc == IDBC_OK)
			rc = api.login(store, HOST_USER, "wrong", NULL, &err) == IDBC_DENIED ? 0 : -1;
		api.close(store, 0);
	}
	if (library)
		dlclose(library);
	return rc;
}

static void test_code_stays(const char *path)
{
	struct api api;
	void *library = load(path, RTLD_NOW | RTLD_LOCAL, &api), *again;
	const char *version = library ? api.version() : "";

	if (library)
		dlclose(library);
	again = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
	host_says(library && again && !strcmp(api.version(), version), "code-stays",
		  "the library is gone");
	if (again)
		dlclose(again);
}

int main(int argc, char **argv)
{
	size_t memory, fds, threads;
	int wrong, keys, n;

	if (argc != 5)
		return 2;
	host_label = argv[1];
	n = atoi(argv[4]);
	wrong = rounds(argv[3], argv[2], WARM, WARM / KEPT);
	wrong = wrong ? wrong : use_kept(argv[3]);
	memory = host_memory();
	fds = host_descriptors();
	threads = host_threads();
	keys = host_free_keys();
	wrong = wrong ? wrong : rounds(argv[3], argv[2], n, n / KEPT);
	host_says(!wrong, "rounds", "round %d failed", wrong);
	host_says(nkept == KEPT && !use_kept(argv[3]), "connections-left-open", "%d kept", nkept);
	host_says(host_memory() < memory + SLACK + 24u * (unsigned)n, "memory",
		  "%zu bytes, then %zu", memory, host_memory());
	host_says(host_descriptors() == fds, "descriptors", "%zu, then %zu", fds, host_descriptors());
	host_says(host_threads() == threads, "threads", "%zu, then %zu", threads, host_threads());
	host_says(host_free_keys() == keys, "keys", "%d, then %d", keys, host_free_keys());
	test_code_stays(argv[3]);
	return host_failed;
}
