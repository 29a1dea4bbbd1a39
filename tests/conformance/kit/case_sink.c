/* tests/conformance/kit/case_sink.c - job: a sink that refuses, and what then is in the store;
 * writes that fail half way.
 * Threads: one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "inside.h"

/* --- refusals of reads --------------------------------------------------------------------- */
enum reading { BY_LOGIN, BY_GET_USER, BY_LIST };

static int read_as(struct kit *kit, enum reading how, void *session, struct kit_user *user,
		   struct kit_rows *rows, struct idbc_error *err)
{
	struct idbc_str password = { NULL, 0 };

	if (kit_caps(kit) & IDBC_CAP_DECIDES)
		password = user->password;
	if (how == BY_LOGIN)
		return kit_login(kit, session, IDBC_BY_LOGIN, user->login, password, rows, err);
	if (how == BY_GET_USER)
		return kit_get_user(kit, session, IDBC_BY_LOGIN, user->login, rows, err);
	return kit_list(kit, session, kit_s(""), 10, 0, rows, err);
}

static void refused(struct kit *kit, enum reading how, uint32_t what)
{
	void *session = kit_connect(kit);
	struct kit_user *user = kit_user(kit, session);
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	kit_ask(kit, "a sink that refuses");
	kit_rows_init(kit, &rows);
	rows.refuse = what;
	rc = read_as(kit, how, session, user, &rows, &err);
	if (!rows.refused && how == BY_LIST)
		kit_skip(kit, "list() reported nothing of that kind");
	kit_want(kit, rc, &err, IDBC_DRIVER);
	KIT_WANT(kit, rows.refused == 1, "it was asked %u times", rows.refused);
	KIT_WANT(kit, rows.after_refusal == 0, "%u calls of the sink after it refused",
		 rows.after_refusal);
	kit_disconnect(kit, session);
}

static void login_row(struct kit *kit) { refused(kit, BY_LOGIN, KIT_REFUSE_ROW); }
static void login_field(struct kit *kit) { refused(kit, BY_LOGIN, KIT_REFUSE_FIELD); }
static void login_credential(struct kit *kit) { refused(kit, BY_LOGIN, KIT_REFUSE_CREDENTIAL); }
static void get_user_row(struct kit *kit) { refused(kit, BY_GET_USER, KIT_REFUSE_ROW); }
static void get_user_field(struct kit *kit) { refused(kit, BY_GET_USER, KIT_REFUSE_FIELD); }
static void list_row(struct kit *kit) { refused(kit, BY_LIST, KIT_REFUSE_ROW); }

/* An older connector's sink ends before passed_over(). */
static void short_sink(struct kit *kit)
{
	void *session = kit_connect(kit);
	struct kit_user *user = kit_user(kit, session);
	struct kit_rows rows;
	struct idbc_error err;

	kit_ask(kit, "get_user() into a sink of an older connector, without passed_over()");
	kit_rows_init(kit, &rows);
	rows.sink.size = offsetof(struct idbc_sink, passed_over);
	rows.sink.passed_over = NULL;
	kit_want(kit, kit_get_user(kit, session, IDBC_BY_LOGIN, user->login, &rows, &err), &err,
		 IDBC_OK);
	kit_rows_init(kit, &rows);
	rows.sink.size = offsetof(struct idbc_sink, passed_over);
	rows.sink.passed_over = NULL;
	kit_want(kit, kit_get_user(kit, session, IDBC_BY_LOGIN, kit_nobody(kit, 0), &rows, &err),
		 &err, IDBC_NO_USER);
	kit_disconnect(kit, session);
}

/* --- refusals of a create ------------------------------------------------------------------- */
static void want_nowhere(struct kit *kit, void *session, struct kit_user *user)
{
	for (const uint32_t *by = kit_kinds(kit, user); *by != KIT_NO_KIND; by++)
		if (*by != IDBC_BY_USER_ID)
			kit_want_nobody(kit, session, *by, kit_identifier(user, *by));
}

