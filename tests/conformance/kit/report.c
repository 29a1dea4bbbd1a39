/* tests/conformance/kit/report.c - job: verdicts of a case, written to the shared page.
 * Threads: any of the case; the first to judge is heard, the others wait for the end.
 */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include "base/err.h"
#include "base/text.h"
#include "inside.h"

static void put(struct kit *kit, char *room, const char *fmt, va_list ap)
{
	char text[TEXT_ROOM];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	if (n < 0)
		n = 0;
	page_scrub(kit->page, text, strnlen(text, sizeof(text)), room, TEXT_ROOM);
}

void kit_ask(struct kit *kit, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	put(kit, kit->page->asked, fmt, ap);
	va_end(ap);
}

static void take_the_word(struct kit *kit)
{
	if (!atomic_exchange(&kit->page->judging, 1))
		return;
	for (;;)
		pause();
}

static _Noreturn void end(struct kit *kit, uint32_t result)
{
	kit->page->result = result;
	atomic_store(&kit->page->state, STATE_JUDGED);
	_exit(0);
}

void kit_fail(struct kit *kit, const char *wanted, const char *fmt, ...)
{
	va_list ap;

	take_the_word(kit);
	page_scrub(kit->page, wanted, strlen(wanted), kit->page->wanted, TEXT_ROOM);
	va_start(ap, fmt);
	put(kit, kit->page->got, fmt, ap);
	va_end(ap);
	end(kit, IDBC_CONFORM_NOT_OK);
}

void kit_skip(struct kit *kit, const char *fmt, ...)
{
	va_list ap;

	take_the_word(kit);
	va_start(ap, fmt);
	put(kit, kit->page->got, fmt, ap);
	va_end(ap);
	end(kit, IDBC_CONFORM_SKIP);
}

const char *kit_status(int status)
{
	const char *name = status_name((uint32_t)status);

	return name ? name : "a status that does not exist";
}

/* A driver's struct is not trusted to end its texts. */
static void say_error(char *room, size_t cap, int rc, const struct idbc_error *err)
{
	int code = (int)strnlen(err->code, sizeof(err->code));
	int text = (int)strnlen(err->text, sizeof(err->text));

	snprintf(room, cap, "%s (%d) code \"%.*s\" effect %u native %d: %.*s", kit_status(rc), rc,
		 code, err->code, err->effect, err->native, text, err->text);
}

void kit_want_any(struct kit *kit, int rc, const struct idbc_error *err, const int *wanted)
{
	char names[200] = "", got[400];

	for (size_t i = 0; wanted[i] >= 0; i++) {
		size_t at = strlen(names);

		if (rc == wanted[i])
			return;
		snprintf(names + at, sizeof(names) - at, "%s%s", i ? " or " : "",
			 kit_status(wanted[i]));
	}
	say_error(got, sizeof(got), rc, err);
	kit_fail(kit, names, "%s", got);
}

void kit_want(struct kit *kit, int rc, const struct idbc_error *err, uint32_t wanted)
{
	int list[] = { (int)wanted, -1 };

	kit_want_any(kit, rc, err, list);
}

void kit_want_code(struct kit *kit, const struct idbc_error *err, const char *code)
{
	char wanted[64], got[400];

	if (!strncmp(err->code, code, sizeof(err->code)))
		return;
	snprintf(wanted, sizeof(wanted), "code \"%s\"", code);
	say_error(got, sizeof(got), (int)err->status, err);
	kit_fail(kit, wanted, "%s", got);
}

void kit_want_effect(struct kit *kit, const struct idbc_error *err, uint32_t effect)
{
	static const char *const names[] = { "NONE", "APPLIED", "UNKNOWN" };

	if (err->effect != effect)
		kit_fail(kit, effect < 3 ? names[effect] : "an effect", "effect %u (%s)",
			 err->effect, err->effect < 3 ? names[err->effect] : "none there is");
}

void kit_want_str(struct kit *kit, const char *what, struct idbc_str got, struct idbc_str wanted)
{
	char text[400];

	if (kit_same(got, wanted))
		return;
	snprintf(text, sizeof(text), "%s \"%.*s\" (%zu bytes)", what,
		 (int)(wanted.len < 200 ? wanted.len : 200), wanted.ptr ? wanted.ptr : "",
		 wanted.len);
	kit_fail(kit, text, "\"%.*s\" (%zu bytes)", (int)(got.len < 200 ? got.len : 200),
		 got.ptr ? got.ptr : "", got.len);
}

void kit_secret(struct kit *kit, const char *bytes, size_t len)
{
	struct page *page = kit->page;
	uint32_t place;

	if (len < 6)
		return;
	if (len > SECRET_ROOM)
		len = SECRET_ROOM;
	place = atomic_fetch_add(&page->nsecrets, 1) % MAX_SECRETS;
	page->secrets[place].len = 0;
	memcpy(page->secrets[place].bytes, bytes, len);
	page->secrets[place].len = (uint32_t)len;
}

void kit_note(struct kit *kit, const char *name, const char *fmt, ...)
{
	char text[TEXT_ROOM];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	page_add_note(kit->page, name, text);
}
