/* examples/dlopen_host.c - a host that links nothing of ours: it loads libidbc.so with
 * RTLD_LOCAL, as a plugin or a language binding would, and finds the seven operations by
 * name.  Then it asks for one user.
 *
 *     cc dlopen_host.c $(pkg-config --cflags libidbc) -ldl -o dlopen_host
 *     ./dlopen_host libidbc.so.0 shop.json ida@example.com
 */
#include <dlfcn.h>
#include <idbc/idbc.h>
#include <stdio.h>
#include <string.h>

/* The functions a host needs, under the types that the header gives them. */
struct api {
	__typeof__(&idbc_open) open;
	__typeof__(&idbc_close) close;
	__typeof__(&idbc_profile_json) profile_json;
	__typeof__(&idbc_profile_free) profile_free;
	__typeof__(&idbc_login) login;
	__typeof__(&idbc_get_user) get_user;
	__typeof__(&idbc_create) create;
	__typeof__(&idbc_verify) verify;
	__typeof__(&idbc_change_password) change_password;
	__typeof__(&idbc_change_email) change_email;
	__typeof__(&idbc_delete_user) delete_user;
};

/* In the order of struct api, which holds nothing but function pointers. */
static const char *const names[] = {
	"idbc_open", "idbc_close", "idbc_profile_json", "idbc_profile_free", "idbc_login",
	"idbc_get_user", "idbc_create", "idbc_verify", "idbc_change_password",
	"idbc_change_email", "idbc_delete_user",
};
#define NNAMES (sizeof(names) / sizeof(names[0]))
_Static_assert(sizeof(struct api) == NNAMES * sizeof(void *), "a name for every function");

static int load(const char *path, struct api *api)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; library && i < NNAMES; i++) {
		void *symbol = dlsym(library, names[i]);

		if (!symbol)
			library = NULL;
		memcpy((char *)api + i * sizeof(symbol), &symbol, sizeof(symbol));
	}
	if (!library)
		fprintf(stderr, "dlopen_host: %s\n", dlerror());
	return library ? 0 : -1;
}

static int show_user(const struct api *api, const char *config, const char *identifier)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL;
	struct idbc *store = NULL;
	int rc = api->open(config, &store, &err);

	if (rc == IDBC_OK)
		rc = api->get_user(store, IDBC_BY_LOGIN, identifier, &user, &err);
	if (rc == IDBC_OK)
		puts(api->profile_json(user, 0));
	else
		fprintf(stderr, "dlopen_host: %s\n", err.text);
	api->profile_free(user);
	if (store)
		api->close(store, 0);
	return rc == IDBC_OK ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct api api;

	if (argc != 4) {
		fputs("usage: dlopen_host LIBIDBC CONFIG IDENTIFIER\n", stderr);
		return 2;
	}
	if (load(argv[1], &api))
		return 2;
	return show_user(&api, argv[2], argv[3]);
}
