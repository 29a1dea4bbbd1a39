/* tools/explain.c - job: `idbc check --login`: one login walked by the library, its steps
 * printed, and the exit status that the login would have.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "tool.h"

static const char *member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static uint32_t status_of(const char *name)
{
	for (uint32_t status = IDBC_OK; status <= IDBC_DATA; status++)
		if (!strcmp(idbc_status_name(status), name))
			return status;
	return IDBC_DRIVER;
}

static void print_steps(const json_t *steps)
{
	const json_t *step;
	size_t i;

	json_array_foreach(steps, i, step)
		printf("%-4s  %s: %s\n", member(step, "result"), member(step, "step"),
		       member(step, "text"));
}

/* The answer as the library gave it, with the member that every check has. */
static int answer(const struct tool *tool, const char *text)
{
	json_t *explained = json_loads(text, 0, NULL);
	uint32_t status = status_of(member(explained, "status"));

	if (!tool->json)
		print_steps(json_object_get(explained, "steps"));
	else if (!json_object_set_new(explained, "findings", json_array()))
		out_json(json_incref(explained));
	json_decref(explained);
	return exit_code(status);
}

static int explain(struct tool *tool, const char *password)
{
	struct idbc_request request = IDBC_REQUEST_INIT;
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = NULL;
	char *text = NULL;
	int rc = tool_open(tool, &conn);

	if (rc)
		return rc;
	request.kind = IDBC_LOGIN;
	request.value = tool->value[OPT_LOGIN];
	request.password = password;
	request.timeout_ms = tool->timeout_ms;
	err.status = (uint32_t)idbc_explain_login(conn, &request, &text, &err);
	rc = text && err.status != IDBC_CONFIG ? answer(tool, text) : out_failure(tool, &err);
	idbc_free(text);
	idbc_close(conn, 0);
	return rc;
}

int explain_login(struct tool *tool)
{
	struct password_input password = PASSWORD_INPUT_INIT;
	int rc = password_input_optional(tool, &password);

	if (rc == 0)
		rc = explain(tool, password.text);
	password_input_free(&password);
	return rc;
}
