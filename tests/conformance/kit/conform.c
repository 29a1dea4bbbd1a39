/* tests/conformance/kit/conform.c - job: the public functions: a plan in, a verdict for each
 * case out.
 * Threads: the caller's only one.
 */
#include <fnmatch.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include "base/err.h"
#include "config/node.h"
#include "inside.h"
#include "password/password.h"

#define LIMIT_MS 20000u

/* --- which cases ----------------------------------------------------------------------------- */
/* 1 if a pattern of the list "a.*,b.c" fits. */
static int chosen(const char *only, const char *name)
{
	char pattern[128];

	while (only && *only) {
		size_t len = strcspn(only, ",");

		snprintf(pattern, sizeof(pattern), "%.*s", (int)len, only);
		if (!fnmatch(pattern, name, 0))
			return 1;
		only += len + (only[len] == ',');
	}
	return 0;
}

static int is_chosen(const struct run *run, const struct kit_case *the_case)
{
	return !run->plan->only || chosen(run->plan->only, the_case->name);
}

static uint32_t count(const struct run *run)
{
	uint32_t n = 0;

	for (size_t i = 0; kit_case_at(i); i++)
		n += (uint32_t)is_chosen(run, kit_case_at(i));
	return n;
}

int idbc_conform_each(int (*fn)(void *ctx, const struct idbc_conform_case *), void *ctx)
{
	const struct kit_case *one;
	int stop = 0;

	for (size_t i = 0; !stop && (one = kit_case_at(i)); i++) {
		struct idbc_conform_case shown = { sizeof(shown), 0, one->name, one->promise };

		stop = fn(ctx, &shown);
	}
	return stop;
}

/* --- what a case needs ------------------------------------------------------------------------- */
static const char *missing(const struct facts *facts, uint32_t needs)
{
	static const struct { uint32_t need; const char *why; } words[] = {
		{ KIT_USER, NULL }, { KIT_CREATE, NULL },
		{ KIT_VERIFY, "the driver, or \"operations\", has no verify" },
		{ KIT_PASSWORD, "the driver, or \"operations\", has no change_password" },
		{ KIT_DELETE, "the driver, or \"operations\", has no delete_user" },
		{ KIT_CHANGE_EMAIL, "the driver, or \"operations\", has no change_email" },
		{ KIT_PROVEN, "the driver has no proven" },
		{ KIT_LIST, "the driver has no list" },
		{ KIT_INTENTS, "the driver has no intents" },
		{ KIT_CHECK, "the driver has no check" },
		{ KIT_FAILED, "the driver has no failed" },
		{ KIT_SETTLE, "the driver has no settle" },
		{ KIT_MANY, "the driver has no create_many" },
		{ KIT_EMAIL, "users have no e-mail address here" },
		{ KIT_USERNAME, "users have no username here" },
		{ KIT_PHONE, "users have no phone number here" },
		{ KIT_TRANSACTIONS, "the driver does not declare IDBC_CAP_TRANSACTIONS" },
		{ KIT_INTERRUPT, "the driver does not declare IDBC_CAP_INTERRUPT" },
		{ KIT_DECIDES, "the driver does not declare IDBC_CAP_DECIDES" },
		{ KIT_STORED, "the driver declares IDBC_CAP_DECIDES" },
		{ KIT_HASHED, "the driver declares IDBC_CAP_PLAINTEXT" },
		{ KIT_WRITES, "the driver, or \"operations\", writes nothing" },
	};
	uint32_t not_there = needs & ~(facts->needs | KIT_NO_DRIVER);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (not_there & words[i].need)
			return words[i].why ? words[i].why : facts->no_user;
	return NULL;
}

static const char *why_not(const struct run *run, const struct kit_case *the_case)
{
	for (size_t i = 0; i < run->quirks.nskip; i++)
		if (!fnmatch(run->quirks.skip[i].name, the_case->name, 0))
			return run->quirks.skip[i].value;
	return missing(&run->page->facts, the_case->needs);
}

/* --- one case ------------------------------------------------------------------------------------ */
/* A driver that prints fails no case but those that are about it, which come last. */
static void note_output(struct run *run, const struct kit_case *the_case,
			const struct outcome *outcome)
{
	char text[TEXT_ROOM];

	if (!outcome->ended)
		return;
	if (outcome->out_bytes) {
		snprintf(text, sizeof(text), "%zu bytes in %s: %.300s", outcome->out_bytes,
			 the_case->name, outcome->out);
		page_add_note(run->page, "quiet.stdout", text);
	}
	if (outcome->err_bytes) {
		snprintf(text, sizeof(text), "%zu bytes in %s: %.300s", outcome->err_bytes,
			 the_case->name, outcome->err);
		page_add_note(run->page, "quiet.stderr", text);
	}
}

