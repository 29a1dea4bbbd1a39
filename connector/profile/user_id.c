/* connector/profile/user_id.c - a user_id without its connection's prefix.
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
