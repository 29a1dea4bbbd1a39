/* tests/fuzz/recipe.c - recipes: read, then used to make and to verify.
 * Input: a line each of salt, password and a stored value, then the recipe.
 */
#include "fuzz.h"
#include "password/recipe.h"

static void use(const struct recipe *recipe, const struct recipe_values *v,
		const struct idbc_str *stored)
{
	struct buf made = BUF_INIT(LIMIT_STORED_BYTES);

	recipe_fits(recipe, stored);
	recipe_verify(recipe, v, stored);
	if (!recipe_make(recipe, v, &made)) {
		struct idbc_str text = { made.ptr, made.len };

		if (recipe_fits(recipe, &text))
			FUZZ_MUST(recipe_verify(recipe, v, &text) == PASSWORD_MATCH);
	}
	buf_wipe(&made);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *at = data, *end = data + size;
	struct recipe_values v = { .value[RECIPE_SALT] = fuzz_line(&at, end) };
	struct idbc_str stored;
	struct recipe *recipe = NULL;
	char why[200] = "", *text;

	v.value[RECIPE_PASSWORD] = fuzz_line(&at, end);
	stored = fuzz_line(&at, end);
	for (int i = RECIPE_USERNAME; i < RECIPE_NAMES; i++)
		v.value[i] = v.value[RECIPE_SALT];
	text = fuzz_text(at, (size_t)(end - at));
	if (recipe_parse(text, &recipe, why, sizeof(why)))
		FUZZ_MUST(!recipe && memchr(why, '\0', sizeof(why)));
	else
		use(recipe, &v, &stored);
	recipe_free(recipe);
	free(text);
	fuzz_free(&stored);
	fuzz_free(&v.value[RECIPE_SALT]);
	fuzz_free(&v.value[RECIPE_PASSWORD]);
	return 0;
}
