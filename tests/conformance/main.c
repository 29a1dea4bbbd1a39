/* tests/conformance/main.c - the program idbc-conform: a plan from the command line, verdicts
 * as TAP 14 on standard output.  Exit status: 0 all passed, 1 some failed, 2 usage or
 * configuration.
 * Threads: one.
 */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <idbc/conform.h>

enum { DONE = 0, FAILED = 1, USAGE = 2 };

static int usage(FILE *to)
{
	fputs("usage: idbc-conform --driver FILE --config FILE [--quirks FILE] [--only PATTERNS]\n"
	      "                    [--limit SECONDS]\n"
	      "       idbc-conform --list [--only PATTERNS]\n"
	      "       idbc-conform --help | --version\n", to);
	return USAGE;
}

static void help(void)
{
	usage(stdout);
	puts("\n"
	     "Asks a driver for everything that its contract promises, and prints TAP.\n"
	     "\n"
	     "--driver FILE      the driver, a shared object\n"
	     "--config FILE      a configuration of a store that may be written to\n"
	     "--quirks FILE      what is special about the store, as JSON\n"
	     "--only PATTERNS    these cases alone: 'login.*,create.exists_*'\n"
	     "--limit SECONDS    for each case, 20 without it\n"
	     "--list             the cases, and what each of them promises\n"
	     "\n"
	     "Exit status: 0 no case failed, 1 one did or the driver is not taken, 2 usage,\n"
	     "configuration or quirks.  See idbc-conform(1).");
}

static int usage_error(const char *what)
{
	fprintf(stderr, "idbc-conform: %s; see idbc-conform --help\n", what);
	return USAGE;
}

/* --- TAP --------------------------------------------------------------------------------- */
/* In YAML's double quotes; the kit's texts are one line of UTF-8. */
static void yaml(const char *key, const char *text)
{
	if (!text[0])
		return;
	printf("  %s: \"", key);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	puts("\"");
}

/* "#" would begin a directive. */
static void plain(const char *text)
{
	for (; *text; text++) {
		if (*text == '#' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
}

static void told(void *ctx, const struct idbc_conform_verdict *verdict)
{
	uint32_t *begun = ctx;

	if (!*begun)
		printf("TAP version 14\n1..%u\n", verdict->total);
	*begun = 1;
	printf("%s %u - %s", verdict->result == IDBC_CONFORM_NOT_OK ? "not ok" : "ok",
	       verdict->number, verdict->name);
	if (verdict->result == IDBC_CONFORM_SKIP) {
		printf(" # SKIP ");
		plain(verdict->got);
	}
	putchar('\n');
	if (verdict->result == IDBC_CONFORM_NOT_OK) {
		puts("  ---");
		yaml("promise", verdict->promise);
		yaml("asked", verdict->asked);
		yaml("wanted", verdict->wanted);
		yaml("got", verdict->got);
		printf("  took_ms: %u\n  ...\n", verdict->took_ms);
	}
	fflush(stdout);
}

static int run(const struct idbc_conform_plan *asked)
{
	struct idbc_conform_plan plan = *asked;
	struct idbc_conform_totals totals = { sizeof(totals), 0, 0, 0 };
	struct idbc_error err = IDBC_ERROR_INIT;
	uint32_t begun = 0;
	int rc;

	plan.told = told;
	plan.ctx = &begun;
	rc = idbc_conform_run(&plan, &totals, &err);
	if (rc == IDBC_DRIVER) {
		printf("Bail out! %s\n", err.text);
		return FAILED;
	}
	if (rc != IDBC_OK) {
		fprintf(stderr, "idbc-conform: %s\n", err.text);
		return USAGE;
	}
	printf("# %u passed, %u failed, %u skipped\n", totals.passed, totals.failed, totals.skipped);
	return totals.failed ? FAILED : DONE;
}

/* --- the command line ---------------------------------------------------------------------- */
/* 1 if a pattern of the list "a.*,b.c" fits; all fit where there is no list. */
static int fits(const char *only, const char *name)
{
	char pattern[128];

	if (!only)
		return 1;
	while (*only) {
		size_t len = strcspn(only, ",");

		snprintf(pattern, sizeof(pattern), "%.*s", (int)len, only);
		if (!fnmatch(pattern, name, 0))
			return 1;
		only += len + (only[len] == ',');
	}
	return 0;
}

struct listed {
	const char *only;
	unsigned n;
};

static int show(void *ctx, const struct idbc_conform_case *one)
{
	struct listed *listed = ctx;

	if (fits(listed->only, one->name)) {
		printf("%-32s %s\n", one->name, one->promise);
		listed->n++;
	}
	return 0;
}

static int list_cases(const char *only)
{
	struct listed listed = { only, 0 };

	idbc_conform_each(show, &listed);
	return listed.n ? DONE : usage_error("--only chooses no case");
}

static int seconds(const char *text, uint32_t *ms)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || !*text || !value || value > 86400)
		return -1;
	*ms = (uint32_t)value * 1000;
	return 0;
}

enum { OPT_DRIVER = 256, OPT_CONFIG, OPT_QUIRKS, OPT_ONLY, OPT_LIMIT, OPT_LIST, OPT_HELP,
       OPT_VERSION };
static const struct option options[] = {
	{ "driver", required_argument, NULL, OPT_DRIVER },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "quirks", required_argument, NULL, OPT_QUIRKS },
	{ "only", required_argument, NULL, OPT_ONLY },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "list", no_argument, NULL, OPT_LIST },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* -1: go on with the plan. */
static int take(int option, struct idbc_conform_plan *plan, int *list)
{
	switch (option) {
	case OPT_DRIVER: plan->driver = optarg; return -1;
	case OPT_CONFIG: plan->config = optarg; return -1;
	case OPT_QUIRKS: plan->quirks = optarg; return -1;
	case OPT_ONLY:   plan->only = optarg; return -1;
	case OPT_LIST:   *list = 1; return -1;
	case OPT_LIMIT:
		if (!seconds(optarg, &plan->limit_ms))
			return -1;
		return usage_error("--limit wants whole seconds, 1 to 86400");
	case OPT_HELP:
		help();
		return DONE;
	case OPT_VERSION:
		puts("idbc-conform " IDBC_VERSION);
		return DONE;
	default:
		return usage(stderr);
	}
}

int main(int argc, char **argv)
{
	struct idbc_conform_plan plan = IDBC_CONFORM_PLAN_INIT;
	int option, list = 0, done;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		done = take(option, &plan, &list);
		if (done >= 0)
			return done;
	}
	if (optind < argc)
		return usage_error("an argument without its option");
	if (list)
		return list_cases(plan.only);
	if (!plan.driver || !plan.config)
		return usage_error(plan.driver ? "--config is missing" : "--driver is missing");
	return run(&plan);
}
