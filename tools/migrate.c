/* tools/migrate.c - job: `idbc migrate status` and `idbc migrate run`: who moved from the old
 * store to the new one, and the rest moved now.  A conflict is a line of its own; on a terminal
 * a bar shows how far it got; a file remembers it for the next time.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "tool.h"

#define BAR        30
#define SAVE_EVERY 100u
#define LISTED_MAX 10000u       /* conflicts in one answer of --json */

static const char *const words[] = {
	"moved", "before", "changed", "later", "waiting", "conflict", "gone",
};
#define NWORDS (sizeof(words) / sizeof(words[0]))

struct run {
	struct tool *tool;
	unsigned long long counts[NWORDS], users, total, earlier;
	char *last;                     /* user_id told last */
	const char *state;              /* file, or NULL */
	json_t *conflicts;
	time_t began, drawn;
	int bar, looks;
	int unsaved;                    /* why the file could not be written, or 0 */
};

static unsigned long long *count_of(struct run *run, const char *word)
{
	for (size_t i = 0; i < NWORDS; i++)
		if (!strcmp(words[i], word))
			return &run->counts[i];
	return NULL;
}

/* --- the file that remembers ------------------------------------------------------------------ */
static json_t *counts_json(const struct run *run)
{
	json_t *json = json_pack("{sI}", "users", (json_int_t)run->users);

	for (size_t i = 0; json && i < NWORDS; i++)
		json_object_set_new(json, words[i], json_integer((json_int_t)run->counts[i]));
	return json;
}

static int save(struct run *run)
{
	json_t *json;
	char *text;
	int rc = -1;

	if (!run->state || !run->last)
		return 0;
	json = json_pack("{ss so}", "after", run->last, "counts", counts_json(run));
	text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	errno = ENOMEM;
	if (text)
		rc = state_file_replace(run->state, text, strlen(text));
	run->unsaved = rc ? errno : 0;
	free(text);
	json_decref(json);
	return rc;
}

static unsigned long long number(const json_t *counts, const char *word)
{
	json_int_t n = json_integer_value(json_object_get(counts, word));

	return n > 0 ? (unsigned long long)n : 0;
}

/* What was counted so far counts on: a conflict is one, whichever run met it. */
static void load_counts(struct run *run, const json_t *counts)
{
	run->users = run->earlier = number(counts, "users");
	for (size_t i = 0; i < NWORDS; i++)
		run->counts[i] = number(counts, words[i]);
}

static int load(struct run *run, const char **after)
{
	json_t *json;
	const char *text;

	if (!run->state || access(run->state, F_OK))
		return 0;
	json = json_load_file(run->state, 0, NULL);
	text = json_string_value(json_object_get(json, "after"));
	run->last = text ? strdup(text) : NULL;
	load_counts(run, json_object_get(json, "counts"));
	json_decref(json);
	if (!run->last)
		return out_usage(run->tool, "--state %s is no file of ours", run->state);
	*after = run->last;
	return 0;
}

/* --- what is seen meanwhile --------------------------------------------------------------------- */
static void draw(struct run *run, int at_end)
{
	time_t now = time(NULL);
	double part = run->total ? (double)run->users / (double)run->total : 0;
	int filled;

	if (!run->bar || (now == run->drawn && !at_end))
		return;
	run->drawn = now;
	filled = (int)((part > 1 ? 1 : part) * BAR);
	fprintf(stderr, "\r[%.*s%*s] %llu of %llu, %llu a second ", filled,
		"##############################", BAR - filled, "", run->users, run->total,
		(run->users - run->earlier) /
			(unsigned long long)(now > run->began ? now - run->began : 1));
	if (at_end)
		fputc('\n', stderr);
}

static void print_conflict(struct run *run, const char *user_id, const char *problem)
{
	if (!run->tool->json) {
		if (run->bar)
			fputc('\n', stderr);
		printf("%s: %s\n", user_id, problem);
	} else if (json_array_size(run->conflicts) < LISTED_MAX) {
		json_array_append_new(run->conflicts, json_pack("{ss ss}", "user_id", user_id, "problem",
								problem));
	}
}

