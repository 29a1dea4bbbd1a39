/* tests/conformance/kit/quirks.c - job: what an author tells the kit about his store, as JSON.
 * An unknown key is an error: a promise mistyped would silently be none.
 * Threads: the program's only one.
 */
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/err.h"
#include "config/node.h"
#include "inside.h"

#define MAX_BYTES (1u << 20)

static int wrong(struct idbc_error *err, const char *key, const char *what)
{
	return err_set(err, IDBC_CONFIG, "quirks", "%.120s: %s", key, what);
}

/* --- reading ------------------------------------------------------------------------------- */
static int read_text(const struct json_t *node, const char *key, const char **out,
		     struct idbc_error *err)
{
	const char *text = node_str(node, NULL);

	if (!text)
		return wrong(err, key, "expected a string");
	*out = text;
	return IDBC_OK;
}

static int names_a_case(const char *pattern)
{
	for (size_t i = 0; kit_case_at(i); i++)
		if (!fnmatch(pattern, kit_case_at(i)->name, 0))
			return 1;
	return 0;
}

/* A pattern mistyped would run what was to be skipped; a skip without a reason is an excuse. */
static int read_skip(struct quirks *quirks, const struct json_t *node, struct idbc_error *err)
{
	struct node_member member = { NULL, NULL, NULL };

	if (node_kind(node) != NODE_OBJECT)
		return wrong(err, "skip", "expected an object: {\"case\": \"reason\"}");
	quirks->skip = calloc(node_count(node) + 1, sizeof(*quirks->skip));
	if (!quirks->skip)
		return err_nomem(err, "quirks");
	while (node_next(node, &member)) {
		struct quirk_pair *pair = &quirks->skip[quirks->nskip++];

		pair->name = member.key;
		pair->value = node_str(member.value, NULL);
		if (!pair->value || !pair->value[0])
			return err_set(err, IDBC_CONFIG, "quirks", "skip.%.100s: expected the reason "
				       "as a string", member.key);
		if (!names_a_case(member.key))
			return err_set(err, IDBC_CONFIG, "quirks", "skip.%.100s: no case has such a "
				       "name, see idbc-conform --list", member.key);
	}
	return IDBC_OK;
}

static int read_user(const struct json_t *node, struct quirk_user *user, struct idbc_error *err)
{
	struct node_member member = { NULL, NULL, NULL };
	const struct { const char *key; const char **out; } members[] = {
		{ "identifier", &user->identifier }, { "password", &user->password },
		{ "user_id", &user->user_id },       { "email", &user->email },
		{ "username", &user->username },     { "phone_number", &user->phone },
	};
	const size_t n = sizeof(members) / sizeof(members[0]);

	while (node_kind(node) == NODE_OBJECT && node_next(node, &member)) {
		size_t i = 0;

		while (i < n && strcmp(members[i].key, member.key))
			i++;
		if (i == n)
			return wrong(err, member.key, "no member of a user");
		if (read_text(member.value, member.key, members[i].out, err) != IDBC_OK)
			return IDBC_CONFIG;
	}
	if (!user->identifier || !user->password)
		return wrong(err, "users", "a user needs \"identifier\" and \"password\"");
	return IDBC_OK;
}

static int read_users(struct quirks *quirks, struct json_t *node, struct idbc_error *err)
{
	if (node_kind(node) != NODE_LIST || !node_count(node))
		return wrong(err, "users", "expected a list of users");
	quirks->users = calloc(node_count(node), sizeof(*quirks->users));
	if (!quirks->users)
		return err_nomem(err, "quirks");
	for (size_t i = 0; i < node_count(node); i++) {
		if (read_user(node_at(node, i), &quirks->users[i], err) != IDBC_OK)
			return IDBC_CONFIG;
		quirks->nusers++;
	}
	return IDBC_OK;
}

static int field_of(const struct node_member *member, struct idbc_field *out,
		    struct idbc_error *err)
{
	char *text;

	switch (node_kind(member->value)) {
	case NODE_STR:
		*out = kit_field_str(member->key, node_str(member->value, NULL));
		return IDBC_OK;
	case NODE_BOOL:
		*out = kit_field_i64(member->key, IDBC_KIND_BOOL, node_true(member->value));
		return IDBC_OK;
	case NODE_INT:
		*out = kit_field_i64(member->key, IDBC_KIND_I64, node_int(member->value));
		return IDBC_OK;
	case NODE_LIST:
	case NODE_OBJECT:
		text = node_text(member->value);
		if (!text)
			return err_nomem(err, "quirks");
		*out = kit_field_json(member->key, text);
		return IDBC_OK;
	default:
		return wrong(err, member->key, "expected a value of a field");
	}
}

static int read_create(struct quirks *quirks, struct json_t *node, struct idbc_error *err)
{
	struct node_member member = { NULL, NULL, NULL };

	if (node_kind(node) != NODE_OBJECT)
		return wrong(err, "create", "expected an object of fields");
	if (node_count(node) > KIT_FIELDS / 2)
		return wrong(err, "create", "too many fields");
	quirks->create = calloc(node_count(node) + 1, sizeof(*quirks->create));
	if (!quirks->create)
		return err_nomem(err, "quirks");
	while (node_next(node, &member)) {
		int rc = field_of(&member, &quirks->create[quirks->ncreate], err);

		if (rc != IDBC_OK)
			return rc;
		quirks->ncreate++;
	}
	return IDBC_OK;
}

