/* connector/profile/finish.c - what every profile has though no store reports it: the public
 * user_id, identities, generated names, flags.  Threads: one on one tree; no lock.
 */
#include <string.h>
#include "profile/internal.h"

static int put_user_id(json_t *root, const struct profile_rules *rules,
		       const struct idbc_str *native)
{
	struct buf buf = BUF_INIT(PROFILE_MAX_TEXT);
	json_t *id;

	profile_public_id(rules, native, &buf);
	id = buf.failed ? NULL : string_json(buf.ptr, buf.len);
	buf_free(&buf);
	return id ? tree_put(root, "user_id", id, 1) : -1;
}

static int put_default(json_t *root, const char *name, json_t *value)
{
	if (tree_get(root, name)) {
		json_decref(value);
		return 0;
	}
	return tree_put(root, name, value, 1);
}

static const char *text_of(const json_t *root, const char *name)
{
	const char *text = json_string_value(json_object_get(root, name));

	return text ? text : "";
}

/* Name and nickname where the store has none; an empty one is one. */
static int put_names(json_t *root)
{
	const char *email = text_of(root, "email"), *username = text_of(root, "username");
	const char *at = strrchr(email, '@'), *name = email[0] ? email : username;
	size_t local = at ? (size_t)(at - email) : strlen(email);

	if (name[0] && put_default(root, "name", string_json(name, strlen(name))))
		return -1;
	if (local)
		return put_default(root, "nickname", string_json(email, local));
	if (username[0])
		return put_default(root, "nickname", string_json(username, strlen(username)));
	return 0;
}

/* Tokens that a driver reports beside the fields belong to its own identity. */
static int move_tokens(json_t *root, json_t *identity)
{
	for (size_t i = 0; i < canon_token_count; i++) {
		json_t *token = json_object_get(root, canon_tokens[i]);

		if (!token)
			continue;
		if (json_object_set_nocheck(identity, canon_tokens[i], token))
			return -1;
		json_object_del(root, canon_tokens[i]);
	}
	return 0;
}

static json_t *own_identity(json_t *root, const struct profile_rules *rules,
			    const struct idbc_str *native)
{
	json_t *identity = json_object();

	if (json_object_set_new_nocheck(identity, "connection",
			string_json(rules->connection, strlen(rules->connection))) ||
	    json_object_set_new_nocheck(identity, "provider",
			string_json(rules->provider, strlen(rules->provider))) ||
	    json_object_set_new_nocheck(identity, "user_id",
			string_json(native->ptr, native->len)) ||
	    json_object_set_new_nocheck(identity, "isSocial", json_false()) ||
	    move_tokens(root, identity)) {
		json_decref(identity);
		return NULL;
	}
	return identity;
}

static int add_mapped(json_t *identities, json_t *mapped)
{
	const struct canon *as_id = canon_find("user_id");
	json_t *entry, *id;
	size_t i;

	json_array_foreach(mapped, i, entry) {
		if (!json_is_object(entry))
			continue;
		id = json_object_get(entry, "user_id");
		if (json_is_integer(id)) {
			struct idbc_value value = { IDBC_KIND_I64, 0,
						    { .i64 = json_integer_value(id) } };

			if (value_to_json(as_id->name, &value, &id) ||
			    json_object_set_new_nocheck(entry, "user_id", id))
				return -1;
		}
		if (json_object_set_new_nocheck(entry, "isSocial", json_true()) ||
		    json_array_append(identities, entry))
			return -1;
	}
	return 0;
}

static int put_identities(json_t *root, const struct profile_rules *rules,
			  const struct idbc_str *native)
{
	json_t *identities = json_array(), *own = own_identity(root, rules, native);

	if (!own || json_array_append_new(identities, own) ||
	    add_mapped(identities, json_object_get(root, "identities"))) {
		json_decref(identities);
		return -1;
	}
	return tree_put(root, "identities", identities, 1);
}

int tree_finish(json_t *root, const struct profile_rules *rules, const struct idbc_str *native)
{
	if (put_user_id(root, rules, native) ||
	    put_default(root, "email_verified", json_false()) ||
	    put_default(root, "blocked", json_false()) || put_names(root))
		return -1;
	return put_identities(root, rules, native);
}
