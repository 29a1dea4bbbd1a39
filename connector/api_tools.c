/* connector/api_tools.c - job: the public functions that need no connection: one password
 * against one stored form, one stored form made, the drivers found.  JSON in and out.
 * Threads: any, no lock.
 */
#include <idbc/idbc.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "config/node.h"
#include "link/link.h"
#include "password/password.h"

#define LINE_MAX_BYTES   (1u << 20)
#define PREFERRED_SCHEME "argon2/argon2id-v19"

/* One line of input.  The texts point into `json`. */
struct line {
	json_t *json;
	struct secret bytes;            /* of "password_hex" */
	struct idbc_str password;
	char *params;
};

/* jansson frees strings as they are; the password is overwritten first. */
static void wipe_member(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (json_is_string(value))
		secret_wipe((char *)json_string_value(value), json_string_length(value));
}

static void line_free(struct line *line)
{
	wipe_member(line->json, "password");
	wipe_member(line->json, "password_hex");
	json_decref(line->json);
	secret_free(&line->bytes);
	free(line->params);
}

static int line_wrong(struct idbc_error *err, const char *key, const char *what)
{
	return err_set(err, IDBC_INVALID, "password", "\"%s\": %s", key, what);
}

static int line_parse(struct line *line, const char *text, struct idbc_error *err)
{
	json_error_t where;

	if (!text || strlen(text) > LINE_MAX_BYTES)
		return err_set(err, IDBC_INVALID, "password", "no line, or one over 1 MiB");
	line->json = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &where);
	if (json_is_object(line->json))
		return IDBC_OK;
	return err_set(err, IDBC_INVALID, "password", "not a JSON object");
}

/* An optional string member; 0 bytes where absent. */
static int line_str(const struct line *line, const char *key, struct idbc_str *out,
		    struct idbc_error *err)
{
	const json_t *value = json_object_get(line->json, key);

	if (value && !json_is_string(value))
		return line_wrong(err, key, "not a string");
	out->ptr = value ? json_string_value(value) : "";
	out->len = value ? json_string_length(value) : 0;
	return IDBC_OK;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int hex_bytes(struct line *line, const struct idbc_str *hex, struct idbc_error *err)
{
	if (hex->len % 2)
		return line_wrong(err, "password_hex", "odd number of digits");
	if (secret_alloc(&line->bytes, hex->len / 2))
		return err_nomem(err, "password");
	for (size_t i = 0; i < hex->len; i += 2) {
		int high = hex_digit(hex->ptr[i]), low = hex_digit(hex->ptr[i + 1]);

		if (high < 0 || low < 0)
			return line_wrong(err, "password_hex", "not hexadecimal");
		line->bytes.ptr[i / 2] = (char)(high << 4 | low);
	}
	line->password.ptr = line->bytes.ptr;
	line->password.len = line->bytes.len;
	return IDBC_OK;
}

static int line_password(struct line *line, struct idbc_error *err)
{
	int clear = json_object_get(line->json, "password") != NULL;
	struct idbc_str hex;
	int rc;

	if (clear == (json_object_get(line->json, "password_hex") != NULL))
		return line_wrong(err, "password", "give it or \"password_hex\"");
	if (clear)
		return line_str(line, "password", &line->password, err);
	rc = line_str(line, "password_hex", &hex, err);
	return rc == IDBC_OK ? hex_bytes(line, &hex, err) : rc;
}

static int line_params(struct line *line, struct idbc_error *err)
{
	const json_t *params = json_object_get(line->json, "params");

	if (!params)
		return IDBC_OK;
	if (!json_is_object(params))
		return line_wrong(err, "params", "not an object");
	line->params = node_text(params);
	return line->params ? IDBC_OK : err_nomem(err, "password");
}

/* What a line to verify and one to hash both may have. */
static int line_common(struct line *line, struct password_probe *probe, struct idbc_error *err)
{
	int rc;

	if ((rc = line_str(line, "salt", &probe->salt, err)) != IDBC_OK ||
	    (rc = line_str(line, "username", &probe->username, err)) != IDBC_OK ||
	    (rc = line_password(line, err)) != IDBC_OK ||
	    (rc = line_params(line, err)) != IDBC_OK)
		return rc;
	probe->password = line->password;
	probe->params_json = line->params;
	return IDBC_OK;
}

static int line_probe(struct line *line, struct password_probe *probe, struct idbc_error *err)
{
	struct idbc_str scheme;
	int rc;

	if (!json_object_get(line->json, "hash"))
		return line_wrong(err, "hash", "is missing");
	if ((rc = line_str(line, "hash", &probe->hash, err)) != IDBC_OK ||
	    (rc = line_str(line, "scheme", &scheme, err)) != IDBC_OK)
		return rc;
	if (scheme.len && memchr(scheme.ptr, '\0', scheme.len))
		return line_wrong(err, "scheme", "has a zero byte in it");
	probe->scheme = scheme.len ? scheme.ptr : NULL;
	return line_common(line, probe, err);
}

/* The text of `json`, which is consumed, as an answer. */
static int answer(json_t *json, char **out, struct idbc_error *err)
{
	char *text = json ? node_text(json) : NULL;

	json_decref(json);
	if (!text)
		return err_nomem(err, "tools");
	*out = text;
	return IDBC_OK;
}

static int verdict_answer(const struct password_verdict *verdict, char **out,
			  struct idbc_error *err)
{
	json_t *json;

