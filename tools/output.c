/* tools/output.c - job: how an answer leaves: one line of text, or with --json one object
 * on standard output and nothing on standard error; and the exit status that goes with it.
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

int exit_code(uint32_t status)
{
	if (status == IDBC_OK)
		return EXIT_DONE;
	if (status == IDBC_CONFIG)
		return EXIT_WRONG;
	switch (IDBC_STATUS_CLASS(status)) {
	case 1:
		return EXIT_REFUSED;
	case 2:
		return EXIT_WRONG;
	case 3:
		return EXIT_STORE;
	default:
		return EXIT_OTHER;
	}
}

/* Only for those who audit; NULL where there is nothing to tell. */
static const char *detail_of(const struct tool *tool, const struct idbc_error *err)
{
	return tool->value[OPT_AUDIT] && err->detail ? idbc_detail_name(err->detail) : NULL;
}

int out_json(void *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	if (!text) {
		fputs("idbc: out of memory\n", stderr);
		return EXIT_OTHER;
	}
	puts(text);
	free(text);
	return EXIT_DONE;
}

static const char *error_text(const struct idbc_error *err)
{
	return err->text[0] ? err->text : idbc_status_text(err->status);
}

static const char *or_null(const char *text)
{
	return text && *text ? text : NULL;
}

static void failure_json(const struct tool *tool, const struct idbc_error *err)
{
	const char *detail = detail_of(tool, err);
	json_t *native = err->native ? json_integer(err->native) : NULL;

	out_json(json_pack("{ss ss* ss ss* so* ss* ss*}", "status", idbc_status_name(err->status),
			   "code", or_null(err->code), "message", error_text(err),
			   "sqlstate", or_null(err->sqlstate), "native", native,
			   "effect", tool->writes ? idbc_effect_name(err->effect) : NULL,
			   "detail", detail));
}

static void failure_line(const struct tool *tool, const struct idbc_error *err)
{
	const char *detail = detail_of(tool, err);

	fprintf(stderr, "idbc: %s%s%s", tool->command ? tool->command : "",
		tool->command ? ": " : "", error_text(err));
	if (err->code[0])
		fprintf(stderr, " (%s)", err->code);
	if (tool->writes && err->effect != IDBC_EFFECT_NONE)
		fprintf(stderr, " [effect %s]", idbc_effect_name(err->effect));
	if (detail)
		fprintf(stderr, " [%s]", detail);
	fputc('\n', stderr);
}

int out_failure(const struct tool *tool, const struct idbc_error *err)
{
	if (err->status == IDBC_CONFIG)
		return out_config(tool, err);
	if (tool->json)
		failure_json(tool, err);
	else
		failure_line(tool, err);
	return exit_code(err->status);
}

/* What stood in argv may be anything; what leaves is one line of UTF-8. */
static void make_printable(char *text)
{
	json_t *whole = json_string(text);

	for (char *c = text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f || (!whole && (unsigned char)*c > 0x7f))
			*c = '?';
	json_decref(whole);
}

static int invalid(const struct tool *tool, const char *code, const char *fmt, va_list ap)
{
	struct idbc_error err = IDBC_ERROR_INIT;

	err.status = IDBC_INVALID;
	snprintf(err.code, sizeof(err.code), "%s", code);
	vsnprintf(err.text, sizeof(err.text), fmt, ap);
	make_printable(err.text);
	if (tool->json)
		failure_json(tool, &err);
	else
		failure_line(tool, &err);
	return EXIT_WRONG;
}

int out_usage(const struct tool *tool, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = invalid(tool, "", fmt, ap);
	va_end(ap);
	return rc;
}

int out_invalid(const struct tool *tool, const char *code, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = invalid(tool, code, fmt, ap);
	va_end(ap);
	return rc;
}

static int pretty(const char *text, int wrapped)
{
	json_t *json = json_loads(text, 0, NULL);

	if (json && wrapped)
		json = json_pack("{ss so}", "status", "OK", "profile", json);
	if (!json || json_dumpf(json, stdout, JSON_INDENT(2))) {
		json_decref(json);
		return EXIT_OTHER;
	}
	putchar('\n');
	json_decref(json);
	return EXIT_DONE;
}

int out_profile(const struct tool *tool, const struct idbc_profile *profile)
{
	uint32_t flags = (tool->value[OPT_IDP_TOKENS] ? IDBC_PROFILE_IDP_TOKENS : 0) |
			 (tool->value[OPT_MFA] ? IDBC_PROFILE_MFA : 0);
	const char *text = idbc_profile_json(profile, flags);

	if (!text)
		return EXIT_OTHER;
	if (tool->value[OPT_PRETTY])
		return pretty(text, tool->json);
	if (tool->json)
		printf("{\"status\":\"OK\",\"profile\":%s}\n", text);
	else
		puts(text);
	return EXIT_DONE;
}

int out_done(const struct tool *tool)
{
	if (!tool->json)
		return EXIT_DONE;
	return out_json(json_pack("{ss ss}", "status", "OK", "effect",
				  idbc_effect_name(IDBC_EFFECT_APPLIED)));
}
