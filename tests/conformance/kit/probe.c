/* tests/conformance/kit/probe.c - job: what the store can do, found out once before the cases,
 * so that they ask for what is there and say why they are skipped; and users swept away.
 * Threads: the first of its process.
 */
#include <stdio.h>
#include "inside.h"
#include "run/conn.h"

#define STR(text) { IDBC_KIND_STR, 0, { .str = { text, sizeof(text) - 1 } } }
#define JSON(text) { IDBC_KIND_JSON, 0, { .str = { text, sizeof(text) - 1 } } }
#define BOOL(value) { IDBC_KIND_BOOL, 0, { .i64 = (value) } }

const struct idbc_field field_samples[] = {
	{ "name", STR("Ida B") },
	{ "given_name", STR("Ida") },
	{ "family_name", STR("Bee") },
	{ "nickname", STR("ida") },
	{ "picture", STR("https://example.com/ida.png") },
	{ "email_verified", BOOL(1) },
	{ "phone_verified", BOOL(1) },
	{ "blocked", BOOL(0) },
	{ "user_metadata.colour", STR("blue") },
	{ "app_metadata.plan", STR("free") },
	{ "user_metadata", JSON("{\"colour\":\"blue\"}") },
	{ "app_metadata", JSON("{\"plan\":\"free\"}") },
};
const size_t field_sample_count = sizeof(field_samples) / sizeof(field_samples[0]);

/* --- slots and capabilities ------------------------------------------------------------------ */
static uint32_t if_set(uint32_t bits, uint32_t bit, uint32_t need)
{
	return bits & bit ? need : 0;
}

static uint32_t needs_of_caps(uint32_t caps)
{
	return if_set(caps, IDBC_CAP_TRANSACTIONS, KIT_TRANSACTIONS) |
	       if_set(caps, IDBC_CAP_INTERRUPT, KIT_INTERRUPT) |
	       (caps & IDBC_CAP_DECIDES ? KIT_DECIDES : KIT_STORED) |
	       if_set(~caps, IDBC_CAP_PLAINTEXT, KIT_HASHED);
}

/* The seven, which a configuration may leave out; then the others. */
static uint32_t needs_of_slots(uint32_t slots, uint32_t operations)
{
	static const struct { uint32_t slot, need; } seven[] = {
		{ 1u << IDBC_CREATE, KIT_CREATE }, { 1u << IDBC_VERIFY, KIT_VERIFY },
		{ 1u << IDBC_CHANGE_PASSWORD, KIT_PASSWORD },
		{ 1u << IDBC_DELETE_USER, KIT_DELETE },
		{ 1u << IDBC_CHANGE_EMAIL, KIT_CHANGE_EMAIL },
	};
	uint32_t needs = 0;

	for (size_t i = 0; i < sizeof(seven) / sizeof(seven[0]); i++)
		needs |= if_set(slots & operations, seven[i].slot, seven[i].need);
	if (needs)
		needs |= KIT_WRITES;
	return needs | if_set(slots, LINK_PROVEN, KIT_PROVEN) |
	       if_set(slots, LINK_LIST, KIT_LIST) | if_set(slots, LINK_INTENTS, KIT_INTENTS) |
	       if_set(slots, LINK_CHECK, KIT_CHECK) | if_set(slots, LINK_FAILED, KIT_FAILED) |
	       if_set(slots, LINK_SETTLE, KIT_SETTLE) |
	       if_set(slots, LINK_CREATE_MANY, KIT_MANY);
}

/* --- who can be made --------------------------------------------------------------------------- */
static int cannot(struct kit *kit, const char *fmt, const char *what)
{
	struct facts *facts = &kit->page->facts;

	snprintf(facts->no_user, sizeof(facts->no_user), fmt, what);
	facts->needs &= ~(uint32_t)KIT_CREATE;
	return 0;
}

static int try_user(struct kit *kit, void **session, struct kit_user *user, struct idbc_error *err)
{
	struct kit_rows rows;
	int rc;

	kit_rows_init(kit, &rows);
	rc = kit_make_user(kit, *session, user, &rows, err);
	if (rc != IDBC_OK && IDBC_STATUS_CLASS(rc) > 2 && rc != IDBC_DATA) {
		kit_disconnect(kit, *session);
		*session = kit_connect(kit);
	}
	return rc;
}

/* Says NO_USER or finds somebody else: found out by the cases, so only a plain "not here"
 * counts. */
static void learn_kinds(struct kit *kit, void *session, const struct kit_user *user)
{
	struct facts *facts = &kit->page->facts;
	struct kit_rows rows;
	struct idbc_error err;

	for (uint32_t by = IDBC_BY_EMAIL; by <= IDBC_BY_PHONE; by++) {
		if (!kit_identifier(user, by).len)
			continue;
		kit_rows_init(kit, &rows);
		if (kit_get_user(kit, session, by, kit_identifier(user, by), &rows, &err) !=
		    IDBC_UNSUPPORTED)
			facts->kinds |= 1u << by;
	}
}

