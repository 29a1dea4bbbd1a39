/* connector/profile/profile.c - a profile as it comes out of a store.  Fields are kept as they
 * came, in one block; the JSON tree is made of them when somebody first reads the profile,
 * for most calls never.  Once there is a tree, what comes goes into it.
 * Threads: one until profile_finish(), any afterwards.  Lock: the profile's, round the tree.
 */
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "profile/internal.h"

/* Blocks of a size that malloc keeps at hand for each thread. */
#define FIRST_BYTES (1032u - sizeof(struct idbc_profile))
#define BLOCK_BYTES (1032u - sizeof(struct kept_block))
#define KEPT_MAX    (256u * 1024u)      /* a longer value is not kept twice */

struct kept_field {
	struct kept_field *next;
	const char *name;               /* the table's own where it is canonical */
	struct idbc_value value;
};
struct kept_block {
	struct kept_block *next;
	char bytes[];
};

/* --- room ------------------------------------------------------------------------------- */
static void *grow(struct kept *kept, size_t bytes)
{
	size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
	struct kept_block *block = malloc(sizeof(*block) + size);

	if (!block)
		return NULL;
	block->next = kept->blocks;
	kept->blocks = block;
	kept->at = block->bytes + bytes;
	kept->left = size - bytes;
	return block->bytes;
}

static void *take(struct kept *kept, size_t len)
{
	size_t bytes = (len + 7) & ~(size_t)7;
	char *at = kept->at;

	if (bytes > kept->left)
		return grow(kept, bytes);
	kept->at = at + bytes;
	kept->left -= bytes;
	return at;
}

static char *copy(struct kept *kept, const char *bytes, size_t len)
{
	char *out = take(kept, len + 1);

	if (!out)
		return NULL;
	if (len)
		memcpy(out, bytes, len);
	out[len] = '\0';
	return out;
}

static void kept_free(struct kept *kept)
{
	struct kept_block *block;

	while ((block = kept->blocks)) {
		kept->blocks = block->next;
		free(block);
	}
}

int profile_new(struct idbc_profile **out, struct idbc_error *err)
{
	struct idbc_profile *profile = malloc(sizeof(*profile) + FIRST_BYTES);

	if (!profile)
		return err_nomem(err, "profile");
	memset(profile, 0, sizeof(*profile));
	pthread_mutex_init(&profile->lock, NULL);
	profile->kept.last = &profile->kept.first;
	profile->kept.at = profile->room;
	profile->kept.left = FIRST_BYTES;
	*out = profile;
	return IDBC_OK;
}

void profile_free(struct idbc_profile *profile)
{
	struct profile_text *text;

	if (!profile)
		return;
	while ((text = profile->texts)) {
		profile->texts = text->next;
		free(text);
	}
	json_decref(profile->root);
	kept_free(&profile->kept);
	pthread_mutex_destroy(&profile->lock);
	free(profile);
}

const char *profile_keep(struct idbc_profile *profile, const struct idbc_str *bytes)
{
	return copy(&profile->kept, bytes->ptr, bytes->len);
}

/* --- the tree --------------------------------------------------------------------------- */
static int add_to(json_t *root, const char *name, const struct idbc_value *value)
{
	json_t *json;

	if (value_to_json(name, value, &json))
		return -1;
	return json ? tree_put(root, name, json, 0) : 0;
}

static int finish_kept(const struct kept *kept, json_t *root)
{
	struct profile_rules rules = { .connection = kept->connection, .prefix = kept->prefix,
		.provider = kept->provider };

	return tree_finish(root, &rules, &kept->native_id);
}

static int fill(const struct kept *kept, json_t *root)
{
	for (const struct kept_field *field = kept->first; field; field = field->next)
		if (add_to(root, field->name, &field->value))
			return -1;
	return kept->connection ? finish_kept(kept, root) : 0;
}

/* The tree that today's fields make, or nothing at all. */
static int make_tree(struct idbc_profile *profile)
{
	json_t *root = json_object();

	if (!root || fill(&profile->kept, root)) {
		json_decref(root);
		return -1;
	}
	profile->root = root;
	return 0;
}

