/* tests/conformance/kit/case_check.c - what a driver finds when it compares configuration and
 * store: findings that people can use, the same each time, and nothing written.
 * Threads: the case's.
 */
#include "base/findings.h"
#include "base/text.h"
#include "ops.h"

static void look(struct kit *k, void *s, uint32_t flags, struct finding_list *found)
{
	struct idbc_error err;
	int rc;

	findings_init(found);
	rc = kit_check(k, s, flags, found, &err);
	kit_want(k, rc, &err, IDBC_OK);
	KIT_WANT(k, !found->failed, "findings that memory did not hold");
}

static int is_code(const char *code)
{
	return code[0] && !code[strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789-_")] &&
	       strlen(code) <= 64;
}

static int is_line(const char *text)
{
	return text_is_utf8(text, strlen(text)) && !text_has_control(text, strlen(text));
}

static void want_well_formed(struct kit *k, const struct finding *f)
{
	KIT_WANT(k, f->severity <= IDBC_ERROR, "severity %u of \"%s\"", f->severity, f->code);
	KIT_WANT(k, is_code(f->code), "\"%s\", which is no stable word", f->code);
	KIT_WANT(k, f->text[0] && is_line(f->text), "%s text of \"%s\"",
		 f->text[0] ? "a broken" : "no", f->code);
	KIT_WANT(k, is_line(f->key), "a broken key of \"%s\"", f->code);
	KIT_WANT(k, text_is_utf8(f->remedy, strlen(f->remedy)), "a broken remedy of \"%s\"",
		 f->code);
}

static void well_formed(struct kit *k)
{
	static const uint32_t wants[] = { 0, IDBC_WANT_SURVEY, IDBC_WANT_GRANTS,
					  IDBC_WANT_SURVEY | IDBC_WANT_GRANTS };
	void *s = kit_connect(k);

	for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
		struct finding_list found;

		kit_ask(k, "check with flags %u: its findings", wants[i]);
		look(k, s, wants[i], &found);
		for (size_t j = 0; j < found.n; j++)
			want_well_formed(k, &found.items[j]);
		findings_free(&found);
	}
}

/* The cases run on this store: it can be used. */
static void usable(struct kit *k)
{
	struct finding_list found;

	kit_ask(k, "check of a store that works");
	look(k, kit_connect(k), 0, &found);
	for (size_t i = 0; i < found.n; i++)
		KIT_WANT(k, found.items[i].severity < IDBC_ERROR, "error %s: %s", found.items[i].code,
			 found.items[i].text);
	findings_free(&found);
}

static void repeats(struct kit *k)
{
	struct finding_list first, again;
	void *s = kit_connect(k);

	kit_ask(k, "check twice: the same findings");
	look(k, s, 0, &first);
	look(k, s, 0, &again);
	KIT_WANT(k, first.n == again.n, "%zu findings, then %zu", first.n, again.n);
	for (size_t i = 0; i < first.n; i++)
		kit_want_str(k, "code", kit_s(again.items[i].code), kit_s(first.items[i].code));
	findings_free(&first);
	findings_free(&again);
}

static void unknown_flags(struct kit *k)
{
	struct finding_list plain, flagged;
	void *s = kit_connect(k);

	kit_ask(k, "check with a flag that this version does not know");
	look(k, s, 0, &plain);
	look(k, s, 1u << 30, &flagged);
	KIT_WANT(k, plain.n == flagged.n, "%zu findings, %zu without it", flagged.n, plain.n);
	findings_free(&plain);
	findings_free(&flagged);
}

static void writes_nothing(struct kit *k)
{
	struct finding_list found;
	void *s = kit_connect(k);
	const struct kit_user *user = kit_user(k, s);
	const struct kit_row *before = ops_row(k, s, user);

	kit_ask(k, "a user, before and after check");
	look(k, s, IDBC_WANT_SURVEY, &found);
	findings_free(&found);
	kit_want_same_row(k, ops_row(k, s, user), before);
	ops_want_there(k, s, user);
	ops_want_in(k, user, user->password);
}

const struct kit_case kit_check_cases[] = {
	{ "check.well_formed", "findings have a severity, a stable code and a text", KIT_CHECK,
	  well_formed },
	{ "check.usable", "no error where everything works", KIT_CHECK | KIT_USER, usable },
	{ "check.repeats", "the same store gives the same findings", KIT_CHECK, repeats },
	{ "check.unknown_flags", "flags that a driver does not know it passes over", KIT_CHECK,
	  unknown_flags },
	{ "check.writes_nothing", "a look changes nobody", KIT_CHECK | KIT_USER, writes_nothing },
	{ NULL, NULL, 0, NULL },
};
