/* connector/password/split.c - "{hash}:{salt}".  A hash never holds the separator; a salt
 * may, so the separator next to the hash is the one that counts.
 * Threads: any.  Lock: none.
 */
#include "password/split.h"

#include <string.h>

#include "password/tool/encode.h"

static enum split_part part_of(struct cursor *c)
{
	if (cursor_literal(c, "{hash}"))
		return SPLIT_HASH;
	return cursor_literal(c, "{salt}") ? SPLIT_SALT : SPLIT_NONE;
}

/* Up to the next part: any other brace stands for itself, as in PHP-serialised text. */
static struct idbc_str literal_of(struct cursor *c)
{
	struct idbc_str s = { c->at, 0 };
	struct cursor ahead = *c;

	while (c->at < c->end && part_of(&ahead) == SPLIT_NONE)
		ahead.at = ++c->at;
	s.len = (size_t)(c->at - s.ptr);
	return s;
}

int split_parse(const char *template, struct split *out)
{
	struct idbc_str whole = str_of(template);
	struct cursor c = cursor_of(&whole);

	memset(out, 0, sizeof(*out));
	out->text[0] = literal_of(&c);
	out->part[0] = part_of(&c);
	out->text[1] = literal_of(&c);
	out->part[1] = part_of(&c);
	out->text[2] = literal_of(&c);
	if (!cursor_done(&c) || out->part[0] == out->part[1])
		return -1;
	if (out->part[0] != SPLIT_HASH && out->part[1] != SPLIT_HASH)
		return -1;
	return out->part[1] == SPLIT_NONE || out->text[1].len ? 0 : -1;
}

static const char *find_first(const struct idbc_str *in, const struct idbc_str *what)
{
	return memmem(in->ptr, in->len, what->ptr, what->len);
}

static const char *find_last(const struct idbc_str *in, const struct idbc_str *what)
{
	for (size_t i = in->len + 1; i-- > what->len; )
		if (!memcmp(in->ptr + i - what->len, what->ptr, what->len))
			return in->ptr + i - what->len;
	return NULL;
}

static int ends_with(const struct idbc_str *s, const struct idbc_str *tail)
{
	return s->len >= tail->len && !memcmp(s->ptr + s->len - tail->len, tail->ptr, tail->len);
}

int split_apply(const struct split *split, const struct idbc_str *value, struct idbc_str *hash,
	struct idbc_str *salt)
{
	const struct idbc_str *last = &split->text[split->part[1] ? 2 : 1];
	struct idbc_str body = *value, left, right;
	const char *at;

	if (body.len < split->text[0].len + last->len || !ends_with(&body, last) ||
	    memcmp(body.ptr, split->text[0].ptr, split->text[0].len))
		return 0;
	body.ptr += split->text[0].len;
	body.len -= split->text[0].len + last->len;
	if (!split->part[1]) {
		*hash = body;
		return 1;
	}
	at = split->part[0] == SPLIT_HASH ? find_first(&body, &split->text[1])
					  : find_last(&body, &split->text[1]);
	if (!at)
		return 0;
	left = (struct idbc_str){ body.ptr, (size_t)(at - body.ptr) };
	right = str_from(&body, left.len + split->text[1].len);
	*hash = split->part[0] == SPLIT_HASH ? left : right;
	*salt = split->part[0] == SPLIT_HASH ? right : left;
	return 1;
}

int split_join(const struct split *split, const struct idbc_str *hash,
	const struct idbc_str *salt, struct buf *out)
{
	int rc = buf_add(out, split->text[0].ptr, split->text[0].len);

	for (int i = 0; !rc && i < 2 && split->part[i]; i++) {
		const struct idbc_str *part = split->part[i] == SPLIT_HASH ? hash : salt;
		rc = buf_add(out, part->ptr, part->len) ||
			buf_add(out, split->text[i + 1].ptr, split->text[i + 1].len);
	}
	return rc;
}
