/* tests/unit/migrate_logins.c - trickle migration between two stores in memory: who is let in,
 * who is moved, and what everybody costs.
 */
#include "migrate_store.h"
#include "migrate/migrate.h"

static const struct idbc_driver *driver;
static void *self;
static struct found row;
static struct idbc_error err;

static struct idbc_str str(const char *text)
{
	return (struct idbc_str){ text, strlen(text) };
}

static void begin(void)
{
	struct idbc_findings none = { .size = sizeof(none) };

	store_init(&to);
	store_init(&from);
	driver = migrate_driver_entry(IDBC_DRIVER_ABI, &the_host);
	ask_clear(&err);
	CU_ASSERT_FATAL(driver && driver->open(&the_host, NULL, &none, &self, &err) == IDBC_OK);
	found_init(&row);
}

static void end(void)
{
	found_free(&row);
	driver->close(self);
	option_migrated = "keep";
	option_fallback = option_sync = 0;
}

/* As the connector: a right password is followed by proven. */
static int only_login(const char *who, const char *password)
{
	struct idbc_login_req req = { .size = sizeof(req), .by = IDBC_BY_LOGIN,
		.deadline_ns = host_now() + INT64_C(9000000000), .identifier = str(who),
		.password = str(password) };

	err = (struct idbc_error)IDBC_ERROR_INIT;
	found_free(&row);
	return driver->ops->login(self, &req, &row.sink, &err);
}

static int proven(const char *password)
{
	struct idbc_field part = { "clear", { .kind = IDBC_KIND_STR } };
	struct idbc_proven_req req = { .size = sizeof(req), .user_id = row.rows[0].id,
		.deadline_ns = host_now() + INT64_C(9000000000), .credential = &part,
		.ncredential = 1 };

	part.value.u.str = str(password);
	return driver->ops->proven(self, &req, &err);
}

static int login(const char *who, const char *password)
{
	int rc = only_login(who, password);

	return rc == IDBC_OK ? proven(password) : rc;
}

static int get_user(uint32_t by, const char *who)
{
	struct idbc_user_req req = { .size = sizeof(req), .by = by,
		.deadline_ns = host_now() + INT64_C(9000000000), .identifier = str(who) };

	err = (struct idbc_error)IDBC_ERROR_INIT;
	found_free(&row);
	return driver->ops->get_user(self, &req, &row.sink, &err);
}

static struct user *ida(void)
{
	struct user *u = store_add(&from, "7", "ida@example.com", "plain:Wn4");

	strcpy(u->name, "Ida");
	strcpy(u->metadata, "{\"plan\":\"gold\"}");
	u->verified = 1;
	return u;
}

static void test_moves(void)
{
	struct user *u;

	begin();
	ida();
	CU_ASSERT(get_user(IDBC_BY_EMAIL, "ida@example.com") == IDBC_OK);
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	u = store_user(&to, "7");
	CU_ASSERT_FATAL(u != NULL);
	UNIT_STR(u->email, "ida@example.com");
	UNIT_STR(u->metadata, "{\"plan\":\"gold\"}");
	UNIT_STR(u->name, "Ida");
	UNIT_STR(u->password, "plain:Wn4");
	CU_ASSERT(u->verified && store_state(&to, "7") == IDBC_MOVED_MOVED);
	CU_ASSERT(!store_user(&from, "7")->marked);
	from.down = IDBC_UNAVAILABLE;
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	CU_ASSERT(get_user(IDBC_BY_USER_ID, "7") == IDBC_OK);
	end();
}

static void test_marks(void)
{
	option_migrated = "mark";
	begin();
	ida();
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	CU_ASSERT(store_user(&from, "7")->marked);
	to.users[0].id[0] = to.entries[0].id[0] = '\0';         /* lost by somebody else */
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_DENIED);
	CU_ASSERT(get_user(IDBC_BY_EMAIL, "ida@example.com") == IDBC_NO_USER);
	end();
	option_migrated = "mark";
	begin();
	ida();
	from.read_only = 1;
	logged = 0;
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	CU_ASSERT(logged == 1 && store_user(&to, "7"));
	end();
}

