/* tools/connect.c - job: from the command line to one open connection and one request on
 * it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

static const char *const level_names[] = { "error", "warning", "info", "debug" };

struct kind { const char *name; uint32_t by; };

static const struct kind kinds[] = {
	{ "login", IDBC_BY_LOGIN }, { "email", IDBC_BY_EMAIL },
	{ "username", IDBC_BY_USERNAME }, { "phone", IDBC_BY_PHONE },
	{ "user_id", IDBC_BY_USER_ID },
};

int tool_by(struct tool *tool, uint32_t fallback, uint32_t *out)
{
	const char *name = tool->value[OPT_BY];

	if (!name) {
		*out = fallback;
		return 0;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, name)) {
			*out = kinds[i].by;
			return 0;
		}
	return out_usage(tool, "--by takes login, email, username, phone or user_id");
}

static void log_to_stderr(void *ctx, uint32_t level, uint32_t op, uint64_t op_id,
			  const char *origin, const char *text)
{
	const uint32_t *most = ctx;

	(void)op;
	if (level <= *most)
		fprintf(stderr, "%s: %s: #%llu %s\n", level_names[level & 3u], origin,
			(unsigned long long)op_id, text);
}

static int log_level(const struct tool *tool, uint32_t *out)
{
	for (uint32_t i = 0; i < 4; i++)
		if (!strcmp(level_names[i], tool->value[OPT_LOG])) {
			*out = i;
			return 0;
		}
	return out_usage(tool, "--log takes error, warning, info or debug");
}

static const char *config_path(const struct tool *tool)
{
	const char *path = tool->value[OPT_CONFIG];

	return path ? path : getenv("IDBC_CONFIG");
}

int tool_config(const struct tool *tool, const char **out)
{
	const char *path = config_path(tool);

	if (!path || !*path)
		return out_usage(tool, "no configuration: -c FILE or $IDBC_CONFIG");
	*out = path;
	return 0;
}

int tool_open(struct tool *tool, struct idbc **out)
{
	static uint32_t most;
	struct idbc_error err = IDBC_ERROR_INIT;
	const char *path = NULL;
	int rc = tool_config(tool, &path);

	if (rc == 0 && tool->value[OPT_LOG])
		rc = log_level(tool, &most);
	if (rc)
		return rc;
	if (idbc_open_within(path, tool->timeout_ms, out, &err) != IDBC_OK)
		return out_failure(tool, &err);
	if (tool->value[OPT_LOG])
		idbc_set_log(*out, log_to_stderr, &most);
	return 0;
}

int tool_call_on(struct tool *tool, struct idbc *conn, struct idbc_request *request)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;
	int rc;

	request->timeout_ms = tool->timeout_ms;
	request->client_ip = tool->value[OPT_CLIENT_IP];
	if (idbc_call(conn, request, &profile, &err) != IDBC_OK)
		rc = out_failure(tool, &err);
	else if (profile)
		rc = out_profile(tool, profile);
	else
		rc = out_done(tool);
	idbc_profile_free(profile);
	return rc;
}

int tool_call(struct tool *tool, struct idbc_request *request)
{
	struct idbc *conn = NULL;
	int rc = tool_open(tool, &conn);

	if (rc == 0) {
		rc = tool_call_on(tool, conn, request);
		idbc_close(conn, 0);
	}
	return rc;
}

int tool_call_password(struct tool *tool, int twice, struct idbc_request *request)
{
	struct password_input password = PASSWORD_INPUT_INIT;
	int rc = password_input_read(tool, twice, &password);

	if (rc == 0) {
		request->password = password.text;
		rc = tool_call(tool, request);
	}
	password_input_free(&password);
	return rc;
}
