/* tests/fuzz/config.c - a whole configuration: read, checked, its settings asked for.
 * Input: the JSON of it.
 */
#include "base/err.h"
#include "config/config.h"
#include "fuzz.h"

static void ask(const struct config *config)
{
	static const char *const keys[] = { "users", "tls.mode", "attributes", "idbc.operations" };
	struct idbc_str text;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		config_setting_json(config, keys[i], &text);
		config_setting_str(config, keys[i], "", &text);
	}
	config_maps_field(config, "email");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *json = fuzz_text(data, size);
	struct idbc_error err = IDBC_ERROR_INIT;
	struct finding_list found;
	struct config *config = NULL;
	int rc;

	findings_init(&found);
	rc = config_open(NULL, json, &found, &config, &err);
	FUZZ_MUST((rc == IDBC_OK) == (config != NULL));
	FUZZ_MUST(rc == IDBC_OK || findings_errors(&found) || rc == IDBC_NOMEM);
	if (config)
		ask(config);
	config_close(config);
	findings_free(&found);
	free(json);
	return 0;
}
