/* tools/import.c - job: `idbc import`: users out of a file, what became of each told with its
 * line, and how far it came remembered.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "bulk.h"

#define AHEAD     (2 * IDBC_IMPORT_AHEAD)
#define SAVE_MS   500
#define LINES_MAX 1000          /* of a report as JSON */

struct importing {
	struct tool *tool;
	struct reader reader;
	struct state state;
	struct progress progress;
	uint64_t read;                  /* records, with those passed over */
	uint64_t digests[AHEAD];        /* after each that is not told yet */
	uint64_t size;                  /* of the file; 0: not known */
	int64_t saved_ms;
	uint64_t saved;                 /* records, of the state on the disk */
	json_t *lines;
	int failed;                     /* errno of the file or of the memory */
};

/* --- records in ---------------------------------------------------------------------------- */

static int on_next(void *ctx, struct idbc_import_record *out)
{
	struct importing *in = ctx;
	int rc = reader_next(&in->reader);

	if (rc < 0)
		in->failed = errno ? errno : EIO;
	if (rc != 1)
		return rc;
	in->digests[in->read++ % AHEAD] = in->reader.digest;
	out->line = in->reader.line;
	out->json = in->reader.text;
	out->len = in->reader.len;
	return 1;
}

/* What an earlier run was told of; the file must be the same so far. */
static int pass_over(struct importing *in)
{
	while (in->read < in->state.records) {
		if (reader_next(&in->reader) != 1)
			break;
		in->read++;
	}
	if (in->read == in->state.records &&
	    (!in->read || in->reader.digest == in->state.digest))
		return 0;
	return out_invalid(in->tool, "other_file", "--state: that is the state of another file");
}

/* --- outcomes out --------------------------------------------------------------------------- */

static void tell_line(struct importing *in, const struct idbc_import_result *result)
{
	const struct idbc_error *err = result->err;
	const char *text = err->text[0] ? err->text : idbc_status_text(err->status);

	if (in->tool->json) {
		if (json_array_size(in->lines) < LINES_MAX)
			json_array_append_new(in->lines, json_pack("{sI ss ss* ss}", "line",
				(json_int_t)result->line, "status", idbc_status_name(err->status),
				"code", err->code[0] ? err->code : NULL, "message", text));
		return;
	}
	progress_end(&in->progress);
	fprintf(stderr, "idbc: import: line %llu: %s%s%s%s\n", (unsigned long long)result->line, text,
		err->code[0] ? " (" : "", err->code, err->code[0] ? ")" : "");
}

static int percent(const struct importing *in)
{
	return in->size ? (int)(in->reader.bytes * 100 / in->size) : 0;
}

static int save(struct importing *in)
{
	in->saved_ms = progress_now_ms();
	in->saved = in->state.records;
	if (!state_save(&in->state))
		return 0;
	in->failed = errno;
	return -1;
}

/* By count as well: a run that goes on must know how many may be done already. */
static int is_time_to_save(const struct importing *in)
{
	return in->state.records - in->saved >= IDBC_IMPORT_AHEAD ||
	       progress_now_ms() - in->saved_ms >= SAVE_MS;
}

