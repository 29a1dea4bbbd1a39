/* tests/unit/migrate_writes.c - trickle migration between two stores in memory: what is written
 * goes to the right one, and nobody is two or none.
 */
#include "migrate_store.h"
#include "migrate/migrate.h"

static const struct idbc_driver *driver;
static void *self;
static struct found row;
static struct idbc_error err;

#define DEADLINE (host_now() + INT64_C(9000000000))

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
	err = (struct idbc_error)IDBC_ERROR_INIT;
	CU_ASSERT_FATAL(driver && driver->open(&the_host, NULL, &none, &self, &err) == IDBC_OK);
	found_init(&row);
	strcpy(store_add(&from, "7", "ida@example.com", "plain:Wn4")->metadata, "{\"plan\":1}");
	store_add(&from, "8", "eva@example.com", "own:Qr9");
}

static void end(void)
{
	found_free(&row);
	driver->close(self);
}

static int create(const char *email, const char *id)
{
	struct idbc_field fields[2] = { { "email", { .kind = IDBC_KIND_STR } },
					{ "user_id", { .kind = IDBC_KIND_STR } } };
	struct idbc_field part = { "clear", { .kind = IDBC_KIND_STR } };
	struct idbc_create_req req = { .size = sizeof(req), .deadline_ns = DEADLINE,
		.fields = fields, .nfields = id ? 2 : 1, .credential = &part, .ncredential = 1 };

	fields[0].value.u.str = str(email);
	fields[1].value.u.str = str(id ? id : "");
	part.value.u.str = str("Hb3");
	err = (struct idbc_error)IDBC_ERROR_INIT;
	found_free(&row);
	return driver->ops->create(self, &req, &row.sink, &err);
}

static int change_password(uint32_t by, const char *who, const char *new, const char *current)
{
	struct idbc_field part = { "clear", { .kind = IDBC_KIND_STR } };
	struct idbc_field old = part;
	struct idbc_password_req req = { .size = sizeof(req), .by = by, .deadline_ns = DEADLINE,
		.identifier = str(who), .credential = &part, .ncredential = 1, .expect = &old,
		.nexpect = current != NULL };

	part.value.u.str = str(new);
	old.value.u.str = str(current ? current : "");
	err = (struct idbc_error)IDBC_ERROR_INIT;
	return driver->ops->change_password(self, &req, &err);
}

static int verify(const char *who)
{
	struct idbc_verify_req req = { .size = sizeof(req), .by = IDBC_BY_EMAIL,
		.deadline_ns = DEADLINE, .identifier = str(who) };

	err = (struct idbc_error)IDBC_ERROR_INIT;
	return driver->ops->verify(self, &req, &err);
}

static int change_email(const char *who, const char *email)
{
	struct idbc_email_req req = { .size = sizeof(req), .by = IDBC_BY_EMAIL,
		.deadline_ns = DEADLINE, .identifier = str(who), .email = str(email) };

	err = (struct idbc_error)IDBC_ERROR_INIT;
	return driver->ops->change_email(self, &req, &err);
}

static int agreed, asked;

static int agree(void *ctx)
{
	(void)ctx;
	asked++;
	return agreed ? 0 : 42;
}

static int delete_user(const char *id, uint32_t phase, const char *token)
{
	struct idbc_delete_req req = { .size = sizeof(req), .phase = phase, .deadline_ns = DEADLINE,
		.user_id = str(id), .token = str(token), .agree = phase ? NULL : agree };

	err = (struct idbc_error)IDBC_ERROR_INIT;
	asked = 0;
	return driver->ops->delete_user(self, &req, &err);
}

static int get_user(const char *email)
{
	struct idbc_user_req req = { .size = sizeof(req), .by = IDBC_BY_EMAIL,
		.deadline_ns = DEADLINE, .identifier = str(email) };

	err = (struct idbc_error)IDBC_ERROR_INIT;
	found_free(&row);
	return driver->ops->get_user(self, &req, &row.sink, &err);
}

