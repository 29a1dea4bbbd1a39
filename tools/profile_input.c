/* tools/profile_input.c - job: the profile of `idbc create`: JSON from standard input or
 * --profile, and single fields from --email, --username and --set over it.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

#define ROOM ((1u << 20) + 2)   /* the library takes 1 MiB */

int profile_input_from_stdin(const struct tool *tool)
{
	return !tool->value[OPT_PROFILE] && !tool->value[OPT_EMAIL] &&
	       !tool->value[OPT_USERNAME] && !tool->nsets;
}

static int parse(const struct tool *tool, const char *text, struct idbc_profile **out)
{
	struct idbc_error err = IDBC_ERROR_INIT;

	return idbc_profile_parse(text, out, &err) == IDBC_OK ? 0 : out_failure(tool, &err);
}

static int parse_stream(const struct tool *tool, FILE *in, struct idbc_profile **out)
{
	char *text = malloc(ROOM);
	size_t len = text ? fread(text, 1, ROOM - 1, in) : 0;
	int rc;

	if (!text)
		return EXIT_OTHER;
	text[len] = '\0';
	if (ferror(in))
		rc = out_usage(tool, "cannot read the profile: %s", strerror(errno));
	else if (strlen(text) != len)
		rc = out_invalid(tool, "invalid_profile", "the profile holds a NUL byte");
	else
		rc = parse(tool, text, out);
	free(text);
	return rc;
}

static int parse_file(const struct tool *tool, const char *path, struct idbc_profile **out)
{
	FILE *in = fopen(path, "re");
	int rc;

	if (!in)
		return out_usage(tool, "--profile %s: %s", path, strerror(errno));
	rc = parse_stream(tool, in, out);
	fclose(in);
	return rc;
}

static int set_json(const struct tool *tool, struct idbc_profile *user, const char *field,
		    const char *json)
{
	struct idbc_error err = IDBC_ERROR_INIT;

	return idbc_profile_set(user, field, json, &err) == IDBC_OK ? 0 : out_failure(tool, &err);
}

static int set_string(const struct tool *tool, struct idbc_profile *user, const char *field,
		      const char *value)
{
	json_t *string = json_string(value);
	char *text = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
	int rc;

	if (!string)
		rc = out_invalid(tool, "invalid_profile", "%s: not UTF-8", field);
	else
		rc = text ? set_json(tool, user, field, text) : EXIT_OTHER;
	free(text);
	json_decref(string);
	return rc;
}

/* FIELD=VALUE or FIELD:=JSON. */
static int set_word(const struct tool *tool, struct idbc_profile *user, const char *word)
{
	size_t len = strcspn(word, "=");
	int json = len && word[len - 1] == ':', rc;
	char *field;

	if (!word[len] || len == (size_t)json)
		return out_usage(tool, "--set takes FIELD=VALUE or FIELD:=JSON");
	field = strndup(word, len - (size_t)json);
	if (!field)
		return EXIT_OTHER;
	rc = (json ? set_json : set_string)(tool, user, field, word + len + 1);
	free(field);
	return rc;
}

static int start(const struct tool *tool, struct idbc_profile **out)
{
	struct idbc_error err = IDBC_ERROR_INIT;

	if (profile_input_from_stdin(tool))
		return parse_stream(tool, stdin, out);
	if (tool->value[OPT_PROFILE])
		return parse_file(tool, tool->value[OPT_PROFILE], out);
	return idbc_profile_new(out, &err) == IDBC_OK ? 0 : out_failure(tool, &err);
}

int profile_input_read(struct tool *tool, struct idbc_profile **out)
{
	struct idbc_profile *user = NULL;
	int rc = start(tool, &user);

	if (rc == 0 && tool->value[OPT_EMAIL])
		rc = set_string(tool, user, "email", tool->value[OPT_EMAIL]);
	if (rc == 0 && tool->value[OPT_USERNAME])
		rc = set_string(tool, user, "username", tool->value[OPT_USERNAME]);
	for (int i = 0; rc == 0 && i < tool->nsets; i++)
		rc = set_word(tool, user, tool->sets[i]);
	if (rc == 0)
		*out = user;
	else
		idbc_profile_free(user);
	return rc;
}