static int on_done(void *ctx, const struct idbc_import_result *result)
{
	struct importing *in = ctx;
	struct state *state = &in->state;

	state->created += result->outcome == IDBC_IMPORTED_CREATED;
	state->updated += result->outcome == IDBC_IMPORTED_UPDATED;
	state->exists += result->outcome == IDBC_IMPORTED_EXISTS;
	state->refused += result->outcome == IDBC_IMPORTED_REFUSED;
	if (result->outcome == IDBC_IMPORTED_EXISTS || result->outcome == IDBC_IMPORTED_REFUSED)
		tell_line(in, result);
	state->digest = in->digests[state->records++ % AHEAD];
	progress_show(&in->progress, state->records, percent(in));
	return state->path && is_time_to_save(in) ? save(in) : 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int report(struct importing *in, int rc, const struct idbc_error *err)
{
	const struct state *s = &in->state;
	uint64_t bad = s->exists + s->refused;
	json_t *json;

	if (in->failed)
		return out_invalid(in->tool, "", "%s", strerror(in->failed));
	if (rc != IDBC_OK && !in->tool->json)
		return out_failure(in->tool, err);
	if (!in->tool->json) {
		fprintf(stderr, "idbc: import: %llu created, %llu updated, %llu exist, "
			"%llu refused\n", (unsigned long long)s->created,
			(unsigned long long)s->updated, (unsigned long long)s->exists,
			(unsigned long long)s->refused);
		return bad ? EXIT_REFUSED : EXIT_DONE;
	}
	json = json_pack("{ss sI sI sI sI sO}", "status", idbc_status_name((uint32_t)rc), "created",
		(json_int_t)s->created, "updated", (json_int_t)s->updated, "exists",
		(json_int_t)s->exists, "refused", (json_int_t)s->refused, "lines", in->lines);
	if (json && rc != IDBC_OK) {
		json_object_set_new(json, "code", json_string(err->code));
		json_object_set_new(json, "message", json_string(err->text));
		json_object_set_new(json, "effect", json_string(idbc_effect_name(err->effect)));
	}
	out_json(json);
	return rc != IDBC_OK ? exit_code((uint32_t)rc) : bad ? EXIT_REFUSED : EXIT_DONE;
}

static int run(struct importing *in, struct idbc *conn, int resumed)
{
	struct idbc_import import = IDBC_IMPORT_INIT;
	struct idbc_error err = IDBC_ERROR_INIT;
	struct tool *tool = in->tool;
	int rc;

	import.flags = (tool->value[OPT_UPSERT] ? IDBC_IMPORT_UPSERT : 0) |
		       (tool->value[OPT_DRY_RUN] ? IDBC_IMPORT_DRY_RUN : 0) |
		       (tool->value[OPT_NEW_IDS] ? IDBC_IMPORT_NEW_IDS : 0);
	import.again = resumed ? 2 * IDBC_IMPORT_AHEAD : 0;     /* told and not saved, and not told */
	import.next = on_next;
	import.done = on_done;
	import.ctx = in;
	progress_begin(&in->progress, tool, "users");
	rc = idbc_import(conn, &import, &err);
	progress_end(&in->progress);
	if (in->state.path && !in->failed)
		save(in);
	return report(in, rc, &err);
}

static int import_from(struct tool *tool, FILE *file)
{
	struct importing *in = calloc(1, sizeof(*in));
	struct idbc *conn = NULL;
	struct stat st;
	int rc = EXIT_OTHER, resumed;

	if (!in || reader_init(&in->reader, file)) {
		free(in);
		return EXIT_OTHER;
	}
	in->tool = tool;
	in->lines = json_array();
	if (!fstat(fileno(file), &st) && S_ISREG(st.st_mode))
		in->size = (uint64_t)st.st_size;
	resumed = state_load(tool, &in->state);
	rc = resumed > 0 ? resumed : pass_over(in);
	in->saved = in->state.records;
	if (rc == 0 && in->state.path && state_save(&in->state))
		rc = out_usage(tool, "--state: %s", strerror(errno));
	if (rc == 0)
		rc = tool_open(tool, &conn);
	if (rc == 0)
		rc = run(in, conn, resumed == STATE_THERE);
	idbc_close(conn, 0);
	json_decref(in->lines);
	reader_free(&in->reader);
	free(in);
	return rc;
}

int cmd_import(struct tool *tool)
{
	FILE *file = stdin;
	int rc;

	if (tool->value[OPT_DRY_RUN] && tool->value[OPT_STATE])
		return out_usage(tool, "--dry-run imports nothing that --state could remember");
	if (tool->nargs && strcmp(tool->args[0], "-"))
		file = fopen(tool->args[0], "re");
	if (!file)
		return out_usage(tool, "%s: %s", tool->args[0], strerror(errno));
	rc = import_from(tool, file);
	if (file != stdin)
		fclose(file);
	return rc;
}