/* Nobody, because a delete hides him. */
static int is_told_hidden(void)
{
	return (row.passed & 1u << IDBC_PASSED_HIDDEN) != 0;
}

static void test_create(void)
{
	begin();
	CU_ASSERT(create("uwe@example.com", NULL) == IDBC_OK);
	CU_ASSERT(row.n == 1 && store_user(&to, "new-uwe@example.com"));
	CU_ASSERT(create("ida@example.com", NULL) == IDBC_EXISTS);
	UNIT_STR(err.code, "user_exists");
	CU_ASSERT(create("other@example.com", "7") == IDBC_EXISTS);
	from.down = IDBC_TIMEOUT;
	CU_ASSERT(create("max@example.com", NULL) == IDBC_TIMEOUT);
	from.down = 0;
	CU_ASSERT(change_password(IDBC_BY_EMAIL, "ida@example.com", "Hb3", NULL) == IDBC_OK);
	CU_ASSERT(change_email("ida@example.com", "berg@example.com") == IDBC_OK);
	CU_ASSERT(create("ida@example.com", NULL) == IDBC_OK);
	end();
}

static void somebody_moves_ida(void)
{
	store_add(&to, "7", "ida@example.com", "plain:Wn4");
	entry_made(&to, &(struct idbc_str){ "7", 1 })->state = IDBC_MOVED_MOVED;
}

static void test_change_password(void)
{
	begin();
	CU_ASSERT(change_password(IDBC_BY_EMAIL, "ida@example.com", "Hb3", NULL) == IDBC_OK);
	UNIT_STR(store_user(&to, "7")->password, "plain:Hb3");
	UNIT_STR(store_user(&to, "7")->metadata, "{\"plan\":1}");
	CU_ASSERT(store_state(&to, "7") == IDBC_MOVED_CHANGED);
	CU_ASSERT(change_password(IDBC_BY_USER_ID, "8", "Hb3", "no") == IDBC_CONFLICT);
	CU_ASSERT(!store_user(&to, "8"));
	CU_ASSERT(change_password(IDBC_BY_USER_ID, "8", "Hb3", "Qr9") == IDBC_OK);
	UNIT_STR(store_user(&to, "8")->password, "plain:Hb3");
	CU_ASSERT(change_password(IDBC_BY_USER_ID, "9", "Hb3", NULL) == IDBC_NO_USER);
	end();
	begin();
	to.before_create = somebody_moves_ida;
	CU_ASSERT(change_password(IDBC_BY_USER_ID, "7", "Hb3", NULL) == IDBC_OK);
	UNIT_STR(store_user(&to, "7")->password, "plain:Hb3");
	CU_ASSERT(store_state(&to, "7") == IDBC_MOVED_CHANGED);
	end();
}

/* He is moved, and named his current password. */
static int change_of_moved(const char *current)
{
	return change_password(IDBC_BY_USER_ID, "7", "Hb3", current);
}

