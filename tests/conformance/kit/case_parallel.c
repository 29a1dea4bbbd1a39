/* tests/conformance/kit/case_parallel.c - all operations at once from several threads, each with
 * users of its own and a model of them: what a thread was told must be so, then and after.
 * Threads: THREADS, or as many as the store has places for, one session each.
 */
#include "ops.h"

#define THREADS 8
#define USERS   4
#define CREATES 40              /* of a thread: the kit remembers so many users */
#define RUN_NS  INT64_C(2000000000)

struct mine {                   /* a user as the thread knows him */
	struct kit_user *user;  /* NULL: there is none */
	uint32_t password;      /* which of the two */
	int verified;           /* -1: not known */
};
struct worker {
	struct kit *kit;
	void *session;
	struct mine mine[USERS];
	unsigned creates, seed;
};
struct crowd {
	const struct kit_user *like[2];         /* the two credentials that there are */
	int tells;                              /* the store knows who is verified */
	struct worker worker[THREADS];
	unsigned n;                             /* workers */
	int64_t until;
};

static unsigned draw(struct worker *w, unsigned n)
{
	w->seed = w->seed * 1103515245u + 12345u;
	return (w->seed >> 16) % n;
}

/* 1: done.  0: others held the rows, nothing was written; the session is a new one. */
static int went(struct worker *w, int rc, const struct idbc_error *err, const char *what)
{
	kit_ask(w->kit, "%s, while others work", what);
	if (rc != IDBC_BUSY) {
		kit_want(w->kit, rc, err, IDBC_OK);
		return 1;
	}
	kit_want_effect(w->kit, err, IDBC_EFFECT_NONE);
	ops_renew(w->kit, &w->session, rc);
	return 0;
}

static void make(struct worker *w, struct crowd *crowd, struct mine *m)
{
	uint32_t password = draw(w, 2);
	struct kit_user *user;
	struct kit_rows rows;
	struct idbc_error err;

	if (w->creates == CREATES)
		return;
	w->creates++;
	user = ops_draft(w->kit, crowd->like[password]);
	kit_rows_init(w->kit, &rows);
	if (!went(w, kit_make_user(w->kit, w->session, user, &rows, &err), &err, "create"))
		return;
	ops_want_him(w->kit, &rows, user);
	*m = (struct mine){ user, password,
			    crowd->tells ? ops_flag(&rows.row[0], "email_verified") : -1 };
}

static void want_as_known(struct kit *k, const struct mine *m, const struct kit_rows *rows)
{
	int verified;

	ops_want_him(k, rows, m->user);
	verified = ops_flag(&rows->row[0], "email_verified");
	if (m->user->email.len && kit_field(&rows->row[0], "email"))
		KIT_WANT(k,
			 ops_equal(k, IDBC_BY_EMAIL, m->user->email,
				   kit_field_text(&rows->row[0], "email")),
			 "another address");
	KIT_WANT(k, m->verified < 0 || verified < 0 || verified == m->verified,
		 "email_verified is %d", verified);
}

static void look(struct worker *w, struct mine *m)
{
	uint32_t by = draw(w, 2) ? IDBC_BY_USER_ID : IDBC_BY_LOGIN;
	struct kit_rows rows;
	struct idbc_error err;

	kit_rows_init(w->kit, &rows);
	if (went(w,
		 kit_get_user(w->kit, w->session, by, kit_identifier(m->user, by), &rows, &err),
		 &err, "get_user"))
		want_as_known(w->kit, m, &rows);
}

static void log_in(struct worker *w, struct mine *m)
{
	struct kit_rows rows;
	struct idbc_error err;

	if (!went(w,
		  ops_login(w->kit, w->session, IDBC_BY_LOGIN, m->user->login,
			    m->user->password, &rows, &err),
		  &err, "login"))
		return;
	want_as_known(w->kit, m, &rows);
	for (size_t i = 0; kit_has(w->kit, KIT_STORED | KIT_HASHED) && i < rows.row[0].nparts;
	     i++)
		if (!strcmp(rows.row[0].parts[i].name, "hash"))
			KIT_WANT(w->kit, kit_same(rows.row[0].parts[i].value.u.str,
						  m->user->parts[0].value.u.str),
				 "another credential");
}

