/* tools/password_lines.c - job: `idbc password verify` and `idbc password hash`: one line
 * of JSON in, one line out, in order, each at once, so that a program may converse with it.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

#define ROOM (1u << 20)

enum line_end { LINE_READ, LINE_END, LINE_BAD };

/* One line without its newline.  One that is too long or holds a NUL is read and refused. */
static enum line_end read_line(char *line)
{
	size_t len = 0;
	int bad = 0, c;

	while ((c = getc(stdin)) != EOF && c != '\n') {
		bad |= c == '\0' || len >= ROOM - 1;
		if (!bad)
			line[len++] = (char)c;
	}
	line[len] = '\0';
	if (c == EOF && len == 0 && !bad)
		return LINE_END;
	return bad ? LINE_BAD : LINE_READ;
}

static int answer_error(const char *text, uint32_t status)
{
	out_json(json_pack("{ss}", "error", text[0] ? text : idbc_status_text(status)));
	return exit_code(status);
}

static int answer_line(const struct tool *tool, int verify, const char *line)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	char *answer = NULL;
	int rc = verify ? idbc_password_verify(line, &answer, &err)
			: idbc_password_hash(tool->value[OPT_SCHEME], line, &answer, &err);

	if (rc != IDBC_OK)
		return answer_error(err.text, (uint32_t)rc);
	puts(answer);
	idbc_free(answer);
	return EXIT_DONE;
}

static int answer_all(const struct tool *tool, int verify, char *line)
{
	enum line_end end;
	int worst = EXIT_DONE;

	while ((end = read_line(line)) != LINE_END) {
		int rc = end == LINE_READ ? answer_line(tool, verify, line)
					  : answer_error("line too long, or a NUL byte in it",
							 IDBC_INVALID);

		worst = rc > worst ? rc : worst;
		fflush(stdout);
	}
	return worst;
}

int cmd_password(struct tool *tool)
{
	static char buffer[BUFSIZ];
	int verify = !strcmp(tool->args[0], "verify"), rc;
	char *line;

	if (!verify && strcmp(tool->args[0], "hash"))
		return out_usage(tool, "takes verify or hash");
	if (verify && tool->value[OPT_SCHEME])
		return out_usage(tool, "verify takes the scheme in each line");
	line = malloc(ROOM);
	if (!line)
		return EXIT_OTHER;
	setvbuf(stdin, buffer, _IOFBF, sizeof(buffer));
	rc = answer_all(tool, verify, line);
	explicit_bzero(line, ROOM);
	explicit_bzero(buffer, sizeof(buffer));
	free(line);
	return rc;
}