/* A wrong one leaves things as they are: the old store's may still be asked. */
static void test_current_password(void)
{
	begin();
	CU_ASSERT(verify("ida@example.com") == IDBC_OK);
	strcpy(store_user(&from, "7")->password, "plain:Zz8");
	CU_ASSERT(change_of_moved("no") == IDBC_CONFLICT);
	UNIT_STR(err.code, "credential_changed");
	CU_ASSERT(store_state(&to, "7") == IDBC_MOVED_MOVED);
	CU_ASSERT(change_of_moved("Zz8") == IDBC_CONFLICT);
	CU_ASSERT(store_state(&to, "7") == IDBC_MOVED_MOVED);
	UNIT_STR(store_user(&to, "7")->password, "plain:Wn4");
	CU_ASSERT(change_of_moved("Wn4") == IDBC_OK);
	CU_ASSERT(store_state(&to, "7") == IDBC_MOVED_CHANGED);
	CU_ASSERT(change_of_moved("Wn4") == IDBC_CONFLICT);
	UNIT_STR(store_user(&to, "7")->password, "plain:Hb3");
	end();
	option_fallback = 1;
	begin();
	CU_ASSERT(verify("ida@example.com") == IDBC_OK);
	strcpy(store_user(&from, "7")->password, "plain:Zz8");
	CU_ASSERT(change_of_moved("no") == IDBC_CONFLICT);
	CU_ASSERT(store_state(&to, "7") == IDBC_MOVED_MOVED);
	from.down = IDBC_TIMEOUT;
	CU_ASSERT(change_of_moved("Zz8") == IDBC_TIMEOUT);
	CU_ASSERT(store_state(&to, "7") == IDBC_MOVED_MOVED);
	from.down = 0;
	CU_ASSERT(change_of_moved("Zz8") == IDBC_OK);
	UNIT_STR(store_user(&to, "7")->password, "plain:Hb3");
	CU_ASSERT(store_state(&to, "7") == IDBC_MOVED_CHANGED);
	CU_ASSERT(change_of_moved("Zz8") == IDBC_CONFLICT);
	end();
	option_fallback = 0;
}

static void test_verify(void)
{
	begin();
	CU_ASSERT(verify("ida@example.com") == IDBC_OK);
	CU_ASSERT(store_user(&to, "7") && store_user(&to, "7")->verified);
	UNIT_STR(store_user(&to, "7")->password, "plain:Wn4");
	CU_ASSERT(verify("eva@example.com") == IDBC_OK);
	CU_ASSERT(!store_user(&to, "8") && store_user(&from, "8")->verified);
	store_user(&from, "8")->verified = 0;
	from.read_only = 1;
	CU_ASSERT(verify("eva@example.com") == IDBC_CONFLICT);
	UNIT_STR(err.code, "login_first");
	CU_ASSERT(verify("nobody@example.com") == IDBC_NO_USER);
	end();
}

static void test_change_email(void)
{
	begin();
	CU_ASSERT(change_email("ida@example.com", "eva@example.com") == IDBC_EXISTS);
	CU_ASSERT(change_email("ida@example.com", "berg@example.com") == IDBC_OK);
	UNIT_STR(store_user(&to, "7")->email, "berg@example.com");
	CU_ASSERT(get_user("ida@example.com") == IDBC_NO_USER);
	CU_ASSERT(change_email("berg@example.com", "ida@example.com") == IDBC_OK);
	CU_ASSERT(get_user("ida@example.com") == IDBC_OK);
	CU_ASSERT(change_email("eva@example.com", "ida@example.com") == IDBC_EXISTS);
	CU_ASSERT(change_email("eva@example.com", "eva2@example.com") == IDBC_OK);
	UNIT_STR(store_user(&from, "8")->email, "eva2@example.com");
	from.down = IDBC_UNAVAILABLE;
	CU_ASSERT(change_email("ida@example.com", "else@example.com") == IDBC_OK);
	end();
}

static void test_delete_now(void)
{
	begin();
	CU_ASSERT(verify("ida@example.com") == IDBC_OK);
	agreed = 0;
	CU_ASSERT(delete_user("7", IDBC_DELETE_NOW, "") == IDBC_CANCELLED && asked == 1);
	CU_ASSERT(err.native == 42 && store_user(&to, "7") && store_user(&from, "7"));
	CU_ASSERT(delete_user("8", IDBC_DELETE_NOW, "") == IDBC_CANCELLED && asked == 1);
	CU_ASSERT(err.native == 42 && store_user(&from, "8") && !store_state(&to, "8"));
	agreed = 1;
	CU_ASSERT(delete_user("7", IDBC_DELETE_NOW, "") == IDBC_OK && asked == 1);
	CU_ASSERT(!store_user(&to, "7") && !store_user(&from, "7"));
	CU_ASSERT(store_state(&to, "7") == IDBC_MOVED_DELETED);
	from.read_only = 1;
	CU_ASSERT(delete_user("8", IDBC_DELETE_NOW, "") == IDBC_OK && asked == 1);
	CU_ASSERT(store_user(&from, "8") && get_user("eva@example.com") == IDBC_NO_USER);
	CU_ASSERT(delete_user("8", IDBC_DELETE_NOW, "") == IDBC_NO_USER && asked == 0);
	end();
	begin();
	CU_ASSERT(verify("ida@example.com") == IDBC_OK);
	from.down = IDBC_UNAVAILABLE;
	CU_ASSERT(delete_user("7", IDBC_DELETE_NOW, "") == IDBC_UNAVAILABLE);
	CU_ASSERT(store_user(&to, "7") != NULL);
	end();
}