/* The row is reported before the commit: a refusal leaves nobody. */
static void create_refused(struct kit *kit, uint32_t what)
{
	void *session = kit_connect(kit), *other = kit_connect(kit);
	struct kit_user *draft = kit_draft(kit);
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	kit_ask(kit, "create() into a sink that refuses");
	kit_rows_init(kit, &rows);
	rows.refuse = what;
	rc = kit_make_user(kit, session, draft, &rows, &err);
	kit_want(kit, rc, &err, IDBC_DRIVER);
	KIT_WANT(kit, rows.after_refusal == 0, "%u calls of the sink after it refused",
		 rows.after_refusal);
	kit_want_effect(kit, &err, IDBC_EFFECT_NONE);
	kit_disconnect(kit, session);
	kit_ask(kit, "the one who was refused");
	want_nowhere(kit, other, draft);
	kit_rows_init(kit, &rows);
	kit_want(kit, kit_make_user(kit, other, draft, &rows, &err), &err, IDBC_OK);
	kit_disconnect(kit, other);
}

static void create_row(struct kit *kit) { create_refused(kit, KIT_REFUSE_ROW); }
static void create_field(struct kit *kit) { create_refused(kit, KIT_REFUSE_FIELD); }

const struct kit_case kit_sink_cases[] = {
	{ "sink.login_row", "a refused row ends login() with DRIVER", KIT_USER, login_row },
	{ "sink.login_field", "a refused field ends login() with DRIVER", KIT_USER, login_field },
	{ "sink.login_credential", "a refused credential ends login() with DRIVER",
	  KIT_USER | KIT_STORED, login_credential },
	{ "sink.get_user_row", "a refused row ends get_user() with DRIVER", KIT_USER, get_user_row },
	{ "sink.get_user_field", "a refused field ends get_user() with DRIVER", KIT_USER,
	  get_user_field },
	{ "sink.list_row", "a refused row ends list() with DRIVER", KIT_USER | KIT_LIST, list_row },
	{ "sink.short", "a sink of an older connector is not read past its end", KIT_USER,
	  short_sink },
	{ "sink.create_row", "a create() whose row is refused leaves nobody", KIT_CREATE,
	  create_row },
	{ "sink.create_field", "a create() whose field is refused leaves nobody", KIT_CREATE,
	  create_field },
	{ NULL, NULL, 0, NULL },
};

/* --- all or nothing --------------------------------------------------------------------------- */
static int disagree(void *ctx)
{
	++*(int *)ctx;
	return 42;
}

static void snapshot(struct kit *kit, void *session, struct kit_user *user, struct kit_rows *rows)
{
	struct idbc_error err;
	struct idbc_str password = { NULL, 0 };

	if (kit_caps(kit) & IDBC_CAP_DECIDES)
		password = user->password;
	kit_rows_init(kit, rows);
	kit_want(kit, kit_login(kit, session, IDBC_BY_LOGIN, user->login, password, rows, &err),
		 &err, IDBC_OK);
	KIT_WANT(kit, rows->n == 1, "%zu rows", rows->n);
}

static void same_credential(struct kit *kit, const struct kit_row *a, const struct kit_row *b)
{
	KIT_WANT(kit, a->nparts == b->nparts, "%zu parts, then %zu", a->nparts, b->nparts);
	for (size_t i = 0; i < a->nparts; i++)
		KIT_WANT(kit, kit_value_same(&a->parts[i].value, &b->parts[i].value),
			 "part \"%s\" of the credential has changed", a->parts[i].name);
}

static void agree_refused(struct kit *kit)
{
	void *session = kit_connect(kit), *other = kit_connect(kit);
	struct kit_user *user = kit_user(kit, session);
	struct kit_rows before, after;
	int called = 0;
	struct kit_delete how = { .phase = IDBC_DELETE_NOW, .id = user->id, .agree = disagree,
				  .ctx = &called };
	struct idbc_error err;

	snapshot(kit, other, user, &before);
	kit_ask(kit, "delete_user() that agree() refuses with 42");
	kit_want(kit, kit_delete_as(kit, session, &how, &err), &err, IDBC_CANCELLED);
	KIT_WANT(kit, called == 1, "agree() was called %d times", called);
	KIT_WANT(kit, err.native == 42, "err->native is %d", err.native);
	kit_want_effect(kit, &err, IDBC_EFFECT_NONE);
	snapshot(kit, other, user, &after);
	kit_want_same_row(kit, &after.row[0], &before.row[0]);
	same_credential(kit, &after.row[0], &before.row[0]);
	kit_disconnect(kit, session);
	kit_disconnect(kit, other);
}

#define DIED 31

/* The session is lost between the statements: nobody said commit. */
static int die(void *ctx)
{
	(void)ctx;
	_exit(DIED);
}