int profile_tree(struct idbc_profile *profile)
{
	return profile->root ? 0 : make_tree(profile);
}

int profile_tree_of(const struct idbc_profile *profile)
{
	struct idbc_profile *mine = (struct idbc_profile *)profile;     /* for the tree */
	int rc;

	pthread_mutex_lock(&mine->lock);
	rc = profile_tree(mine);
	pthread_mutex_unlock(&mine->lock);
	return rc;
}

/* --- adding ------------------------------------------------------------------------------ */
/* Of what is read before there is a tree every value must say itself what it is. */
static int is_plain(const struct canon *canon, const struct idbc_value *value)
{
	if (canon->type == CANON_BOOL)
		return value->kind == IDBC_KIND_BOOL || (value->kind == IDBC_KIND_I64 &&
			value->u.i64 >= -INTEGER_MAX_EXACT && value->u.i64 <= INTEGER_MAX_EXACT);
	return value->kind == IDBC_KIND_STR && text_is_utf8(value->u.str.ptr, value->u.str.len);
}

/* "email.x" makes an object of what was an address. */
static int is_below_early(const char *name)
{
	const char *dot = strchr(name, '.');
	const struct canon *head = dot ? canon_find_n(name, (size_t)(dot - name)) : NULL;

	return head && (head->flags & CANON_EARLY);
}

static int has_bytes(const struct idbc_value *value)
{
	return value->kind == IDBC_KIND_STR || value->kind == IDBC_KIND_BYTES ||
	       value->kind == IDBC_KIND_JSON;
}

static int needs_tree(const struct canon *canon, const char *name,
		      const struct idbc_value *value, int bytes)
{
	if (bytes && value->u.str.len > KEPT_MAX)
		return 1;
	if (!canon)
		return is_below_early(name);
	return (canon->flags & CANON_EARLY) && !is_plain(canon, value);
}

static int keep_field(struct kept *kept, const char *name, int is_ours,
		      const struct idbc_value *value, int bytes)
{
	struct kept_field *field = take(kept, sizeof(*field));

	if (!field)
		return -1;
	field->next = NULL;
	field->name = is_ours ? name : copy(kept, name, strlen(name));
	field->value = *value;
	if (bytes)
		field->value.u.str.ptr = copy(kept, value->u.str.ptr, value->u.str.len);
	if (!field->name || (bytes && !field->value.u.str.ptr))
		return -1;
	*kept->last = field;
	kept->last = &field->next;
	return 0;
}

static int add(struct idbc_profile *profile, const struct canon *canon, const char *name,
	       const struct idbc_value *value)
{
	int bytes = has_bytes(value);

	if (value->kind == IDBC_KIND_NULL)
		return 0;
	if (!profile->root && !needs_tree(canon, name, value, bytes))
		return keep_field(&profile->kept, name, canon != NULL, value, bytes);
	profile->edition++;
	return profile_tree(profile) ? -1 : add_to(profile->root, name, value);
}

int profile_add(struct idbc_profile *profile, const char *name, const struct idbc_value *value)
{
	const struct canon *canon = canon_find(name);

	return add(profile, canon, canon ? canon->name : name, value);
}

int profile_add_known(struct idbc_profile *profile, const struct canon *canon,
		      const struct idbc_value *value)
{
	return add(profile, canon, canon->name, value);
}

/* --- looking before there is a tree ------------------------------------------------------ */
static const struct idbc_value *kept_value(const struct kept *kept, const struct canon *canon)
{
	const struct idbc_value *value = NULL;

	for (const struct kept_field *field = kept->first; field; field = field->next)
		if (field->name == canon->name)
			value = &field->value;
	return value;
}

static json_t *member(const struct idbc_profile *profile, const char *field)
{
	return profile_tree_of(profile) ? NULL : tree_get(profile->root, field);
}

