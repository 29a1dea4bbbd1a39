/* connector/password/tool/saslprep.c - SASLprep by libidn, in buffers of ours: they are locked
 * and wiped.  Threads: any.  Lock: none.
 */
#include "password/tool/saslprep.h"

#include <string.h>
#include <stringprep.h>
#include <unistr.h>

#include "base/text.h"

/* What one character becomes at most, by compatibility forms. */
#define GROWTH_MAX 18u

static int outcome(int rc)
{
	switch (rc) {
	case STRINGPREP_OK:
		return 0;
	case STRINGPREP_CONTAINS_UNASSIGNED:
	case STRINGPREP_CONTAINS_PROHIBITED:
	case STRINGPREP_BIDI_BOTH_L_AND_RAL:
	case STRINGPREP_BIDI_LEADTRAIL_NOT_RAL:
	case STRINGPREP_BIDI_CONTAINS_PROHIBITED:
		return 2;
	default:
		return -1;
	}
}

static int take(const uint32_t *points, size_t n, struct secret *out)
{
	size_t cap = 4 * n + 1;
	struct secret text = SECRET_INIT;
	int rc = secret_alloc(&text, cap);

	/* The buffer is large enough: nothing is allocated. */
	if (!rc && (!n || u32_to_u8(points, n, (uint8_t *)text.ptr, &cap)))
		rc = secret_copy(out, text.ptr, n ? cap : 0);
	secret_free(&text);
	return rc;
}

int saslprep(const struct idbc_str *password, int fresh, struct secret *out)
{
	size_t cap = password->len * GROWTH_MAX + 1, n = cap;
	struct secret room = SECRET_INIT;
	uint32_t *points;
	int rc;

	if (!text_is_utf8(password->ptr, password->len))
		return 1;
	if (!password->len)
		return secret_copy(out, "", 0);
	if (secret_alloc(&room, cap * sizeof(*points)))
		return -1;
	points = (uint32_t *)(void *)room.ptr;
	u8_to_u32((const uint8_t *)password->ptr, password->len, points, &n);
	rc = outcome(stringprep_4i(points, &n, cap, fresh ? STRINGPREP_NO_UNASSIGNED : 0,
				   stringprep_saslprep));
	if (!rc)
		rc = take(points, n, out);
	secret_free(&room);
	return rc;
}
