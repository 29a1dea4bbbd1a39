/* connector/password/tool/saslprep.c - SASLprep by libidn, in buffers of ours: they are locked
 * and wiped.  Threads: any.  Lock: none.
 */
#include "password/tool/saslprep.h"

#include <string.h>
#include <stringprep.h>
#include <uninorm.h>
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

#define PROFILE_MAX 32u

/* SASLprep without its step of normalisation. */
static int characters(Stringprep_profile out[PROFILE_MAX])
{
	const Stringprep_profile *step = stringprep_saslprep;
	size_t n = 0;

	memset(out, 0, PROFILE_MAX * sizeof(*out));
	for (; step->operation; step++) {
		if (step->operation == STRINGPREP_NFKC)
			continue;
		if (n == PROFILE_MAX - 1)
			return -1;
		out[n++] = *step;
	}
	return 0;
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

/* Code points in a buffer of ours with room to grow.  0, 1: not UTF-8, or -1. */
static int points_of(const struct idbc_str *password, struct secret *room, size_t *n, size_t *cap)
{
	*cap = *n = password->len * GROWTH_MAX + 1;
	if (!text_is_utf8(password->ptr, password->len))
		return 1;
	if (secret_alloc(room, *cap * sizeof(uint32_t)))
		return -1;
	u8_to_u32((const uint8_t *)password->ptr, password->len, (uint32_t *)(void *)room->ptr, n);
	return 0;
}

static int prepare(const struct idbc_str *password, const Stringprep_profile *profile,
	int fresh, struct secret *room, size_t *n)
{
	size_t cap;
	int rc = points_of(password, room, n, &cap);

	return rc ? rc : outcome(stringprep_4i((uint32_t *)(void *)room->ptr, n, cap,
				 fresh ? STRINGPREP_NO_UNASSIGNED : 0, profile));
}

int saslprep(const struct idbc_str *password, int fresh, struct secret *out)
{
	struct secret room = SECRET_INIT;
	size_t n;
	int rc;

	if (!password->len)
		return secret_copy(out, "", 0);
	rc = prepare(password, stringprep_saslprep, fresh, &room, &n);
	if (!rc)
		rc = take((uint32_t *)(void *)room.ptr, n, out);
	secret_free(&room);
	return rc;
}

int saslprep_postgres(const struct idbc_str *password, struct secret *out)
{
	struct secret room = SECRET_INIT, normal = SECRET_INIT;
	Stringprep_profile profile[PROFILE_MAX];
	size_t n = 0, len;
	uint32_t *points;
	int rc;

	if (!password->len)
		return secret_copy(out, "", 0);
	rc = characters(profile);
	if (!rc)
		rc = prepare(password, profile, 1, &room, &n);
	if (!rc)
		rc = secret_alloc(&normal, (n * GROWTH_MAX + 1) * sizeof(*points));
	points = (uint32_t *)(void *)normal.ptr;
	len = n * GROWTH_MAX + 1;
	/* The buffer is large enough: nothing is allocated for the result. */
	if (!rc && !u32_normalize(UNINORM_NFKC, (uint32_t *)(void *)room.ptr, n, points, &len))
		rc = -1;
	if (!rc)
		rc = take(points, len, out);
	secret_free(&room);
	secret_free(&normal);
	return rc;
}
