/* tests/fuzz/params.c - the parameters of a scheme.  Input: a line with a name, then JSON.
 */
#include "fuzz.h"
#include "password/tool/params.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data, *end = data + size;
	struct idbc_str name = fuzz_line(&at, end), value;
	char *json = fuzz_text(at, (size_t)(end - at)), *word = fuzz_text(name.ptr, name.len);
	struct params *params = NULL;
	uint64_t number = 0;

	if (params_open(json, &params)) {
		FUZZ_MUST(!params);
	} else {
		params_get(params, NULL, &name, &value);
		params_get(params, word, &name, &value);
		params_string(params, word, &value);
		if (params_number(params, word, 1000, &number) == 1)
			FUZZ_MUST(number <= 1000);
	}
	params_close(params);
	free(json);
	free(word);
	fuzz_free(&name);
	return 0;
}
