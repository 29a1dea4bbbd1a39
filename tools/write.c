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
