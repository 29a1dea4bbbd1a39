/* examples/login.c - the smallest host: opens a connection, asks for one login, prints who
 * it was.  The password is the first line of standard input.
 *
 *     cc login.c $(pkg-config --cflags --libs libidbc) -o login
 *     echo 'correct horse' | ./login shop.json ida@example.com
 */
#include <idbc/idbc.h>
#include <stdio.h>
#include <string.h>

static int say(const struct idbc_error *err)
{
	fprintf(stderr, "login: %s\n", err->text);
	return IDBC_STATUS_CLASS(err->status) == 1 ? 1 : 2;
}

int main(int argc, char **argv)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL;
	struct idbc *store = NULL;
	char password[4096] = "";
	const char *name;

	if (argc != 3 || !fgets(password, sizeof(password), stdin)) {
		fputs("usage: login CONFIG IDENTIFIER < PASSWORD\n", stderr);
		return 2;
	}
	password[strcspn(password, "\n")] = '\0';

	if (idbc_open(argv[1], &store, &err) != IDBC_OK)
		return say(&err);
	if (idbc_login(store, argv[2], password, &user, &err) != IDBC_OK) {
		idbc_close(store, 0);
		return say(&err);
	}
	name = idbc_profile_get(user, "name");
	printf("%s is %s\n", argv[2], name ? name : idbc_profile_get(user, "user_id"));

	idbc_profile_free(user);
	idbc_close(store, 0);
	return 0;
}