/* The widest choice of names that create() takes. */
static int learn_names(struct kit *kit, void **session)
{
	static const uint32_t choices[] = { KIT_EMAIL | KIT_USERNAME | KIT_PHONE,
		KIT_EMAIL | KIT_USERNAME, KIT_EMAIL | KIT_PHONE, KIT_USERNAME | KIT_PHONE, KIT_EMAIL,
		KIT_USERNAME, KIT_PHONE };
	struct facts *facts = &kit->page->facts;
	struct idbc_error err = IDBC_ERROR_INIT, first = IDBC_ERROR_INIT;
	char why[400];

	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		struct kit_user *user;
		int rc;

		facts->needs &= ~(uint32_t)(KIT_EMAIL | KIT_USERNAME | KIT_PHONE);
		facts->needs |= choices[i];
		user = kit_draft(kit);
		rc = try_user(kit, session, user, &err);
		if (rc == IDBC_OK) {
			learn_kinds(kit, *session, user);
			return 1;
		}
		if (rc == IDBC_UNSUPPORTED && !err.code[0])
			break;
		/* That a name is not mapped says least. */
		if (!first.status || !strcmp(first.code, "unmapped_field"))
			first = err;
	}
	if (err.status == IDBC_UNSUPPORTED)
		return cannot(kit, "users cannot be made: %s", err.text);
	snprintf(why, sizeof(why), "%s %s: %s", kit_status((int)first.status), first.code, first.text);
	kit_note(kit, "create.works", "create() makes nobody: %s (what every new user must have "
		 "stands in the quirks, \"create\")", why);
	return cannot(kit, "create() makes nobody: %s", why);
}

static void learn_fields(struct kit *kit, void **session)
{
	struct facts *facts = &kit->page->facts;
	struct idbc_error err;

	for (size_t i = 0; i < field_sample_count; i++) {
		struct kit_user *user = kit_draft(kit);

		kit_user_set(kit, user, field_samples[i]);
		if (try_user(kit, session, user, &err) == IDBC_OK)
			facts->accepts |= 1u << i;
	}
}

static void learn_given_ids(struct kit *kit, void **session)
{
	struct kit_user *user = kit_draft(kit);
	struct idbc_error err;

	kit_user_set(kit, user, kit_field_str("user_id", kit_textf(kit, "k%s.id", kit->run->tag)));
	kit->page->facts.given_ids = try_user(kit, session, user, &err) == IDBC_OK;
}

static void learn_from_quirks(struct kit *kit)
{
	const struct quirks *quirks = &kit->run->quirks;
	struct facts *facts = &kit->page->facts;

	for (size_t i = 0; i < quirks->nusers; i++) {
		const struct quirk_user *user = &quirks->users[i];

		facts->kinds |= user->email ? 1u << IDBC_BY_EMAIL : 0;
		facts->kinds |= user->username ? 1u << IDBC_BY_USERNAME : 0;
		facts->kinds |= user->phone ? 1u << IDBC_BY_PHONE : 0;
		facts->needs |= user->email ? KIT_EMAIL : 0;
		facts->needs |= user->username ? KIT_USERNAME : 0;
		facts->needs |= user->phone ? KIT_PHONE : 0;
	}
	if (quirks->nusers)
		facts->needs |= KIT_USER;
}

static void learn_users(struct kit *kit)
{
	void *session;

	if (!kit_has(kit, KIT_CREATE)) {
		cannot(kit, "%s", kit->run->quirks.nusers
			? "the driver, or \"operations\", has no create"
			: "the driver, or \"operations\", has no create, and the quirks name no \"users\"");
		return;
	}
	session = kit_connect(kit);
	if (learn_names(kit, &session)) {
		kit->page->facts.needs |= KIT_USER;
		learn_fields(kit, &session);
		learn_given_ids(kit, &session);
	}
	kit_disconnect(kit, session);
}

static void clean(struct kit *kit);

static void probe(struct kit *kit)
{
	struct facts *facts = &kit->page->facts;
	struct driver_fault why = { "", "" };

	kit_ask(kit, "what the store can do");
	if (kit_adopt(kit, &why)) {
		snprintf(facts->why, sizeof(facts->why), "%s: %s", why.code, why.text);
		return;
	}
	facts->adopted = 1;
	facts->caps = kit->driver->table.caps;
	facts->kinds = 1u << IDBC_BY_LOGIN | 1u << IDBC_BY_USER_ID;
	facts->needs = needs_of_caps(facts->caps);
	facts->needs |= needs_of_slots(kit->driver->slots, kit_config(kit)->operations);
	learn_users(kit);
	if (!kit_has(kit, KIT_CREATE))
		learn_from_quirks(kit);
	clean(kit);
}

const struct kit_case kit_probe_case = { "probe", "", KIT_NO_DRIVER, probe };

/* --- afterwards -------------------------------------------------------------------------------- */
static void clean(struct kit *kit)
{
	uint32_t n = atomic_load(&kit->page->nmade);
	struct idbc_error err;
	void *session = NULL;

	if (!n || !kit_has(kit, KIT_DELETE))
		return;
	session = kit_connect(kit);
	for (uint32_t i = 0; i < n && i < MAX_MADE; i++) {
		struct idbc_str id = { kit->page->made[i].id, kit->page->made[i].len };
		int rc = kit_delete(kit, session, id, &err);

		if (IDBC_STATUS_CLASS(rc) > 2) {
			kit_disconnect(kit, session);
			session = kit_connect(kit);
		}
	}
	kit_disconnect(kit, session);
	atomic_store(&kit->page->nmade, 0);
}

const struct kit_case kit_clean_case = { "clean", "", 0, clean };