static void test_refusals(void)
{
	begin();
	ida()->blocked = 1;
	store_add(&from, "8", "eva@example.com", "plain:Qr9")->expired = 1;
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_BLOCKED);
	UNIT_STR(err.code, "blocked");
	CU_ASSERT(login("eva@example.com", "Qr9") == IDBC_PASSWORD_EXPIRED);
	CU_ASSERT(row.n == 1);
	CU_ASSERT(login("ida@example.com", "no") == IDBC_DENIED);
	CU_ASSERT(login("nobody@example.com", "no") == IDBC_DENIED);
	CU_ASSERT(err.detail == IDBC_DETAIL_UNKNOWN_USER);
	CU_ASSERT(!to.users[0].id[0]);
	end();
}

static void test_down(void)
{
	begin();
	ida();
	store_add(&to, "9", "uwe@example.com", "plain:Xe2");
	from.down = IDBC_UNAVAILABLE;
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_UNAVAILABLE);
	CU_ASSERT(login("nobody@example.com", "Wn4") == IDBC_UNAVAILABLE);
	CU_ASSERT(get_user(IDBC_BY_EMAIL, "ida@example.com") == IDBC_UNAVAILABLE);
	CU_ASSERT(login("uwe@example.com", "Xe2") == IDBC_OK);
	CU_ASSERT(login("uwe@example.com", "no") == IDBC_DENIED);
	from.down = 0;
	to.down = IDBC_UNAVAILABLE;
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_UNAVAILABLE);
	end();
}

/* In `from` alone, in `to` alone, in both, in neither, in neither. */
static void refuse_all(unsigned work_of_each)
{
	static const char *const names[] = { "ida@example.com", "uwe@example.com", "max@example.com",
		"nobody@example.com", "none@example.com" };
	unsigned questions[5];

	begin();
	ida();
	store_add(&to, "9", "uwe@example.com", "plain:Xe2");
	store_add(&to, "10", "max@example.com", "plain:Xe2");
	store_add(&from, "10", "max@example.com", "plain:Xe2");
	for (int i = 0; i < 5; i++) {
		to.statements = from.statements = to.hashes = from.hashes = 0;
		to.dummies = from.dummies = 0;
		CU_ASSERT(login(names[i], "no") == IDBC_DENIED);
		questions[i] = to.statements + from.statements;
		CU_ASSERT_EQUAL(to.hashes + from.hashes + to.dummies + from.dummies, work_of_each);
		CU_ASSERT_EQUAL(questions[i], questions[0]);
		CU_ASSERT(work_of_each < 2 || to.hashes + to.dummies == 1);
	}
	end();
}

/* Each refusal: one hash or dummy, with a fallback one in each store; and as many questions as
 * any other. */
static void test_equal_work(void)
{
	refuse_all(1);
	option_fallback = 1;
	refuse_all(2);
}

/* His name is free in `to`, and still his in `from`. */
static void test_renamed(void)
{
	begin();
	ida();
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	strcpy(store_user(&to, "7")->email, "new@example.com");
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_DENIED);
	CU_ASSERT(get_user(IDBC_BY_EMAIL, "ida@example.com") == IDBC_NO_USER);
	CU_ASSERT(login("new@example.com", "Wn4") == IDBC_OK);
	strcpy(store_user(&to, "7")->email, "ida@example.com");
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	CU_ASSERT(!to.users[1].id[0]);
	end();
}

static void somebody_moves_ida(void)
{
	store_add(&to, "7", "ida@example.com", "plain:Wn4");
	entry_made(&to, &(struct idbc_str){ "7", 1 })->state = IDBC_MOVED_MOVED;
}

static void test_two_at_once(void)
{
	begin();
	ida();
	to.before_create = somebody_moves_ida;
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	CU_ASSERT(store_user(&to, "7") && !to.users[1].id[0]);
	end();
}

static void test_conflict(void)
{
	begin();
	strcpy(ida()->name, "a name of more than twenty letters");
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_CONFLICT);
	UNIT_STR(err.code, "name_too_long");
	CU_ASSERT(!to.users[0].id[0] && store_user(&from, "7"));
	strcpy(store_user(&from, "7")->name, "Ida");
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	end();
	begin();
	ida();
	strcpy(store_add(&to, "70", "else@example.com", "plain:Kt5")->email, "Ida@example.com");
	strcpy(to.users[0].email, "ida2@example.com");
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	end();
}