static int told(void *ctx, const char *user_id, const char *outcome, const char *problem)
{
	struct run *run = ctx;
	unsigned long long *count = count_of(run, outcome);

	run->users++;
	if (count)
		++*count;
	if (run->looks)
		return 0;
	if (!strcmp(outcome, "conflict"))
		print_conflict(run, user_id, problem);
	free(run->last);
	run->last = strdup(user_id);
	draw(run, 0);
	return run->users % SAVE_EVERY == 0 ? save(run) : 0;
}

/* --- the two commands ---------------------------------------------------------------------------- */
static int take_rate(struct tool *tool, uint32_t *out)
{
	const char *text = tool->value[OPT_RATE];
	char *end = NULL;
	unsigned long n;

	if (!text)
		return 0;
	errno = 0;
	n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || errno || !n || n > 1000000 || (*end && strcmp(end, "/s")))
		return out_usage(tool, "--rate takes users a second, as in 50/s");
	*out = (uint32_t)n;
	return 0;
}

static int report(struct run *run)
{
	int conflicts = *count_of(run, "conflict") != 0;
	json_t *json;

	draw(run, 1);
	if (!run->tool->json) {
		printf("%llu users:", run->users);
		for (size_t i = 0; i < NWORDS; i++)
			if (run->counts[i])
				printf(" %s %llu", words[i], run->counts[i]);
		putchar('\n');
		return conflicts ? EXIT_REFUSED : EXIT_DONE;
	}
	json = counts_json(run);
	if (!run->looks)
		json_object_set(json, "conflicts", run->conflicts);
	return out_json(json) ? EXIT_OTHER : conflicts ? EXIT_REFUSED : EXIT_DONE;
}

/* For the bar, how many there are; who looks on a terminal only pays for it. */
static void count_all(struct run *run, struct idbc *conn)
{
	struct idbc_migration look = IDBC_MIGRATION_INIT;
	struct run counting = { .tool = run->tool, .looks = 1 };
	struct idbc_error err = IDBC_ERROR_INIT;

	look.flags = IDBC_MIGRATION_LOOK;
	look.after = run->last;
	look.timeout_ms = run->tool->timeout_ms;
	fputs("counting the users\r", stderr);
	if (idbc_migrate(conn, &look, told, &counting, &err) == IDBC_OK)
		run->total = run->users + counting.users;
	run->began = time(NULL);
}

static int broken_off(struct run *run, const struct idbc_error *err)
{
	int why = run->unsaved;

	save(run);
	draw(run, 1);
	return why ? out_invalid(run->tool, "", "--state %s: %s", run->state, strerror(why))
		   : out_failure(run->tool, err);
}

static int migrate(struct run *run, struct idbc *conn, struct idbc_migration *migration)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int rc;

	if (run->bar)
		count_all(run, conn);
	rc = idbc_migrate(conn, migration, told, run, &err);
	if (rc != IDBC_OK)
		return broken_off(run, &err);
	if (run->state)
		unlink(run->state);     /* the next run begins anew, with who is left */
	return report(run);
}

int cmd_migrate(struct tool *tool)
{
	struct idbc_migration migration = IDBC_MIGRATION_INIT;
	struct run run = { .tool = tool, .began = time(NULL), .state = tool->value[OPT_STATE],
			   .conflicts = json_array() };
	struct idbc *conn = NULL;
	int rc = 0;

	run.looks = !strcmp(tool->args[0], "status");
	run.bar = !run.looks && !tool->json && isatty(STDERR_FILENO);
	if (!run.looks && strcmp(tool->args[0], "run") != 0)
		rc = out_usage(tool, "is status or run");
	migration.flags = run.looks ? IDBC_MIGRATION_LOOK :
			  tool->value[OPT_DRY_RUN] ? IDBC_MIGRATION_DRY_RUN : 0;
	migration.timeout_ms = tool->timeout_ms;
	migration.after = tool->value[OPT_AFTER];
	if (rc == 0)
		rc = take_rate(tool, &migration.rate);
	if (rc == 0 && !migration.after)
		rc = load(&run, &migration.after);
	if (rc == 0)
		rc = tool_open(tool, &conn);
	if (rc == 0) {
		char *after = migration.after ? strdup(migration.after) : NULL;

		migration.after = after;        /* run.last moves on */
		rc = migrate(&run, conn, &migration);
		free(after);
	}
	idbc_close(conn, 0);
	json_decref(run.conflicts);
	free(run.last);
	return rc;
}
