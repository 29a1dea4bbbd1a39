/* connector/profile/user_id.c - a user_id with its connection's prefix and without.
 * Threads: any; no lock.
 */
#include <string.h>
#include "base/err.h"
#include "profile/profile.h"

int profile_native_id(const struct profile_rules *rules, const struct idbc_str *user_id,
		      struct idbc_str *native, struct idbc_error *err)
{
	size_t len = strlen(rules->prefix), skip = len ? len + 1 : 0;

	if (len && (user_id->len < skip || memcmp(user_id->ptr, rules->prefix, len) ||
		    user_id->ptr[len] != '|'))
		return err_code(err, IDBC_INVALID, "profile", "wrong_connection",
				"user_id does not begin with \"%s|\"", rules->prefix);
	if (user_id->len == skip)
		return err_code(err, IDBC_INVALID, "profile", "invalid_user_id",
				"user_id ends after its prefix");
	native->ptr = user_id->ptr + skip;
	native->len = user_id->len - skip;
	return IDBC_OK;
}

void profile_public_id(const struct profile_rules *rules, const struct idbc_str *native,
		       struct buf *out)
{
	if (rules->prefix[0])
		buf_addf(out, "%s|", rules->prefix);
	buf_add(out, native->ptr, native->len);
}