static void apply_note(struct run *run, const struct kit_case *the_case, struct outcome *outcome)
{
	const char *note = page_note(run->page, the_case->name);

	if (!note || outcome->result == IDBC_CONFORM_NOT_OK)
		return;
	outcome->result = IDBC_CONFORM_NOT_OK;
	snprintf(outcome->asked, sizeof(outcome->asked), "every call of this run");
	snprintf(outcome->wanted, sizeof(outcome->wanted), "%.900s", the_case->promise);
	snprintf(outcome->got, sizeof(outcome->got), "%.900s", note);
}

static void clean_up(struct run *run)
{
	struct outcome ignored;

	if (atomic_load(&run->page->nmade) && run->page->facts.adopted)
		child_run(run, &kit_clean_case, 0, &ignored);
	atomic_store(&run->page->nmade, 0);
}

static void run_case(struct run *run, const struct kit_case *the_case, uint32_t number,
		     struct outcome *outcome)
{
	const char *why = why_not(run, the_case);

	memset(outcome, 0, sizeof(*outcome));
	if (why) {
		outcome->result = IDBC_CONFORM_SKIP;
		snprintf(outcome->got, sizeof(outcome->got), "%s", why);
		return;
	}
	child_run(run, the_case, number, outcome);
	note_output(run, the_case, outcome);
	apply_note(run, the_case, outcome);
	clean_up(run);
}

static void tell(const struct run *run, const struct kit_case *the_case,
		 const struct outcome *outcome, uint32_t number, uint32_t total)
{
	struct idbc_conform_verdict verdict = {
		.size = sizeof(verdict), .result = outcome->result, .number = number, .total = total,
		.took_ms = outcome->took_ms, .name = the_case->name, .promise = the_case->promise,
		.asked = outcome->asked, .wanted = outcome->wanted, .got = outcome->got,
	};

	if (run->plan->told)
		run->plan->told(run->plan->ctx, &verdict);
}

static void count_in(struct idbc_conform_totals *totals, uint32_t result)
{
	totals->passed += result == IDBC_CONFORM_OK;
	totals->failed += result == IDBC_CONFORM_NOT_OK;
	totals->skipped += result == IDBC_CONFORM_SKIP;
}

static int run_cases(struct run *run, struct idbc_conform_totals *totals, struct idbc_error *err)
{
	const struct facts *facts = &run->page->facts;
	uint32_t number = 0, total = count(run);
	const struct kit_case *one;
	struct outcome outcome;

	for (size_t i = 0; (one = kit_case_at(i)); i++) {
		if (!is_chosen(run, one))
			continue;
		if (!facts->adopted && !(one->needs & KIT_NO_DRIVER)) {
			totals->failed += total - number;
			return err_set(err, IDBC_DRIVER, "conform", "the connector does not take "
				       "this driver: %s", facts->why);
		}
		run_case(run, one, (uint32_t)i + 1, &outcome);
		tell(run, one, &outcome, ++number, total);
		count_in(totals, outcome.result);
	}
	return IDBC_OK;
}

/* The driver's own fault, whatever it was: the cases will say so. */
static void probe(struct run *run)
{
	struct outcome outcome;
	struct facts *facts = &run->page->facts;

	child_run(run, &kit_probe_case, 0, &outcome);
	note_output(run, &kit_probe_case, &outcome);
	if (!facts->adopted && !facts->why[0])
		snprintf(facts->why, sizeof(facts->why), "%.900s", outcome.got);
	if (outcome.result == IDBC_CONFORM_NOT_OK && facts->adopted && !(facts->needs & KIT_USER)) {
		facts->needs &= ~(uint32_t)KIT_CREATE;
		snprintf(facts->no_user, sizeof(facts->no_user), "nobody could be made: %.900s",
			 outcome.got);
		page_add_note(run->page, "create.works", facts->no_user);
	}
	clean_up(run);
}

/* --- a run ---------------------------------------------------------------------------------------- */
static int missing_file(struct idbc_error *err, const char *path)
{
	return err_set(err, IDBC_CONFIG, "conform", "%.120s: no such file", path);
}

/* The configuration's text with the path of the driver in it. */
static int make_json(struct run *run, const char *text, struct idbc_error *err)
{
	struct node_error why;
	struct json_t *root = node_parse(text, strlen(text), 1, &why);

	if (node_kind(root) != NODE_OBJECT) {
		node_free(root);
		return err_set(err, IDBC_CONFIG, "conform", "%.80s: line %d: not a JSON object",
			       run->config, root ? 1 : why.line);
	}
	if (node_put_str(root, "driver", run->driver, strlen(run->driver)) == 0)
		run->json = node_text(root);
	node_free(root);
	return run->json ? IDBC_OK : err_nomem(err, "conform");
}

