/* tools/write.c - job: the commands that change the store.  They print nothing when all
 * went well; create prints the profile.
 */
#include <jansson.h>
#include <stdio.h>
#include "tool.h"

int cmd_create(struct tool *tool)
{
	struct idbc_request request = IDBC_REQUEST_INIT;
	struct idbc_profile *user = NULL;
	int rc;

	if (profile_input_from_stdin(tool) && !password_input_given(tool))
		return out_usage(tool, "standard input is the profile: the password needs "
				 "--password-file or --password-fd");
	rc = profile_input_read(tool, &user);
	if (rc == 0) {
		request.kind = IDBC_CREATE;
		request.user = user;
		request.flags = tool->value[OPT_SELF_SERVICE] ? IDBC_SELF_SERVICE : 0;
		rc = tool_call_password(tool, 1, &request);
	}
	idbc_profile_free(user);
	return rc;
}

int cmd_verify(struct tool *tool)
{
	struct idbc_request request = IDBC_REQUEST_INIT;
	int rc = tool_by(tool, IDBC_BY_EMAIL, &request.by);

	request.kind = IDBC_VERIFY;
	request.value = tool->args[0];
	request.email = tool->value[OPT_EMAIL];
	return rc ? rc : tool_call(tool, &request);
}

int cmd_change_password(struct tool *tool)
{
	struct idbc_request request = IDBC_REQUEST_INIT;
	int rc = tool_by(tool, IDBC_BY_LOGIN, &request.by);

	request.kind = IDBC_CHANGE_PASSWORD;
	request.value = tool->args[0];
	return rc ? rc : tool_call_password(tool, 1, &request);
}

int cmd_change_email(struct tool *tool)
{
	struct idbc_request request = IDBC_REQUEST_INIT;
	int rc = tool_by(tool, IDBC_BY_LOGIN, &request.by);

	request.kind = IDBC_CHANGE_EMAIL;
	request.value = tool->args[0];
	request.email = tool->args[1];
	request.flags = tool->value[OPT_VERIFIED] ? IDBC_VERIFIED : 0;
	return rc ? rc : tool_call(tool, &request);
}

/* The connection, with the host's profile store if a command plays its part. */
static int open_for_delete(struct tool *tool, struct idbc **out)
{
	struct idbc_profile_store store = { sizeof(store), 0, remove_command_run, NULL };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = NULL;
	int rc = tool_open(tool, &conn);

	if (rc)
		return rc;
	store.ctx = (void *)(uintptr_t)tool->value[OPT_REMOVE_COMMAND];
	if (store.ctx && idbc_set_profile_store(conn, &store, &err) != IDBC_OK) {
		rc = out_failure(tool, &err);
		idbc_close(conn, 0);
		return rc;
	}
	*out = conn;
	return 0;
}

int cmd_delete_user(struct tool *tool)
{
	struct idbc_request request = IDBC_REQUEST_INIT;
	struct idbc *conn = NULL;
	int rc = open_for_delete(tool, &conn);

	if (rc)
		return rc;
	request.kind = IDBC_DELETE_USER;
	request.by = IDBC_BY_USER_ID;
	request.value = tool->args[0];
	rc = tool_call_on(tool, conn, &request);
	idbc_close(conn, 0);
	return rc;
}

int cmd_recover(struct tool *tool)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = NULL;
	uint32_t finished = 0;
	int rc = open_for_delete(tool, &conn);

	if (rc)
		return rc;
	if (idbc_recover(conn, &finished, &err) != IDBC_OK)
		rc = out_failure(tool, &err);
	else if (tool->json)
		rc = out_json(json_pack("{ss si}", "status", "OK", "finished", (int)finished));
	else
		printf("%u\n", finished);
	idbc_close(conn, 0);
	return rc;
}