static void test_phases(void)
{
	static const char *const ids[] = { "7", "8" }, *const emails[] = {
		"ida@example.com", "eva@example.com" };

	begin();
	CU_ASSERT(verify("ida@example.com") == IDBC_OK);
	for (int i = 0; i < 2; i++) {           /* in both, and in `from` alone */
		CU_ASSERT(delete_user(ids[i], IDBC_DELETE_HIDE, "t1") == IDBC_OK);
		CU_ASSERT(get_user(emails[i]) == IDBC_NO_USER && is_told_hidden());
		CU_ASSERT(create(emails[i], NULL) == IDBC_EXISTS);
		CU_ASSERT(change_password(IDBC_BY_USER_ID, ids[i], "Hb3", NULL) == IDBC_NO_USER);
		CU_ASSERT(delete_user(ids[i], IDBC_DELETE_HIDE, "t2") == IDBC_NO_USER);
		CU_ASSERT(delete_user(ids[i], IDBC_DELETE_SHOW, "t1") == IDBC_OK);
		CU_ASSERT(get_user(emails[i]) == IDBC_OK && !is_told_hidden());
		CU_ASSERT(delete_user(ids[i], IDBC_DELETE_HIDE, "t3") == IDBC_OK);
		CU_ASSERT(delete_user(ids[i], IDBC_DELETE_FINISH, "t1") == IDBC_CONFLICT);
		CU_ASSERT(store_user(&from, ids[i]) != NULL);
		from.down = IDBC_UNAVAILABLE;
		CU_ASSERT(delete_user(ids[i], IDBC_DELETE_FINISH, "t3") == IDBC_UNAVAILABLE);
		from.down = 0;
		CU_ASSERT(get_user(emails[i]) == IDBC_NO_USER);
		CU_ASSERT(delete_user(ids[i], IDBC_DELETE_FINISH, "t3") == IDBC_OK);
		CU_ASSERT(!store_user(&from, ids[i]) && !store_user(&to, ids[i]));
		CU_ASSERT(get_user(emails[i]) == IDBC_NO_USER && !is_told_hidden());
	}
	CU_ASSERT(delete_user("nobody", IDBC_DELETE_HIDE, "t1") == IDBC_NO_USER);
	end();
}

static int take(const char *id, const char *token, const char *new)
{
	struct idbc_delete_req req = { .size = sizeof(req), .phase = IDBC_DELETE_TAKE,
		.deadline_ns = DEADLINE, .user_id = str(id), .token = str(token),
		.new_token = str(new) };

	err = (struct idbc_error)IDBC_ERROR_INIT;
	return driver->ops->delete_user(self, &req, &err);
}

