/* tests/fuzz/profile.c - a profile from a host, checked for a create, and a user id.
 * Input: a line with the user id, then the JSON of the profile.
 */
#include "base/err.h"
#include "fuzz.h"
#include "profile/profile.h"

static const char *const required[] = { "email" };
static const struct profile_rules rules = {
	.connection = "shop", .prefix = "shop", .provider = "odbc", .metadata_key = "metadata",
	.username_max = 128, .identifier_bytes = 1024, .required = required, .nrequired = 1,
};

static void use(const struct idbc_profile *profile)
{
	for (uint32_t flags = 0; flags < 2; flags++) {
		struct profile_fields fields = { NULL, 0, NULL };
		struct idbc_error err = IDBC_ERROR_INIT;

		profile_for_create(profile, &rules, flags, &fields, &err);
		profile_fields_free(&fields);
	}
	FUZZ_MUST(profile_json(profile, PROFILE_IDP_TOKENS | PROFILE_MFA));
	profile_get(profile, "app_metadata.plan");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data, *end = data + size;
	struct idbc_str id = fuzz_line(&at, end), native = { "", 0 };
	char *json = fuzz_text(at, (size_t)(end - at));
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *profile = NULL;

	if (profile_native_id(&rules, &id, &native, &err) == IDBC_OK)
		FUZZ_MUST(native.len < id.len);
	profile_check_email(&id, &err);
	profile_check_username(&rules, &id, &err);
	if (profile_parse(json, &profile, &err) == IDBC_OK)
		use(profile);
	profile_free(profile);
	free(json);
	fuzz_free(&id);
	return 0;
}