static int read_config(struct run *run, struct idbc_error *err)
{
	FILE *file = fopen(run->config, "re");
	char *text = NULL;
	size_t cap = 0;
	int rc;

	if (!file)
		return missing_file(err, run->config);
	rc = getdelim(&text, &cap, '\0', file) < 0
		     ? err_set(err, IDBC_CONFIG, "conform", "%.120s cannot be read", run->config)
		     : make_json(run, text, err);
	free(text);
	fclose(file);
	return rc;
}

/* What is wrong with the file itself is the user's to mend before any case runs. */
static int judge_config(struct run *run, struct idbc_error *err)
{
	struct password_policy *policy = NULL;
	struct finding_list findings;
	struct config *config = NULL;
	int rc;

	findings_init(&findings);
	rc = config_open(run->config, NULL, &findings, &config, err);
	if (rc == IDBC_OK)
		rc = password_open(&config->password, &findings.sink, &policy, err);
	if (findings_errors(&findings))
		rc = findings_fail(&findings, "config", err);
	password_close(policy);
	config_close(config);
	findings_free(&findings);
	return rc;
}

static int find_files(struct run *run, struct idbc_error *err)
{
	char *copy;

	run->driver = realpath(run->plan->driver, NULL);
	if (!run->driver)
		return missing_file(err, run->plan->driver);
	run->config = realpath(run->plan->config, NULL);
	if (!run->config)
		return missing_file(err, run->plan->config);
	copy = strdup(run->config);
	run->folder = copy ? strdup(dirname(copy)) : NULL;
	free(copy);
	return run->folder ? IDBC_OK : err_nomem(err, "conform");
}

static void make_tag(struct run *run)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	unsigned char bytes[5] = { 0 };

	if (getrandom(bytes, sizeof(bytes), 0) < 0)
		memcpy(bytes, &(int64_t){ kit_now_ns() }, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		run->tag[i] = letters[bytes[i] & 31];
}

static int prepare(struct run *run, struct idbc_error *err)
{
	int rc = find_files(run, err);

	if (rc == IDBC_OK)
		rc = judge_config(run, err);
	if (rc == IDBC_OK)
		rc = read_config(run, err);
	if (rc == IDBC_OK)
		rc = quirks_open(run->plan->quirks, &run->quirks, err);
	if (rc == IDBC_OK && !count(run))
		rc = err_set(err, IDBC_INVALID, "conform", "\"%.100s\" chooses no case",
			     run->plan->only);
	if (rc != IDBC_OK)
		return rc;
	run->page = mmap(NULL, sizeof(*run->page), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run->page == MAP_FAILED) {
		run->page = NULL;
		return err_nomem(err, "conform");
	}
	make_tag(run);
	return IDBC_OK;
}

static void finish(struct run *run)
{
	if (run->page)
		munmap(run->page, sizeof(*run->page));
	quirks_close(&run->quirks);
	free(run->json);
	free(run->folder);
	free(run->config);
	free(run->driver);
}

static int run_prepared(struct run *run, struct idbc_conform_totals *totals,
			struct idbc_error *err)
{
	int rc;

	if (run->quirks.seed && child_command(run, run->quirks.seed))
		return err_set(err, IDBC_CONFIG, "quirks", "the command \"seed\" failed");
	probe(run);
	rc = run_cases(run, totals, err);
	if (run->quirks.clean && child_command(run, run->quirks.clean) && rc == IDBC_OK)
		rc = err_set(err, IDBC_CONFIG, "quirks", "the command \"clean\" failed");
	return rc;
}

int idbc_conform_run(const struct idbc_conform_plan *given, struct idbc_conform_totals *out,
		     struct idbc_error *err)
{
	struct idbc_conform_plan plan = IDBC_CONFORM_PLAN_INIT;
	struct idbc_conform_totals totals = { sizeof(totals), 0, 0, 0 };
	struct idbc_error own = IDBC_ERROR_INIT;
	struct run run = { .plan = &plan };
	int rc;

	if (given)
		memcpy(&plan, given, given->size < sizeof(plan) ? given->size : sizeof(plan));
	run.limit_ms = plan.limit_ms ? plan.limit_ms : LIMIT_MS;
	if (!plan.driver || !plan.config || !out)
		rc = err_set(&own, IDBC_INVALID, "conform", "no driver or no configuration given");
	else
		rc = prepare(&run, &own);
	if (rc == IDBC_OK) {
		rc = run_prepared(&run, &totals, &own);
		if (out->size >= sizeof(totals))
			*out = totals;
	}
	finish(&run);
	err_copy_out(err, &own);
	return rc;
}
