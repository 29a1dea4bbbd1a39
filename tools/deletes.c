/* tools/deletes.c - job: the commands that a host's profile store has a part in: delete-user,
 * recover, reconcile.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tool.h"

/* The connection, with the host's profile store if a command plays its part. */
static int open_for_delete(struct tool *tool, struct idbc **out)
{
	struct idbc_profile_store store = { sizeof(store), 0, remove_command_run, NULL };
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = NULL;
	int rc = tool_open(tool, &conn);

	if (rc)
		return rc;
	store.ctx = (void *)(uintptr_t)tool->value[OPT_REMOVE_COMMAND];
	if (store.ctx && idbc_set_profile_store(conn, &store, &err) != IDBC_OK) {
		rc = out_failure(tool, &err);
		idbc_close(conn, 0);
		return rc;
	}
	*out = conn;
	return 0;
}

int cmd_delete_user(struct tool *tool)
{
	struct idbc_request request = IDBC_REQUEST_INIT;
	struct idbc *conn = NULL;
	int rc = open_for_delete(tool, &conn);

	if (rc)
		return rc;
	request.kind = IDBC_DELETE_USER;
	request.by = IDBC_BY_USER_ID;
	request.value = tool->args[0];
	rc = tool_call_on(tool, conn, &request);
	idbc_close(conn, 0);
	return rc;
}

/* --- recover ------------------------------------------------------------------------------ */
static int out_recovered(const struct tool *tool, uint32_t finished)
{
	if (tool->json)
		return out_json(json_pack("{ss si}", "status", "OK", "finished", (int)finished));
	printf("%u\n", finished);
	return EXIT_DONE;
}

/* Those that wait for a profile store: named, and left alone. */
static int out_waiting(const struct tool *tool, struct idbc *conn, uint32_t finished,
		       const struct idbc_error *why)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	json_t *list, *waiting = json_array(), *item;
	char *text = NULL;
	size_t i;

	if (idbc_interrupted(conn, &text, &err) != IDBC_OK) {
		json_decref(waiting);
		return out_failure(tool, &err);
	}
	list = json_loads(text, 0, NULL);
	idbc_free(text);
	json_array_foreach(list, i, item)
		if (json_is_true(json_object_get(item, "profile_store")))
			json_array_append(waiting, json_object_get(item, "user_id"));
	json_decref(list);
	if (tool->json) {
		out_json(json_pack("{ss ss si so}", "status", "STATE", "message", why->text,
				   "finished", (int)finished, "waiting", waiting));
		return EXIT_REFUSED;
	}
	json_array_foreach(waiting, i, item)
		puts(json_string_value(item));
	json_decref(waiting);
	out_failure(tool, why);
	return EXIT_REFUSED;
}

int cmd_recover(struct tool *tool)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc *conn = NULL;
	uint32_t finished = 0;
	int rc = open_for_delete(tool, &conn);

	if (rc)
		return rc;
	rc = idbc_recover(conn, &finished, &err);
	if (rc == IDBC_OK)
		rc = out_recovered(tool, finished);
	else if (rc == IDBC_STATE)
		rc = out_waiting(tool, conn, finished, &err);
	else
		rc = out_failure(tool, &err);
	idbc_close(conn, 0);
	return rc;
}

/* --- reconcile ------------------------------------------------------------------------------ */
struct reconcile {
	struct tool *tool;
	struct idbc *conn;
	json_t *orphans, *wrong;        /* with --json */
	unsigned long line, checked;
	int invalid;
};

static int not_an_id(struct reconcile *r, const struct idbc_error *err)
{
	r->invalid = 1;
	if (r->tool->json)
		return json_array_append_new(r->wrong, json_pack("{sI ss}", "line",
			(json_int_t)r->line, "message", err->text)) ? EXIT_OTHER : 0;
	fprintf(stderr, "idbc: reconcile: line %lu: %s\n", r->line, err->text);
	return 0;
}

static int orphan(struct reconcile *r, const char *user_id)
{
	if (r->tool->json)
		return json_array_append_new(r->orphans, json_string(user_id)) ? EXIT_OTHER : 0;
	return puts(user_id) == EOF ? EXIT_OTHER : 0;
}

/* 0: go on; or the exit status after saying what is wrong. */
static int reconcile_line(struct reconcile *r, const char *user_id)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	int exists = 1, rc = idbc_user_exists(r->conn, user_id, &exists, &err);

	if (rc == IDBC_INVALID)
		return not_an_id(r, &err);
	if (rc != IDBC_OK)
		return out_failure(r->tool, &err);
	r->checked++;
	return exists ? 0 : orphan(r, user_id);
}

static int reconcile_lines(struct reconcile *r)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int rc = 0;

	while (rc == 0 && (len = getline(&line, &room, stdin)) >= 0) {
		r->line++;
		if (len && line[len - 1] == '\n')
			line[--len] = '\0';
		if (strlen(line) != (size_t)len)
			line[0] = '\0';         /* a zero byte: no id, and said as such */
		rc = reconcile_line(r, line);
	}
	free(line);
	return rc;
}

static int out_reconciled(struct reconcile *r)
{
	int rc = r->invalid ? EXIT_WRONG : EXIT_DONE;

	if (!r->tool->json)
		return rc;
	out_json(json_pack("{ss sI sO sO}", "status", r->invalid ? "INVALID" : "OK", "checked",
			   (json_int_t)r->checked, "orphans", r->orphans, "invalid", r->wrong));
	return rc;
}

int cmd_reconcile(struct tool *tool)
{
	struct reconcile r = { .tool = tool };
	int rc = tool_open(tool, &r.conn);

	if (rc)
		return rc;
	r.orphans = json_array();
	r.wrong = json_array();
	rc = reconcile_lines(&r);
	if (rc == 0)
		rc = out_reconciled(&r);
	json_decref(r.orphans);
	json_decref(r.wrong);
	idbc_close(r.conn, 0);
	return rc;
}