static void verify(struct worker *w, struct crowd *crowd, struct mine *m)
{
	struct idbc_error err;
	int rc;

	if (!kit_has(w->kit, KIT_VERIFY) || !m->user->email.len)
		return;
	rc = kit_verify(w->kit, w->session, IDBC_BY_USER_ID, m->user->id, m->user->email, &err);
	if (rc != IDBC_UNSUPPORTED && went(w, rc, &err, "verify"))
		m->verified = crowd->tells ? 1 : -1;
}

static void move(struct worker *w, struct crowd *crowd, struct mine *m)
{
	struct idbc_str email = kit_nobody(w->kit, IDBC_BY_EMAIL);
	struct idbc_error err;
	int rc;

	if (!kit_has(w->kit, KIT_CHANGE_EMAIL) || !m->user->email.len)
		return;
	rc = kit_change_email(w->kit, w->session, IDBC_BY_USER_ID, m->user->id, email, 0, &err);
	if (rc == IDBC_UNSUPPORTED || !went(w, rc, &err, "change_email"))
		return;
	if (kit_same(m->user->login, m->user->email))
		m->user->login = email;
	m->user->email = email;
	m->verified = crowd->tells ? 0 : -1;
}

static void change(struct worker *w, struct crowd *crowd, struct mine *m)
{
	const struct kit_user *like = crowd->like[!m->password];
	struct kit_parts none = { NULL, 0 };
	struct idbc_error err;
	int rc;

	if (!kit_has(w->kit, KIT_PASSWORD))
		return;
	rc = kit_change_password(w->kit, w->session, IDBC_BY_USER_ID, m->user->id,
				 (struct kit_parts){ like->parts, like->nparts }, none, &err);
	if (rc == IDBC_UNSUPPORTED || !went(w, rc, &err, "change_password"))
		return;
	m->password = !m->password;
	m->user->password = like->password;
	memcpy(m->user->parts, like->parts, sizeof(like->parts));
}

static void removal(struct worker *w, struct mine *m)
{
	struct idbc_error err;

	if (kit_has(w->kit, KIT_DELETE) && w->creates < CREATES &&
	    went(w, kit_delete(w->kit, w->session, m->user->id, &err), &err, "delete_user"))
		m->user = NULL;
}

static void step(struct worker *w, struct crowd *crowd)
{
	struct mine *m = &w->mine[draw(w, USERS)];

	if (!m->user) {
		make(w, crowd, m);
		return;
	}
	switch (draw(w, 8)) {
	case 0: removal(w, m); break;
	case 1: move(w, crowd, m); break;
	case 2: verify(w, crowd, m); break;
	case 3: change(w, crowd, m); break;
	case 4: case 5: look(w, m); break;
	default: log_in(w, m);
	}
}

static void work(struct kit *k, unsigned number, void *ctx)
{
	struct crowd *crowd = ctx;
	struct worker *w = &crowd->worker[number];

	w->kit = k;
	w->seed = number * 7919 + 1;
	while (kit_now_ns() < crowd->until)
		step(w, crowd);
	for (size_t i = 0; i < USERS; i++)
		if (w->mine[i].user) {
			look(w, &w->mine[i]);
			log_in(w, &w->mine[i]);
		}
}

static void mixed(struct kit *k)
{
	struct crowd *crowd = kit_keep(k, NULL, sizeof(*crowd));
	void *session[THREADS];

	for (size_t i = 0; i < 2; i++)
		crowd->like[i] = ops_draft(k, NULL);
	crowd->n = kit_connect_up_to(k, THREADS, session);
	for (size_t i = 0; i < crowd->n; i++)
		crowd->worker[i] = (struct worker){ .kit = k, .session = session[i] };
	crowd->tells = ops_tells_verified(k, crowd->worker[0].session);
	crowd->until = kit_now_ns() + RUN_NS;
	kit_threads(k, crowd->n, work, crowd);
	for (size_t i = 0; i < crowd->n; i++)
		for (size_t j = 0; j < USERS; j++)
			if (crowd->worker[i].mine[j].user)
				look(&crowd->worker[0], &crowd->worker[i].mine[j]);
}

const struct kit_case kit_parallel_cases[] = {
	{ "parallel.mixed", "eight threads with all operations: what each was told is so", KIT_CREATE,
	  mixed },
	{ NULL, NULL, 0, NULL },
};
