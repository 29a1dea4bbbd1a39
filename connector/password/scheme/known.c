/* connector/password/scheme/known.c - names and beginnings of stored forms that are not built.
 * A family that is built leaves this file.  Threads: any.  Lock: none.
 */
#include "password/scheme/known.h"

#include <string.h>

#include "password/tool/encode.h"

static const struct {
	const char *family, *formats;
} known[] = {
	{ "lotus", "5 6 8" },
	{ "cisco", "8 9" },
	{ "liferay", "composite" },
};

static const char *const beginnings[] = {
	"$argon2", "$2", "$pbkdf2-hmac-", "$8$", "$9$",
};

static int has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = strstr(words, word); p; p = strstr(p + 1, word))
		if ((p == words || p[-1] == ' ') && (!p[len] || p[len] == ' '))
			return 1;
	return 0;
}

int known_name(const char *name)
{
	const char *slash = strchr(name, '/');
	size_t len = slash ? (size_t)(slash - name) : strlen(name);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].family) == len && !memcmp(known[i].family, name, len))
			return !slash || (slash[1] && has_word(known[i].formats, slash + 1));
	return 0;
}

/* "{SSHA}", "{x-issha, 1024}" */
static int is_braced(const struct idbc_str *s)
{
	const char *close = s->len > 2 && *s->ptr == '{' ? memchr(s->ptr, '}', s->len) : NULL;

	return close && close > s->ptr + 1 && close - s->ptr < 32;
}

int known_form(const struct idbc_str *s)
{
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (str_begins(s, beginnings[i]))
			return 1;
	return is_braced(s);
}
