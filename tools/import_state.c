/* tools/import_state.c - job: how far an import came, in a file that is replaced as a whole: a
 * process that is killed leaves the last one or this one.
 */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "bulk.h"

static int take(const json_t *json, const char *key, uint64_t *out)
{
	const json_t *value = json_object_get(json, key);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return -1;
	*out = (uint64_t)json_integer_value(value);
	return 0;
}

static int read_state(const json_t *json, struct state *state)
{
	const char *digest = json_string_value(json_object_get(json, "digest"));
	char *end = NULL;

	if (!digest || strlen(digest) != 16 || take(json, "records", &state->records) ||
	    take(json, "created", &state->created) || take(json, "updated", &state->updated) ||
	    take(json, "exists", &state->exists) || take(json, "refused", &state->refused))
		return -1;
	state->digest = strtoull(digest, &end, 16);
	return *end ? -1 : 0;
}

int state_load(const struct tool *tool, struct state *state)
{
	json_error_t where;
	json_t *json;
	int rc;

	memset(state, 0, sizeof(*state));
	state->path = tool->value[OPT_STATE];
	if (!state->path || (access(state->path, F_OK) && errno == ENOENT))
		return STATE_NONE;
	json = json_load_file(state->path, 0, &where);
	rc = json && !read_state(json, state) ? STATE_THERE
		: out_invalid(tool, "invalid_state", "--state: that file is none of an import");
	json_decref(json);
	return rc;
}

int state_save(const struct state *state)
{
	char text[256];
	int len = snprintf(text, sizeof(text), "{\"idbc_import\":1,\"records\":%" PRIu64
		",\"digest\":\"%016" PRIx64 "\",\"created\":%" PRIu64 ",\"updated\":%" PRIu64
		",\"exists\":%" PRIu64 ",\"refused\":%" PRIu64 "}\n", state->records, state->digest,
		state->created, state->updated, state->exists, state->refused);

	return state->path ? state_file_replace(state->path, text, (size_t)len) : 0;
}
