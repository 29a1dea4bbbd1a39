/* tools/read.c - job: the commands that read: login, get-user. */
#include "tool.h"

int cmd_login(struct tool *tool)
{
	struct idbc_request request = IDBC_REQUEST_INIT;

	request.kind = IDBC_LOGIN;
	request.value = tool->args[0];
	return tool_call_password(tool, 0, &request);
}

int cmd_get_user(struct tool *tool)
{
	struct idbc_request request = IDBC_REQUEST_INIT;
	int rc = tool_by(tool, IDBC_BY_LOGIN, &request.by);

	request.kind = IDBC_GET_USER;
	request.value = tool->args[0];
	return rc ? rc : tool_call(tool, &request);
}
