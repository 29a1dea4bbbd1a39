/* tools/findings.c - job: `idbc check`, and what every command says when the configuration
 * is wrong: all findings, worst first, as the library lists them.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "tool.h"

static const char *member(const json_t *finding, const char *key)
{
	const char *text = json_string_value(json_object_get(finding, key));

	return text ? text : "";
}

static int is_error(const json_t *finding)
{
	return !strcmp(member(finding, "severity"), "error");
}

/* The findings as an array; NULL if the library could not list any. */
static json_t *look(const char *path, uint32_t flags, struct idbc_error *err)
{
	char *text = NULL;
	json_t *findings = NULL;

	err->status = (uint32_t)idbc_check(path, flags, &text, err);
	if (text)
		findings = json_loads(text, 0, NULL);
	idbc_free(text);
	return findings;
}

static void config_line(const struct tool *tool, const json_t *finding)
{
	const char *key = member(finding, "key");
	const char *severity = is_error(finding) ? "" : member(finding, "severity");

	fprintf(stderr, "idbc: %s: %s%s%s%s%s (%s)\n", tool->command, severity,
		*severity ? ": " : "", key, *key ? ": " : "", member(finding, "text"),
		member(finding, "code"));
}

static void config_lines(const struct tool *tool, const json_t *findings,
			 const struct idbc_error *err)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding)
		config_line(tool, finding);
	if (json_array_size(findings) == 0)
		fprintf(stderr, "idbc: %s: %s\n", tool->command,
			err->text[0] ? err->text : idbc_status_text(err->status));
}

int out_config(const struct tool *tool, const struct idbc_error *err)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;
	const char *path = "";
	json_t *findings = tool_config(tool, &path) ? NULL : look(path, 0, &ignored);

	if (!findings)
		findings = json_array();
	if (!tool->json) {
		config_lines(tool, findings, err);
		json_decref(findings);
		return EXIT_WRONG;
	}
	out_json(json_pack("{ss ss* ss ss* so}", "status", idbc_status_name(IDBC_CONFIG),
			   "code", err->code[0] ? err->code : NULL, "message",
			   err->text[0] ? err->text : idbc_status_text(IDBC_CONFIG),
			   "effect", tool->writes ? "NONE" : NULL, "findings", findings));
	return EXIT_WRONG;
}

static void check_line(const json_t *finding)
{
	const char *key = member(finding, "key"), *remedy = member(finding, "remedy");

	printf("%s %s: %s%s%s\n", member(finding, "severity"), member(finding, "code"), key,
	       *key ? ": " : "", member(finding, "text"));
	if (*remedy)
		printf("    remedy: %s\n", remedy);
}

static size_t count_errors(const json_t *findings)
{
	const json_t *finding;
	size_t errors = 0, i;

	json_array_foreach(findings, i, finding)
		errors += (size_t)is_error(finding);
	return errors;
}

static void check_lines(const json_t *findings)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding)
		check_line(finding);
	if (json_array_size(findings) == 0)
		puts("nothing found");
}

/* What somebody who wants the statements should hear besides. */
static int is_about_grants(const json_t *finding)
{
	return is_error(finding) || !strcmp(member(finding, "code"), "raw-sql") ||
	       !strcmp(member(finding, "code"), "no-grants");
}

/* The statements, one a line, and nothing else; the rest goes the other way. */
static void grant_lines(const struct tool *tool, const json_t *findings)
{
	const json_t *finding;
	size_t i;

	json_array_foreach(findings, i, finding) {
		if (!strcmp(member(finding, "code"), "grant"))
			printf("%s;\n", member(finding, "text"));
		else if (is_about_grants(finding))
			config_line(tool, finding);
	}
}

static int check_answer(const struct tool *tool, const struct idbc_error *err, json_t *findings)
{
	const char *message = err->text[0] ? err->text : NULL;
	size_t errors = count_errors(findings);
	int ok = err->status == IDBC_OK;

	if (tool->json)
		out_json(json_pack("{ss ss* ss* sO}", "status", idbc_status_name(err->status),
				   "code", err->code[0] ? err->code : NULL,
				   "message", ok ? NULL : message, "findings", findings));
	else if (tool->value[OPT_GRANTS])
		grant_lines(tool, findings);
	else if (ok || json_array_size(findings))
		check_lines(findings);
	if (!tool->json && !ok && (err->status != IDBC_CONFIG || errors == 0))
		fprintf(stderr, "idbc: check: %s\n",
			message ? message : idbc_status_text(err->status));
	return ok && errors ? EXIT_REFUSED : exit_code(err->status);
}

/* Errors found in the store: does the connection work with them?  A mapping that names
 * tables or columns which are not there is a configuration that cannot be used. */
static void judge(const char *path, const json_t *findings, struct idbc_error *err)
{
	struct idbc_error misfit = IDBC_ERROR_INIT;
	struct idbc *conn = NULL;

	if (err->status != IDBC_OK || count_errors(findings) == 0)
		return;
	if (idbc_open(path, &conn, &misfit) == IDBC_CONFIG)
		*err = misfit;
	idbc_close(conn, 0);
}

static int check_options(struct tool *tool)
{
	int with = tool->value[OPT_CREATE] || tool->value[OPT_GRANTS];

	if (tool->value[OPT_LOGIN] && with)
		return out_usage(tool, "--login is asked alone, without --create and --grants");
	if (!tool->value[OPT_LOGIN] && password_input_given(tool))
		return out_usage(tool, "a password belongs to --login");
	return 0;
}

int cmd_check(struct tool *tool)
{
	uint32_t flags = (tool->value[OPT_CREATE] ? IDBC_CHECK_CREATE : 0) |
			 (tool->value[OPT_GRANTS] ? IDBC_CHECK_GRANTS : 0);
	struct idbc_error err = IDBC_ERROR_INIT;
	const char *path = NULL;
	json_t *findings;
	int rc = check_options(tool);

	if (rc == 0 && tool->value[OPT_LOGIN])
		return explain_login(tool);
	if (rc == 0)
		rc = tool_config(tool, &path);
	if (rc)
		return rc;
	findings = look(path, flags, &err);
	if (!findings)
		findings = json_array();
	judge(path, findings, &err);
	rc = check_answer(tool, &err, findings);
	json_decref(findings);
	return rc;
}
