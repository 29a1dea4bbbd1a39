/* tests/abi/recorded/host.c - a host as it was compiled when the headers beside it were
 * recorded: the seven operations through the driver named by argv[1].
 */
#include <stdio.h>
#include <string.h>
#include <idbc/idbc.h>

static int bad;

static void check(const char *what, int got, int wanted, const struct idbc_error *err)
{
	printf("%s - recorded/%s\n", got == wanted ? "ok" : "not ok", what);
	if (got == wanted)
		return;
	fprintf(stderr, "%s: %s, wanted %s: %s\n", what, idbc_status_name((uint32_t)got),
		idbc_status_name((uint32_t)wanted), err->text);
	bad = 1;
}

static void run(struct idbc *conn)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL, *made = NULL, *found = NULL;
	const char *id = "";

	check("a profile", idbc_profile_parse("{\"username\":\"alice\","
					      "\"email\":\"alice@example.com\"}", &user, &err),
	      IDBC_OK, &err);
	check("create", idbc_create(conn, user, "secret", &made, &err), IDBC_OK, &err);
	check("create twice", idbc_create(conn, user, "secret", NULL, &err), IDBC_EXISTS, &err);
	if (made)
		id = idbc_profile_get(made, "user_id");
	check("login", idbc_login(conn, "alice", "secret", &found, &err), IDBC_OK, &err);
	check("the same user", found && !strcmp(idbc_profile_get(found, "user_id"), id), 1, &err);
	check("wrong password", idbc_login(conn, "alice", "other", NULL, &err), IDBC_DENIED, &err);
	check("verify", idbc_verify(conn, IDBC_BY_EMAIL, "alice@example.com", &err), IDBC_OK, &err);
	check("change the password", idbc_change_password(conn, IDBC_BY_USER_ID, id, "better",
							  &err), IDBC_OK, &err);
	check("the old one", idbc_login(conn, "alice", "secret", NULL, &err), IDBC_DENIED, &err);
	check("the new one", idbc_login(conn, "alice", "better", NULL, &err), IDBC_OK, &err);
	check("change the address", idbc_change_email(conn, IDBC_BY_USER_ID, id,
						      "new@example.com", 0, &err), IDBC_OK, &err);
	check("get by address", idbc_get_user(conn, IDBC_BY_EMAIL, "new@example.com", NULL, &err),
	      IDBC_OK, &err);
	check("delete", idbc_delete_user(conn, id, &err), IDBC_OK, &err);
	check("gone", idbc_get_user(conn, IDBC_BY_USERNAME, "alice", NULL, &err), IDBC_NO_USER,
	      &err);
	idbc_profile_free(found);
	idbc_profile_free(made);
	idbc_profile_free(user);
}

int main(int argc, char **argv)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = NULL;
	char json[1024];

	snprintf(json, sizeof(json), "{\"idbc\":1,\"connection\":\"old\",\"driver\":\"%s\","
		 "\"users\":{\"login\":{\"by\":[\"username\",\"email\"]}}}", argc > 1 ? argv[1] : "");
	check("open", idbc_open_json(json, &conn, &err), IDBC_OK, &err);
	if (conn)
		run(conn);
	idbc_close(conn, 0);
	return bad;
}
