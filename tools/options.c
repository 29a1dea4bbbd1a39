/* tools/options.c - job: the command line, from words to struct tool.  Options may stand
 * before or after the command; which of them a command takes is in its table entry.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

#define FIRST 256       /* getopt's value for option 0 */
#define GLOBAL (OPT_BIT(OPT_CONFIG) | OPT_BIT(OPT_JSON) | OPT_BIT(OPT_TIMEOUT) | \
		OPT_BIT(OPT_AUDIT) | OPT_BIT(OPT_LOG) | OPT_BIT(OPT_HELP) | OPT_BIT(OPT_VERSION))

static const struct option words[] = {
	{ "config", required_argument, NULL, FIRST + OPT_CONFIG },
	{ "json", no_argument, NULL, FIRST + OPT_JSON },
	{ "timeout", required_argument, NULL, FIRST + OPT_TIMEOUT },
	{ "audit", no_argument, NULL, FIRST + OPT_AUDIT },
	{ "log", required_argument, NULL, FIRST + OPT_LOG },
	{ "help", no_argument, NULL, FIRST + OPT_HELP },
	{ "version", no_argument, NULL, FIRST + OPT_VERSION },
	{ "pretty", no_argument, NULL, FIRST + OPT_PRETTY },
	{ "by", required_argument, NULL, FIRST + OPT_BY },
	{ "idp-tokens", no_argument, NULL, FIRST + OPT_IDP_TOKENS },
	{ "mfa", no_argument, NULL, FIRST + OPT_MFA },
	{ "client-ip", required_argument, NULL, FIRST + OPT_CLIENT_IP },
	{ "password-file", required_argument, NULL, FIRST + OPT_PASSWORD_FILE },
	{ "password-fd", required_argument, NULL, FIRST + OPT_PASSWORD_FD },
	{ "profile", required_argument, NULL, FIRST + OPT_PROFILE },
	{ "email", required_argument, NULL, FIRST + OPT_EMAIL },
	{ "username", required_argument, NULL, FIRST + OPT_USERNAME },
	{ "set", required_argument, NULL, FIRST + OPT_SET },
	{ "self-service", no_argument, NULL, FIRST + OPT_SELF_SERVICE },
	{ "verified", no_argument, NULL, FIRST + OPT_VERIFIED },
	{ "remove-command", required_argument, NULL, FIRST + OPT_REMOVE_COMMAND },
	{ "create", no_argument, NULL, FIRST + OPT_CREATE },
	{ "grants", no_argument, NULL, FIRST + OPT_GRANTS },
	{ "login", required_argument, NULL, FIRST + OPT_LOGIN },
	{ "scheme", required_argument, NULL, FIRST + OPT_SCHEME },
	{ "rate", required_argument, NULL, FIRST + OPT_RATE },
	{ "after", required_argument, NULL, FIRST + OPT_AFTER },
	{ "state", required_argument, NULL, FIRST + OPT_STATE },
	{ "dry-run", no_argument, NULL, FIRST + OPT_DRY_RUN },
	{ "hashes", no_argument, NULL, FIRST + OPT_HASHES },
	{ "limit", required_argument, NULL, FIRST + OPT_LIMIT },
	{ "upsert", no_argument, NULL, FIRST + OPT_UPSERT },
	{ "new-ids", no_argument, NULL, FIRST + OPT_NEW_IDS },
	{ NULL, 0, NULL, 0 },
};

/* Known before the first mistake, wherever it stands. */
static int wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--json"))
			return 1;
	return 0;
}

static void take_word(struct tool *tool, char *word)
{
	if (!tool->command)
		tool->command = word;
	else
		tool->args[tool->nargs++] = word;
}

static int take_option(struct tool *tool, int option, char *value)
{
	if (option == OPT_SET)
		tool->sets[tool->nsets++] = value;
	else if (value && tool->value[option])
		return out_usage(tool, "--%s is given twice", words[option].name);
	tool->value[option] = value ? value : "";
	return 0;
}

/* Without its value, which may be a password put where none belongs. */
static int unknown(const struct tool *tool, const char *word)
{
	return out_usage(tool, "unknown or ambiguous option %.*s", (int)strcspn(word, "="), word);
}

static int take(struct tool *tool, int c, char **argv)
{
	if (c == 1)
		take_word(tool, optarg);
	else if (c == 'c')
		return take_option(tool, OPT_CONFIG, optarg);
	else if (c == 'h')
		return take_option(tool, OPT_HELP, NULL);
	else if (c == ':')
		return out_usage(tool, "%s needs a value", argv[optind - 1]);
	else if (c < FIRST)
		return unknown(tool, argv[optind - 1]);
	else
		return take_option(tool, c - FIRST, optarg);
	return 0;
}

static int take_timeout(struct tool *tool)
{
	const char *text = tool->value[OPT_TIMEOUT];
	char *end = NULL;
	unsigned long ms;

	if (!text)
		return 0;
	errno = 0;
	ms = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || ms > UINT32_MAX)
		return out_usage(tool, "--timeout takes milliseconds, not \"%s\"", text);
	tool->timeout_ms = (uint32_t)ms;
	return 0;
}

int options_parse(struct tool *tool, int argc, char **argv)
{
	int c, rc = 0;

	tool->json = wants_json(argc, argv);
	tool->args = calloc((size_t)argc + 1, sizeof(char *));
	tool->sets = calloc((size_t)argc + 1, sizeof(char *));
	if (!tool->args || !tool->sets)
		return EXIT_OTHER;
	opterr = 0;
	while (rc == 0 && (c = getopt_long(argc, argv, "-:c:h", words, NULL)) != -1)
		rc = take(tool, c, argv);
	while (rc == 0 && optind < argc)
		take_word(tool, argv[optind++]);
	return rc ? rc : take_timeout(tool);
}

int options_check(struct tool *tool, const struct command *command)
{
	for (int i = 0; i < OPT_COUNT; i++)
		if (tool->value[i] && !((command->options | GLOBAL) & OPT_BIT(i)))
			return out_usage(tool, "does not take --%s", words[i].name);
	if (command->nargs == MAY_HAVE_ONE && tool->nargs > 1)
		return out_usage(tool, "takes one argument at most: idbc %s", command->usage);
	if (command->nargs >= 0 && tool->nargs != command->nargs)
		return out_usage(tool, "takes %d argument%s: idbc %s", command->nargs,
				 command->nargs == 1 ? "" : "s", command->usage);
	return 0;
}
