/* tests/fuzz/input.c - chains of what is done to a password before hashing: read, applied.
 * Input: a line each of user name and pepper, a line with the chain, then the password.
 */
#include "fuzz.h"
#include "password/input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data, *end = data + size;
	struct password_subject who = { .username = fuzz_line(&at, end), .email = { "", 0 } };
	struct idbc_str pepper = fuzz_line(&at, end), chain_text = fuzz_line(&at, end);
	struct idbc_str password = fuzz_copy(at, (size_t)(end - at)), word = { "", 0 };
	char *text = fuzz_text(chain_text.ptr, chain_text.len);
	struct input_chain chain;

	if (input_parse(text, pepper.len > 0, &chain, &word) == INPUT_OK) {
		for (int fresh = 0; fresh < 2; fresh++) {
			struct secret out = SECRET_INIT;

			if (input_apply(&chain, &pepper, &who, &password, fresh, &out))
				FUZZ_MUST(!out.ptr);
			secret_free(&out);
		}
	} else {
		FUZZ_MUST(word.len <= strlen(text));
	}
	free(text);
	fuzz_free(&who.username);
	fuzz_free(&pepper);
	fuzz_free(&chain_text);
	fuzz_free(&password);
	return 0;
}