	if (verdict->result == PASSWORD_FAILED)
		return err_nomem(err, "password");
	json = json_pack("{ss ss* sb sb}", "result", password_result_name(verdict->result),
			 "scheme", verdict->scheme, "weak", verdict->weak,
			 "upgrade", verdict->upgrade);
	return answer(json, out, err);
}

static int verify_line(const char *text, char **out, struct idbc_error *err)
{
	struct password_probe probe = { { "", 0 }, { "", 0 }, { "", 0 }, { "", 0 }, NULL, NULL };
	struct password_verdict verdict = { .result = PASSWORD_FAILED };
	struct line line = { NULL, SECRET_INIT, { "", 0 }, NULL };
	int rc = line_parse(&line, text, err);

	if (rc == IDBC_OK)
		rc = line_probe(&line, &probe, err);
	if (rc == IDBC_OK) {
		password_probe(&probe, &verdict);
		rc = verdict_answer(&verdict, out, err);
	}
	line_free(&line);
	return rc;
}

static int made_answer(const struct password_made *made, char **out, struct idbc_error *err)
{
	json_t *json = json_object();

	for (size_t i = 0; json && i < made->nparts; i++) {
		const struct idbc_str *part = &made->parts[i].value.u.str;

		if (json_object_set_new(json, made->parts[i].name,
					json_stringn(part->ptr, part->len))) {
			json_decref(json);
			json = NULL;
		}
	}
	return answer(json, out, err);
}

static int hash_line(const char *scheme, const char *text, char **out, struct idbc_error *err)
{
	struct password_probe probe = { .scheme = scheme ? scheme : PREFERRED_SCHEME };
	struct line line = { NULL, SECRET_INIT, { "", 0 }, NULL };
	struct password_made made = { .nparts = 0 };
	int rc = line_parse(&line, text, err);

	if (rc == IDBC_OK)
		rc = line_common(&line, &probe, err);
	if (rc == IDBC_OK)
		rc = password_hash(&probe, &made, err);
	if (rc == IDBC_OK) {
		rc = made_answer(&made, out, err);
		password_made_free(&made);
	}
	line_free(&line);
	return rc;
}

static const struct { uint32_t bit; const char *name; } cap_words[] = {
	{ IDBC_CAP_TRANSACTIONS, "transactions" }, { IDBC_CAP_INTERRUPT, "interrupt" },
	{ IDBC_CAP_DECIDES, "decides" }, { IDBC_CAP_SESSIONLESS, "sessionless" },
	{ IDBC_CAP_PLAINTEXT, "plaintext" }, { IDBC_CAP_INTENTS, "intents" },
	{ IDBC_CAP_EQUAL_TIME, "equal-time" },
};

/* `list` with a word more; NULL, and the list gone, if memory ran out. */
static json_t *with_word(json_t *list, const char *word)
{
	if (list && json_array_append_new(list, json_string(word)) == 0)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *cap_names(uint32_t caps)
{
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(cap_words) / sizeof(cap_words[0]); i++)
		if (caps & cap_words[i].bit)
			list = with_word(list, cap_words[i].name);
	return list;
}

static json_t *op_names(uint32_t ops)
{
	json_t *list = json_array();

	for (uint32_t kind = IDBC_LOGIN; kind <= IDBC_CHANGE_EMAIL; kind++)
		if (ops & (1u << kind))
			list = with_word(list, config_operation_name(kind));
	return list;
}

static json_t *driver_json(const struct link_driver_info *info)
{
	char abi[24];

	if (info->why)
		return json_pack("{ss ss}", "path", info->path, "error", info->why);
	snprintf(abi, sizeof(abi), "%u.%u", info->abi >> 16, info->abi & 0xffffu);
	return json_pack("{ss ss ss so so ss}", "name", info->name, "version", info->version,
			 "abi", abi, "caps", cap_names(info->caps), "operations",
			 op_names(info->ops), "path", info->path);
}

/* A file may call itself anything, and so may what the loader says of it. */
static json_t *repaired_json(const struct link_driver_info *info)
{
	const char *why = info->why ? info->why : "its path is not UTF-8: no configuration can name it";
	char *path = text_repair(info->path, strlen(info->path), NULL);
	char *text = text_repair(why, strlen(why), NULL);
	json_t *json = path && text ? json_pack("{ss ss}", "path", path, "error", text) : NULL;

	free(path);
	free(text);
	return json;
}

struct driver_list { json_t *array; int failed; };

static void add_driver(void *ctx, const struct link_driver_info *info)
{
	struct driver_list *list = ctx;
	json_t *json = driver_json(info);

	if (!json)
		json = repaired_json(info);
	list->failed |= json_array_append_new(list->array, json) != 0;
}

static int nowhere(struct idbc_error *err)
{
	return err_set(err, IDBC_INVALID, "tools", "nowhere to put the answer");
}

int idbc_password_verify(const char *line_json, char **answer_json, struct idbc_error *err)
{
	struct idbc_error mine = IDBC_ERROR_INIT;
	int rc = answer_json ? verify_line(line_json, answer_json, &mine) : nowhere(&mine);

	err_copy_out(err, &mine);
	return rc;
}

int idbc_password_hash(const char *scheme, const char *line_json, char **answer_json,
		       struct idbc_error *err)
{
	struct idbc_error mine = IDBC_ERROR_INIT;
	int rc = answer_json ? hash_line(scheme, line_json, answer_json, &mine) : nowhere(&mine);

	err_copy_out(err, &mine);
	return rc;
}

static int list_drivers(char **out, struct idbc_error *err)
{
	struct driver_list list = { json_array(), 0 };
	int rc = link_list_drivers(add_driver, &list);

	if (rc == IDBC_OK && list.array && !list.failed)
		return answer(list.array, out, err);
	json_decref(list.array);
	return err_nomem(err, "tools");
}

int idbc_drivers(char **drivers_json, struct idbc_error *err)
{
	struct idbc_error mine = IDBC_ERROR_INIT;
	int rc = drivers_json ? list_drivers(drivers_json, &mine) : nowhere(&mine);

	err_copy_out(err, &mine);
	return rc;
}
