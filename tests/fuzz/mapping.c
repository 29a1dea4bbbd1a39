/* tests/fuzz/mapping.c - the `users` object as drivers read it.  Input: the JSON of it.
 */
#include "fuzz.h"
#include "sql/mapping/mapping.h"

struct counter { struct idbc_findings sink; size_t n; };

static int count(struct idbc_findings *sink, uint32_t severity, const char *code,
		 const char *key, const char *text, const char *remedy)
{
	(void)severity;
	(void)remedy;
	FUZZ_MUST(code && key && text);
	((struct counter *)sink)->n++;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct counter found = { { sizeof(struct idbc_findings), 0, count }, 0 };
	struct idbc_str text = fuzz_copy(data, size);
	struct idbc_error err = IDBC_ERROR_INIT;
	struct mapping *mapping = NULL;
	int rc = mapping_parse(&text, &found.sink, &mapping, &err);

	FUZZ_MUST((rc == IDBC_OK) == (mapping != NULL));
	FUZZ_MUST(rc == IDBC_OK || err.text[0]);
	mapping_free(mapping);
	fuzz_free(&text);
	return 0;
}
