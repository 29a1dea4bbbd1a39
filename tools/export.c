/* tools/export.c - job: `idbc export`: one line of JSON for each user.  A line leaves whole or
 * not at all.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bulk.h"

struct out {
	uint64_t users, without;
	int want_hashes, failed;
	struct progress progress;
};

static int on_row(void *ctx, const struct idbc_export_row *row)
{
	struct out *out = ctx;

	if (fputs(row->json, stdout) < 0 || putchar('\n') == EOF) {
		out->failed = 1;
		return -1;
	}
	out->users++;
	out->without += out->want_hashes && !(row->flags & IDBC_EXPORTED_HASH);
	progress_show(&out->progress, out->users, 0);
	return 0;
}

static int take_limit(const struct tool *tool, uint64_t *out)
{
	const char *text = tool->value[OPT_LIMIT];
	char *end = NULL;

	*out = 0;
	if (!text)
		return 0;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return *text < '1' || *text > '9' || *end || errno
		       ? out_usage(tool, "--limit takes a number of users, not \"%s\"", text) : 0;
}

int cmd_export(struct tool *tool)
{
	struct idbc_export export = IDBC_EXPORT_INIT;
	struct idbc_error err = IDBC_ERROR_INIT;
	struct out out = { .want_hashes = tool->value[OPT_HASHES] != NULL };
	struct idbc *conn = NULL;
	int rc = take_limit(tool, &export.limit);

	if (rc == 0)
		rc = tool_open(tool, &conn);
	if (rc)
		return rc;
	export.flags = (tool->value[OPT_HASHES] ? IDBC_EXPORT_HASHES : 0) |
		       (tool->value[OPT_IDP_TOKENS] ? IDBC_EXPORT_IDP_TOKENS : 0) |
		       (tool->value[OPT_MFA] ? IDBC_EXPORT_MFA : 0);
	export.after = tool->value[OPT_AFTER];
	export.row = on_row;
	export.ctx = &out;
	progress_begin(&out.progress, tool, "users");
	rc = idbc_export(conn, &export, &err);
	progress_end(&out.progress);
	idbc_close(conn, 0);
	if (rc != IDBC_OK)
		return out.failed ? EXIT_OTHER : out_failure(tool, &err);
	if (out.without && !tool->json)
		fprintf(stderr, "idbc: export: %llu of %llu users have no password that can be "
			"carried elsewhere\n", (unsigned long long)out.without,
			(unsigned long long)out.users);
	return EXIT_DONE;
}