/* In a process of its own, by a session that it connects itself. */
static int dies_deleting(struct kit *kit, struct idbc_str id)
{
	struct kit_delete how = { .phase = IDBC_DELETE_NOW, .id = id, .agree = die };
	pid_t child = fork();
	struct idbc_error err;
	int status = 0;

	if (!child) {
		kit_delete_as(kit, kit_connect(kit), &how, &err);
		_exit(1);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		kit_fail(kit, "a process that ends", "status 0x%x", (unsigned)status);
	return WEXITSTATUS(status);
}

static void died_before_commit(struct kit *kit)
{
	void *session = kit_connect(kit);
	struct kit_user *user = kit_user(kit, session);
	int status;

	kit_ask(kit, "a process that ends in agree(), before the commit of its delete_user()");
	status = dies_deleting(kit, user->id);
	KIT_WANT(kit, status == DIED, "it ended with %d: agree() was not called", status);
	kit_disconnect(kit, session);
	session = kit_connect(kit);
	kit_want_found(kit, session, IDBC_BY_LOGIN, user->login, user->id);
	kit_want_found(kit, session, IDBC_BY_USER_ID, user->id, user->id);
	kit_disconnect(kit, session);
}

/* --- a second statement that fails ----------------------------------------------------------------- */
int kit_break(struct kit *kit)
{
	if (!kit->run->quirks.break_it)
		return 0;
	if (child_command(kit->run, kit->run->quirks.break_it))
		kit_fail(kit, "the quirks' command \"break\"", "it failed");
	return 1;
}

void kit_mend(struct kit *kit)
{
	if (child_command(kit->run, kit->run->quirks.mend))
		kit_fail(kit, "the quirks' command \"mend\"", "it failed");
}

static void broken_create(struct kit *kit)
{
	struct kit_user *draft = kit_draft(kit);
	void *session = kit_connect(kit);
	struct kit_rows rows;
	struct idbc_error err;
	int rc;

	kit_credential(kit, draft, draft->password);
	if (!kit_break(kit))
		kit_skip(kit, "the quirks have no \"break\"");
	kit_ask(kit, "create() whose second statement fails");
	kit_rows_init(kit, &rows);
	rc = kit_make_user(kit, session, draft, &rows, &err);
	kit_mend(kit);
	KIT_WANT(kit, rc != IDBC_OK, "create() said OK: \"break\" breaks nothing");
	kit_want_effect(kit, &err, IDBC_EFFECT_NONE);
	kit_disconnect(kit, session);
	session = kit_connect(kit);
	kit_want_nobody(kit, session, IDBC_BY_LOGIN, draft->login);
	kit_rows_init(kit, &rows);
	kit_want(kit, kit_make_user(kit, session, draft, &rows, &err), &err, IDBC_OK);
	kit_disconnect(kit, session);
}

static void broken_delete(struct kit *kit)
{
	void *session = kit_connect(kit);
	struct kit_user *user = kit_user(kit, session);
	struct kit_rows before, after;
	struct idbc_error err;
	int rc;

	snapshot(kit, session, user, &before);
	if (!kit_break(kit))
		kit_skip(kit, "the quirks have no \"break\"");
	kit_ask(kit, "delete_user() whose second statement fails");
	rc = kit_delete(kit, session, user->id, &err);
	kit_mend(kit);
	if (rc == IDBC_OK)
		kit_skip(kit, "\"break\" does not break a delete");
	kit_want_effect(kit, &err, IDBC_EFFECT_NONE);
	kit_disconnect(kit, session);
	session = kit_connect(kit);
	snapshot(kit, session, user, &after);
	kit_want_same_row(kit, &after.row[0], &before.row[0]);
	same_credential(kit, &after.row[0], &before.row[0]);
	kit_disconnect(kit, session);
}

const struct kit_case kit_atomic_cases[] = {
	{ "atomic.agree_refused", "a delete that agree() refuses leaves the user as he was",
	  KIT_CREATE | KIT_DELETE, agree_refused },
	{ "atomic.died_before_commit", "a delete that did not commit did nothing",
	  KIT_CREATE | KIT_DELETE | KIT_TRANSACTIONS, died_before_commit },
	{ "atomic.create", "a create() whose second statement fails leaves nothing",
	  KIT_CREATE | KIT_TRANSACTIONS, broken_create },
	{ "atomic.delete_user", "a delete whose second statement fails leaves the user as he was",
	  KIT_CREATE | KIT_DELETE | KIT_TRANSACTIONS, broken_delete },
	{ NULL, NULL, 0, NULL },
};