/* The field, if it is to be looked for among those that were kept. */
static const struct canon *early(const struct idbc_profile *profile, const char *field)
{
	const struct canon *canon;

	if (profile->root || profile->kept.connection)
		return NULL;
	canon = canon_find(field);
	return canon && (canon->flags & CANON_EARLY) ? canon : NULL;
}

struct idbc_str profile_str(const struct idbc_profile *profile, const char *field)
{
	const struct canon *canon = early(profile, field);
	const struct idbc_value *value = canon ? kept_value(&profile->kept, canon) : NULL;
	const json_t *json = canon ? NULL : member(profile, field);
	struct idbc_str str = { NULL, 0 };

	if (value && value->kind == IDBC_KIND_STR)
		return value->u.str;
	if (json_is_string(json)) {
		str.ptr = json_string_value(json);
		str.len = json_string_length(json);
	}
	return str;
}

int profile_true(const struct idbc_profile *profile, const char *field)
{
	const struct canon *canon = early(profile, field);
	const struct idbc_value *value = canon ? kept_value(&profile->kept, canon) : NULL;

	if (!canon)
		return json_is_true(member(profile, field));
	return canon->type == CANON_BOOL && value && value->u.i64 != 0;
}

/* --- all of it -------------------------------------------------------------------------- */
static int each_member(json_t *root, int (*fn)(void *ctx, const char *, const struct idbc_value *),
		       void *ctx)
{
	const char *name;
	json_t *json;
	int rc = 0;

	json_object_foreach(root, name, json) {
		struct buf buf = BUF_INIT(PROFILE_MAX_TEXT);
		struct idbc_value value = { .kind = IDBC_KIND_JSON };

		if (json_is_string(json)) {
			value.kind = IDBC_KIND_STR;
			value.u.str = (struct idbc_str){ json_string_value(json),
							 json_string_length(json) };
		} else if (json_is_boolean(json) || json_is_integer(json)) {
			value.kind = json_is_integer(json) ? IDBC_KIND_I64 : IDBC_KIND_BOOL;
			value.u.i64 = json_is_integer(json) ? json_integer_value(json)
							    : json_is_true(json);
		} else if (json_text(&buf, json, 0)) {
			rc = -1;
		} else {
			value.u.str = (struct idbc_str){ buf.ptr, buf.len };
		}
		rc = rc ? rc : fn(ctx, name, &value);
		buf_free(&buf);
		if (rc)
			break;
	}
	return rc;
}

int profile_each(const struct idbc_profile *profile,
		 int (*fn)(void *ctx, const char *name, const struct idbc_value *), void *ctx)
{
	int rc = 0;

	if (profile->root)
		return each_member(profile->root, fn, ctx);
	for (const struct kept_field *f = profile->kept.first; f && !rc; f = f->next)
		rc = fn(ctx, f->name, &f->value);
	return rc;
}

/* --- finishing --------------------------------------------------------------------------- */
/* The rules are the connection's, and a profile may outlive it. */
static int keep_rules(struct kept *kept, const struct profile_rules *rules,
		      const struct idbc_str *native)
{
	const char *connection = copy(kept, rules->connection, strlen(rules->connection));

	kept->prefix = copy(kept, rules->prefix, strlen(rules->prefix));
	kept->provider = copy(kept, rules->provider, strlen(rules->provider));
	kept->native_id = (struct idbc_str){ copy(kept, native->ptr, native->len), native->len };
	if (!connection || !kept->prefix || !kept->provider || !kept->native_id.ptr)
		return -1;
	kept->connection = connection;
	return 0;
}

int profile_finish(struct idbc_profile *profile, const struct profile_rules *rules,
		   const struct idbc_str *native_id, struct idbc_error *err)
{
	int rc;

	profile->edition++;
	profile->as_metadata = !strcmp(rules->metadata_key, "metadata");
	if (profile->root)
		rc = tree_finish(profile->root, rules, native_id);
	else
		rc = keep_rules(&profile->kept, rules, native_id);
	return rc ? err_nomem(err, "profile") : IDBC_OK;
}
