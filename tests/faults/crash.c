/* tests/faults/crash.c - a host that is meant to die: does what its standard input says, a line
 * each, and says after each what came of it.  Its profile store is a folder with a file for each
 * user, named by the user_id; a file beside it, ".refuse", refuses.
 *
 * usage: crash CONFIG PROFILES      PROFILES "-": no profile store
 * lines: delete USER_ID | login NAME PASSWORD | get USER_ID | find NAME | recover |
 *        password USER_ID PASSWORD | email USER_ID ADDRESS | verify ADDRESS | create NAME PASSWORD
 * answers: STATUS EFFECT CODE [PROFILE]
 */
#include <errno.h>
#include <idbc/idbc.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REFUSED 7

static int remove_profile(void *ctx, const char *user_id)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s.refuse", (const char *)ctx, user_id);
	if (access(path, F_OK) == 0)
		return REFUSED;
	snprintf(path, sizeof(path), "%s/%s", (const char *)ctx, user_id);
	return unlink(path) && errno != ENOENT ? errno : 0;
}

static int create(struct idbc *store, const char *name, const char *password,
		  struct idbc_profile **out, struct idbc_error *err)
{
	struct idbc_profile *user = NULL;
	char value[256];
	int rc = idbc_profile_new(&user, err);

	snprintf(value, sizeof(value), "\"%s\"", name);
	if (rc == IDBC_OK)
		rc = idbc_profile_set(user, "username", value, err);
	snprintf(value, sizeof(value), "\"%s@example.com\"", name);
	if (rc == IDBC_OK)
		rc = idbc_profile_set(user, "email", value, err);
	if (rc == IDBC_OK)
		rc = idbc_create(store, user, password, out, err);
	idbc_profile_free(user);
	return rc;
}

static int change(struct idbc *store, const char *verb, const char *a, const char *b,
		  struct idbc_error *err)
{
	uint32_t finished = 0;

	if (!strcmp(verb, "delete"))
		return idbc_delete_user(store, a, err);
	if (!strcmp(verb, "recover"))
		return idbc_recover(store, &finished, err);
	if (!strcmp(verb, "password"))
		return idbc_change_password(store, IDBC_BY_USER_ID, a, b, err);
	if (!strcmp(verb, "email"))
		return idbc_change_email(store, IDBC_BY_USER_ID, a, b, 1, err);
	if (!strcmp(verb, "verify"))
		return idbc_verify(store, IDBC_BY_EMAIL, a, err);
	fprintf(stderr, "crash: what is %s?\n", verb);
	exit(2);
}

static int act(struct idbc *store, const char *verb, const char *a, const char *b,
	       struct idbc_profile **out, struct idbc_error *err)
{
	if (!strcmp(verb, "login"))
		return idbc_login(store, a, b, out, err);
	if (!strcmp(verb, "get"))
		return idbc_get_user(store, IDBC_BY_USER_ID, a, out, err);
	if (!strcmp(verb, "find"))
		return idbc_get_user(store, IDBC_BY_LOGIN, a, out, err);
	if (!strcmp(verb, "create"))
		return create(store, a, b, out, err);
	return change(store, verb, a, b, err);
}

static void answer(int rc, const struct idbc_error *err, const struct idbc_profile *user)
{
	printf("%s %s %s%s%s\n", idbc_status_name((uint32_t)rc), idbc_effect_name(err->effect),
	       rc && err->code[0] ? err->code : "-", user ? " " : "",
	       user ? idbc_profile_json(user, 0) : "");
	fflush(stdout);
}

static void serve(struct idbc *store)
{
	char line[2048], verb[32], a[512], b[512];

	while (fgets(line, sizeof(line), stdin)) {
		struct idbc_error err = IDBC_ERROR_INIT;
		struct idbc_profile *user = NULL;
		int rc;

		a[0] = b[0] = '\0';
		if (sscanf(line, "%31s %511s %511s", verb, a, b) < 1)
			continue;
		rc = act(store, verb, a, b, &user, &err);
		answer(rc, &err, user);
		idbc_profile_free(user);
	}
}

int main(int argc, char **argv)
{
	struct idbc_profile_store profiles = { sizeof(profiles), 0, remove_profile, NULL };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *store = NULL;
	int rc;

	if (argc != 3) {
		fprintf(stderr, "usage: crash CONFIG PROFILES\n");
		return 2;
	}
	profiles.ctx = argv[2];
	rc = idbc_open(argv[1], &store, &err);
	if (rc == IDBC_OK && strcmp(argv[2], "-"))
		rc = idbc_set_profile_store(store, &profiles, &err);
	answer(rc, &err, NULL);
	if (rc == IDBC_OK) {
		serve(store);
		rc = idbc_close(store, 1000);
	}
	return rc != IDBC_OK;
}