/* Who came to FINISH has removed the profile: nobody shows the user again. */
static void test_decided(void)
{
	static const char *const ids[] = { "7", "8" };

	begin();
	CU_ASSERT(verify("ida@example.com") == IDBC_OK);
	for (int i = 0; i < 2; i++) {
		CU_ASSERT(delete_user(ids[i], IDBC_DELETE_HIDE, "t1") == IDBC_OK);
		from.broken = IDBC_TIMEOUT;
		CU_ASSERT(delete_user(ids[i], IDBC_DELETE_FINISH, "t1") == IDBC_TIMEOUT);
		CU_ASSERT(store_state(&to, ids[i]) == IDBC_MOVED_DELETED && store_user(&from, ids[i]));
		CU_ASSERT(take(ids[i], "t1", "t2") == IDBC_OK);
		CU_ASSERT(delete_user(ids[i], IDBC_DELETE_SHOW, "t2") == IDBC_TIMEOUT);
		from.broken = 0;
		CU_ASSERT(delete_user(ids[i], IDBC_DELETE_SHOW, "t2") == IDBC_CONFLICT);
		UNIT_STR(err.code, "intent_taken");
		CU_ASSERT(!store_user(&from, ids[i]) && !store_user(&to, ids[i]));
		CU_ASSERT(delete_user(ids[i], IDBC_DELETE_FINISH, "t1") == IDBC_CONFLICT);
	}
	end();
	begin();                                /* taken before it was decided: nothing is touched */
	CU_ASSERT(delete_user("7", IDBC_DELETE_HIDE, "t1") == IDBC_OK);
	CU_ASSERT(take("7", "t1", "t2") == IDBC_OK);
	CU_ASSERT(delete_user("7", IDBC_DELETE_FINISH, "t1") == IDBC_CONFLICT);
	UNIT_STR(err.code, "intent_taken");
	CU_ASSERT(store_state(&to, "7") == IDBC_MOVED_NOT && store_user(&from, "7"));
	CU_ASSERT(delete_user("7", IDBC_DELETE_SHOW, "t2") == IDBC_OK);
	CU_ASSERT(get_user("ida@example.com") == IDBC_OK);
	end();
}

static const char *outcome_of(const char *id)
{
	for (size_t i = 0; i < row.n; i++)
		if (is(&row.rows[i].id, id))
			return found_value(&row.rows[i], "outcome")->u.str.ptr;
	return "(none)";
}

static int page(uint32_t flags)
{
	struct idbc_migrate_req req = { .size = sizeof(req), .flags = flags, .limit = 10,
		.deadline_ns = DEADLINE };

	err = (struct idbc_error)IDBC_ERROR_INIT;
	found_free(&row);
	return driver->ops->migrate(self, &req, &row.sink, &err);
}

static void test_bulk(void)
{
	begin();
	strcpy(store_add(&from, "9", "long@example.com", "plain:Nn1")->name,
	       "a name of more than twenty letters");
	CU_ASSERT(page(0) == IDBC_OK && row.n == 3);
	UNIT_STR(outcome_of("7"), "moved");
	CU_ASSERT(!to.users[0].id[0] && !store_state(&to, "7"));
	CU_ASSERT(page(IDBC_MIGRATE_MOVE) == IDBC_OK);
	UNIT_STR(outcome_of("7"), "moved");
	UNIT_STR(outcome_of("8"), "later");
	UNIT_STR(outcome_of("9"), "conflict");
	CU_ASSERT(store_user(&to, "7") && !store_user(&to, "8") && !store_user(&to, "9"));
	CU_ASSERT(page(IDBC_MIGRATE_MOVE) == IDBC_OK);
	UNIT_STR(outcome_of("7"), "before");
	to.down = IDBC_UNAVAILABLE;
	CU_ASSERT(page(IDBC_MIGRATE_MOVE) == IDBC_UNAVAILABLE);
	end();
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "create asks both", test_create },
		{ "a new password moves in one create", test_change_password },
		{ "a current password is judged first", test_current_password },
		{ "verify moves, or stays where he is", test_verify },
		{ "addresses, there and back", test_change_email },
		{ "a delete without intents", test_delete_now },
		{ "a delete in phases", test_phases },
		{ "a delete that is decided", test_decided },
		{ "a page in bulk", test_bulk },
	};

	return unit_run("migrate_writes", tests, sizeof(tests) / sizeof(tests[0]));
}
