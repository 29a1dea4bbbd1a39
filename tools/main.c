/* tools/main.c - job: the `idbc` command; finds the command named and runs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "tool.h"

#define PASSWORD (OPT_BIT(OPT_PASSWORD_FILE) | OPT_BIT(OPT_PASSWORD_FD))
#define SHOW     (OPT_BIT(OPT_PRETTY) | OPT_BIT(OPT_IDP_TOKENS) | OPT_BIT(OPT_MFA))
#define BY       OPT_BIT(OPT_BY)

static const struct command commands[] = {
	{ "login", PASSWORD | SHOW | OPT_BIT(OPT_CLIENT_IP), 1, 0, cmd_login,
	  "login IDENTIFIER" },
	{ "get-user", BY | SHOW, 1, 0, cmd_get_user,
	  "get-user [--by KIND] VALUE" },
	{ "create", PASSWORD | SHOW | OPT_BIT(OPT_PROFILE) | OPT_BIT(OPT_EMAIL) |
	  OPT_BIT(OPT_USERNAME) | OPT_BIT(OPT_SET) | OPT_BIT(OPT_SELF_SERVICE), 0, 1, cmd_create,
	  "create [--profile FILE] [--email E] [--username U] [--set FIELD=VALUE]" },
	{ "verify", BY | OPT_BIT(OPT_EMAIL), 1, 1, cmd_verify,
	  "verify [--by KIND] [--email E] VALUE" },
	{ "change-password", BY | PASSWORD, 1, 1, cmd_change_password,
	  "change-password [--by KIND] VALUE" },
	{ "change-email", BY | OPT_BIT(OPT_VERIFIED), 2, 1, cmd_change_email,
	  "change-email [--by KIND] [--verified] VALUE NEW_EMAIL" },
	{ "delete-user", OPT_BIT(OPT_REMOVE_COMMAND), 1, 1, cmd_delete_user,
	  "delete-user [--remove-command CMD] USER_ID" },
	{ "recover", OPT_BIT(OPT_REMOVE_COMMAND), 0, 1, cmd_recover,
	  "recover [--remove-command CMD]" },
	{ "reconcile", 0, 0, 0, cmd_reconcile, "reconcile" },
	{ "migrate", OPT_BIT(OPT_RATE) | OPT_BIT(OPT_AFTER) | OPT_BIT(OPT_STATE) |
	  OPT_BIT(OPT_DRY_RUN), 1, 1, cmd_migrate,
	  "migrate status | run [--rate N/s] [--after ID] [--state FILE] [--dry-run]" },
	{ "check", OPT_BIT(OPT_CREATE) | OPT_BIT(OPT_GRANTS) | OPT_BIT(OPT_LOGIN) | PASSWORD, 0, 0,
	  cmd_check,
	  "check [--create] [--grants] | check --login IDENTIFIER" },
	{ "drivers", 0, 0, 0, cmd_drivers, "drivers" },
	{ "password", OPT_BIT(OPT_SCHEME), 1, 0, cmd_password,
	  "password verify | hash [--scheme FAMILY/FORMAT]" },
	{ "export", OPT_BIT(OPT_HASHES) | OPT_BIT(OPT_IDP_TOKENS) | OPT_BIT(OPT_MFA) |
	  OPT_BIT(OPT_AFTER) | OPT_BIT(OPT_LIMIT), 0, 0, cmd_export,
	  "export [--hashes] [--idp-tokens] [--mfa] [--after USER_ID] [--limit N]" },
	{ "import", OPT_BIT(OPT_UPSERT) | OPT_BIT(OPT_DRY_RUN) | OPT_BIT(OPT_NEW_IDS) |
	  OPT_BIT(OPT_STATE), MAY_HAVE_ONE, 1, cmd_import,
	  "import [--upsert] [--dry-run] [--new-ids] [--state FILE] [FILE]" },
	{ "version", 0, 0, 0, cmd_version, "version" },
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < NCOMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int help(void)
{
	puts("usage: idbc [-c FILE] [--json] [--timeout MS] COMMAND ...\n");
	for (size_t i = 0; i < NCOMMANDS; i++)
		printf("  idbc %s\n", commands[i].usage);
	puts("\n"
	     "-c FILE            the configuration; $IDBC_CONFIG without it\n"
	     "--json             one JSON object on standard output, whatever happens\n"
	     "--timeout MS       deadline of the operation\n"
	     "--audit            with a refusal, the reason that users must not see\n"
	     "--log LEVEL        log lines on standard error: error, warning, info, debug\n"
	     "--by KIND          login, email, username, phone or user_id\n"
	     "--password-file FILE, --password-fd N\n"
	     "                   where the password is read; else asked on the terminal\n"
	     "--client-ip ADDR   where a login came from\n"
	     "--self-service     create: only what people may set of themselves\n"
	     "--pretty           indents the profile; --idp-tokens, --mfa show those secrets\n"
	     "\n"
	     "Exit status: 0 done, 1 the store said no, 2 usage, input or configuration,\n"
	     "3 the store was not reachable in time, 4 anything else.  See idbc(1).");
	return EXIT_DONE;
}

static int run(struct tool *tool)
{
	const struct command *command;
	int rc;

	if (tool->value[OPT_HELP])
		return help();
	if (tool->value[OPT_VERSION])
		return cmd_version(tool);
	if (!tool->command)
		return out_usage(tool, "no command; try idbc --help");
	command = find_command(tool->command);
	if (!command)
		return out_usage(tool, "no such command; try idbc --help");
	tool->writes = command->writes;
	rc = options_check(tool, command);
	return rc ? rc : command->run(tool);
}

/* A driver that calls exit() has answered nothing, and exit status 0 says yes. */
static volatile int is_over;

static void at_exit(void)
{
	if (!is_over)
		_exit(EXIT_OTHER);
}

int main(int argc, char **argv)
{
	struct tool tool = { .command = NULL };
	int rc;

	if (atexit(at_exit))
		return EXIT_OTHER;
	rc = options_parse(&tool, argc, argv);
	if (rc == 0)
		rc = run(&tool);
	is_over = 1;
	free(tool.args);
	free(tool.sets);
	if (fflush(stdout) || ferror(stdout)) {
		perror("idbc: standard output");
		return EXIT_OTHER;
	}
	return rc;
}