static int read_capabilities(struct quirks *quirks, const struct json_t *node,
			     struct idbc_error *err)
{
	static const struct { const char *name; uint32_t bit; } known[] = {
		{ "transactions", IDBC_CAP_TRANSACTIONS }, { "interrupt", IDBC_CAP_INTERRUPT },
		{ "decides", IDBC_CAP_DECIDES },           { "plaintext", IDBC_CAP_PLAINTEXT },
		{ "intents", IDBC_CAP_INTENTS },           { "equal_time", IDBC_CAP_EQUAL_TIME },
	};
	const size_t n = sizeof(known) / sizeof(known[0]);

	if (node_kind(node) != NODE_LIST)
		return wrong(err, "capabilities", "expected a list of names");
	quirks->has_capabilities = 1;
	for (size_t at = 0; at < node_count(node); at++) {
		const char *name = node_str(node_at(node, at), NULL);
		size_t i = 0;

		while (name && i < n && strcmp(known[i].name, name))
			i++;
		if (!name || i == n)
			return err_set(err, IDBC_CONFIG, "quirks", "capabilities: \"%.40s\": expected "
				       "transactions, interrupt, decides, plaintext, intents or "
				       "equal_time", name ? name : "no string");
		quirks->capabilities |= known[i].bit;
	}
	return IDBC_OK;
}

static int read_break(struct quirks *quirks, const struct json_t *node, struct idbc_error *err)
{
	quirks->break_it = node_str(node_get(node, "break"), NULL);
	quirks->mend = node_str(node_get(node, "mend"), NULL);
	if (node_count(node) != 2 || !quirks->break_it || !quirks->mend)
		return wrong(err, "break", "expected {\"break\": command, \"mend\": command}");
	return IDBC_OK;
}

static int read_silent(struct quirks *quirks, struct json_t *node, struct idbc_error *err)
{
	if (node_kind(node) != NODE_OBJECT)
		return wrong(err, "silent", "expected an object of options");
	quirks->silent = node;
	return IDBC_OK;
}

static int read_member(struct quirks *quirks, const struct node_member *member,
		       struct idbc_error *err)
{
	const char *key = member->key;

	if (!strcmp(key, "seed"))
		return read_text(member->value, key, &quirks->seed, err);
	if (!strcmp(key, "clean"))
		return read_text(member->value, key, &quirks->clean, err);
	if (!strcmp(key, "users"))
		return read_users(quirks, member->value, err);
	if (!strcmp(key, "create"))
		return read_create(quirks, member->value, err);
	if (!strcmp(key, "skip"))
		return read_skip(quirks, member->value, err);
	if (!strcmp(key, "capabilities"))
		return read_capabilities(quirks, member->value, err);
	if (!strcmp(key, "break"))
		return read_break(quirks, member->value, err);
	if (!strcmp(key, "silent"))
		return read_silent(quirks, member->value, err);
	return wrong(err, key, "no such key: expected seed, clean, users, create, skip, capabilities, "
			       "break or silent");
}

/* --- the file -------------------------------------------------------------------------------- */
static char *file_text(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = malloc(MAX_BYTES);
	ssize_t n = 0;

	*len = 0;
	while (fd >= 0 && text && *len < MAX_BYTES &&
	       (n = read(fd, text + *len, MAX_BYTES - *len)) > 0)
		*len += (size_t)n;
	if (fd < 0 || n < 0 || *len == MAX_BYTES) {
		free(text);
		text = NULL;
	}
	if (fd >= 0)
		close(fd);
	return text;
}

int quirks_open(const char *path, struct quirks *quirks, struct idbc_error *err)
{
	struct node_member member = { NULL, NULL, NULL };
	struct node_error why;
	char *text;
	size_t len;
	int rc = IDBC_OK;

	memset(quirks, 0, sizeof(*quirks));
	if (!path)
		return IDBC_OK;
	text = file_text(path, &len);
	if (!text)
		return wrong(err, path, "cannot be read");
	quirks->root = node_parse(text, len, 0, &why);
	free(text);
	if (!quirks->root)
		return err_set(err, IDBC_CONFIG, "quirks", "%.80s:%d: %.80s", path, why.line, why.what);
	if (node_kind(quirks->root) != NODE_OBJECT)
		return wrong(err, path, "expected an object");
	while (rc == IDBC_OK && node_next(quirks->root, &member))
		rc = read_member(quirks, &member, err);
	return rc;
}

void quirks_close(struct quirks *quirks)
{
	for (size_t i = 0; i < quirks->ncreate; i++)
		if (quirks->create[i].value.kind == IDBC_KIND_JSON)
			free((char *)(uintptr_t)quirks->create[i].value.u.str.ptr);
	free(quirks->skip);
	free(quirks->create);
	free(quirks->users);
	node_free(quirks->root);
}