static void test_fallback(void)
{
	for (option_fallback = 0; option_fallback < 2; option_fallback++) {
		int on = option_fallback;

		begin();
		ida();
		CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
		strcpy(store_user(&from, "7")->password, "plain:Zz8");
		CU_ASSERT(login("ida@example.com", "Zz8") == (on ? IDBC_OK : IDBC_DENIED));
		CU_ASSERT(to.forgiven == (unsigned)on);
		store_user(&to, "7")->blocked = 1;
		CU_ASSERT(login("ida@example.com", "Zz8") == (on ? IDBC_BLOCKED : IDBC_DENIED));
		store_user(&to, "7")->blocked = 0;
		entry_of(&to, &(struct idbc_str){ "7", 1 })->state = IDBC_MOVED_CHANGED;
		CU_ASSERT(login("ida@example.com", "Zz8") == IDBC_DENIED);
		end();
		option_fallback = on;
	}
	option_fallback = 0;
}

static void test_metadata_once(void)
{
	begin();
	ida();
	store_add(&to, "7", "ida@example.com", "plain:Wn4");
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	UNIT_STR(store_user(&to, "7")->metadata, "{\"plan\":\"gold\"}");
	store_user(&to, "7")->metadata[0] = '\0';
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	UNIT_STR(store_user(&to, "7")->metadata, "");
	end();
}

static void test_sync(void)
{
	option_sync = 1;
	begin();
	ida();
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	strcpy(store_user(&from, "7")->name, "Ida Berg");
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	UNIT_STR(store_user(&to, "7")->name, "Ida Berg");
	from.down = IDBC_UNAVAILABLE;
	CU_ASSERT(login("ida@example.com", "Wn4") == IDBC_OK);
	end();
}

/* At which store's cost so many names are refused, one bit each. */
static uint64_t choices(const char *secret_of_to, const char *secret_of_from)
{
	uint64_t bits = 0;
	char name[40];

	lent_to = secret_of_to;
	lent_from = secret_of_from;
	begin();
	for (int i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "nobody%d@example.com", i);
		bits = bits << 1 | (dummy_store(self, &(struct idbc_str){ name, strlen(name) }) ==
				    &to.lower);
	}
	end();
	lent_to = lent_from = NULL;
	return bits;
}

/* Whoever knows the program and the names, and not what the stores are reached with, cannot
 * tell. */
static void test_dummy_key(void)
{
	CU_ASSERT(choices("one", "two") == choices("one", "two"));
	CU_ASSERT(choices("one", "two") != choices("other", "two"));
	CU_ASSERT(choices("one", "two") != choices("one", "other"));
	CU_ASSERT(choices("one", "two") != choices("two", "one"));
	option_dummy_key = "a key of ours";
	CU_ASSERT(choices("one", "two") == choices("three", "four"));
	option_dummy_key = NULL;
}

static int refused(const char *code)
{
	struct idbc_findings findings = { .size = sizeof(findings), .add = note_finding };
	void *instance = NULL;
	int rc;

	said_code[0] = '\0';
	driver = migrate_driver_entry(IDBC_DRIVER_ABI, &the_host);
	ask_clear(&err);
	rc = driver->open(&the_host, NULL, &findings, &instance, &err);
	if (rc == IDBC_OK)
		driver->close(instance);
	return rc == IDBC_CONFIG && !strcmp(said_code, code);
}

/* What is certain before anybody logs in. */
static void test_misfits(void)
{
	store_init(&to);
	store_init(&from);
	to.lower.caps = 0;
	CU_ASSERT(refused("id-not-given"));
	to.lower.caps = IDBC_CAP_TAKES_IDS;
	to.lower.store = 5;
	CU_ASSERT(!refused("same-store") && !said_code[0]);
	from.lower.store = 5;
	CU_ASSERT(refused("same-store"));
	from.lower.store = to.lower.store = 0;
	CU_ASSERT(!refused("same-store") && !said_code[0]);
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "a right password moves the user whole", test_moves },
		{ "who moved is marked, and a mark is obeyed", test_marks },
		{ "refusals of the old store are told and move nobody", test_refusals },
		{ "a store that is down proves nothing", test_down },
		{ "all refusals cost the same", test_equal_work },
		{ "a name given up does not come back", test_renamed },
		{ "moved by somebody else meanwhile", test_two_at_once },
		{ "who does not fit stays and is told why", test_conflict },
		{ "fallback while the password is unchanged", test_fallback },
		{ "metadata is fetched once", test_metadata_once },
		{ "names follow the old store", test_sync },
		{ "nobody foretells whose dummy it is", test_dummy_key },
		{ "stores that do not go together", test_misfits },
	};

	return unit_run("migrate_logins", tests, sizeof(tests) / sizeof(tests[0]));
}
