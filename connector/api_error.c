/* connector/api_error.c - job: errors for hosts that do not compile this library's headers:
 * how large the struct is, an empty one, and what it says as words and JSON.
 * Threads: any, no lock.
 */
#include <idbc/idbc.h>
#include <jansson.h>
#include <string.h>
#include "base/err.h"
#include "base/text.h"
#include "config/config.h"
#include "config/node.h"

const char *idbc_effect_name(uint32_t effect)
{
	return effect_name(effect);
}

const char *idbc_detail_name(uint32_t detail)
{
	return detail_name(detail);
}

uint32_t idbc_error_size(void)
{
	return sizeof(struct idbc_error);
}

void idbc_error_init(struct idbc_error *err, uint32_t size)
{
	if (!err || size < sizeof(err->size))
		return;
	memset(err, 0, size);
	err->size = size;
}

/* The host's, which may be older and shorter, and may have been written to. */
static void take_error(const struct idbc_error *from, struct idbc_error *to)
{
	const size_t words = offsetof(struct idbc_error, sqlstate);
	struct idbc_error raw;

	memset(&raw, 0, sizeof(raw));
	memcpy(&raw, from, from->size < sizeof(raw) ? from->size : sizeof(raw));
	memset(to, 0, sizeof(*to));
	memcpy(to, &raw, words);
#define TAKE(word) text_line(raw.word, strnlen(raw.word, sizeof(raw.word)), to->word, sizeof(to->word))
	TAKE(sqlstate);
	TAKE(origin);
	TAKE(code);
	TAKE(text);
#undef TAKE
}

static json_t *error_json(const struct idbc_error *err)
{
	const char *op = err->op >= IDBC_LOGIN && err->op <= IDBC_CHANGE_EMAIL
		? config_operation_name(err->op) : "";

	return json_pack("{ss sI ss ss ss si ss ss ss ss}", "status", status_name(err->status),
		"number", (json_int_t)err->status, "effect", effect_name(err->effect), "detail",
		detail_name(err->detail), "operation", op, "native", (int)err->native,
		"sqlstate", err->sqlstate, "origin", err->origin, "code", err->code, "text",
		err->text);
}

int idbc_error_json(const struct idbc_error *err, char **json_text)
{
	struct idbc_error mine;
	json_t *json;
	char *text;

	if (!err || !json_text || err->size < sizeof(err->size) + sizeof(err->status))
		return IDBC_INVALID;
	take_error(err, &mine);
	json = error_json(&mine);
	text = json ? node_text(json) : NULL;
	json_decref(json);
	if (!text)
		return IDBC_NOMEM;
	*json_text = text;
	return IDBC_OK;
}
