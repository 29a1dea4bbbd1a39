/* tests/host/chaos/user.c - what a user does, and whether each answer fits what the ones before said.
 * Threads: the user's.
 */
#include "chaos.h"

static void expect(struct person *p, int good, const char *why)
{
	if (good || atomic_fetch_add(&chaos.wrong, 1) > 4)
		return;
	fprintf(stderr, "%s: %s; the calls before:\n", p->name, why);
	for (unsigned i = p->nlines > LINES ? p->nlines - LINES : 0; i < p->nlines; i++)
		fprintf(stderr, "  %s\n", p->lines[i % LINES]);
}

/* Failures that a store in trouble may give. */
static int is_trouble(struct person *p, const struct answer *a)
{
	expect(p, a->rc == IDBC_UNAVAILABLE || a->rc == IDBC_TIMEOUT || a->rc == IDBC_BUSY ||
	       a->rc == IDBC_CANCELLED, "a status that no trouble of a server explains");
	return 1;
}

static void password_of(const struct person *p, int serial, char out[64])
{
	snprintf(out, 64, "Qv-%s-%d", p->name, serial);
}

static void email_of(const struct person *p, int serial, char out[64])
{
	snprintf(out, 64, "%s.%d@example.com", p->name, serial);
}

static int any_of(struct worker *w, const struct maybe *set)
{
	return set->value[(unsigned)rand_r(&w->seed) % (unsigned)set->n];
}

static void do_login(struct worker *w, struct person *p, int right)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	int serial = any_of(w, &p->password);
	struct answer a;
	char password[64];

	password_of(p, right ? serial : -1, password);
	req.kind = IDBC_LOGIN;
	req.value = p->name;
	req.password = password;
	call_make(w, p, &req, right ? "login" : "login with a wrong password", &a);
	if (a.rc == IDBC_OK) {
		expect(p, right, "a wrong password was taken");
		expect(p, maybe_seen(&p->exists, 1, a.began_ns), "a deleted user logged in");
		expect(p, maybe_seen(&p->password, serial, a.began_ns), "an old password was taken");
	} else if (a.rc == IDBC_DENIED) {
		if (right && !maybe_has(&p->exists, 0))
			expect(p, maybe_unseen(&p->password, serial, a.began_ns), "the password was refused");
	} else {
		is_trouble(p, &a);
	}
}

static void do_get(struct worker *w, struct person *p)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct answer a;
	int serial = -1;

	req.kind = IDBC_GET_USER;
	req.by = IDBC_BY_USERNAME;
	req.value = p->name;
	call_make(w, p, &req, "getUser", &a);
	if (a.rc == IDBC_OK) {
		sscanf(a.email, "%*[^.].%d@", &serial);
		expect(p, maybe_seen(&p->exists, 1, a.began_ns), "a deleted user was found");
		expect(p, maybe_seen(&p->email, serial, a.began_ns), a.email);
		chaos_copy(p->user_id, sizeof(p->user_id), a.user_id);
	} else if (a.rc == IDBC_NO_USER) {
		expect(p, maybe_unseen(&p->exists, 1, a.began_ns), "a user who is there was not found");
		maybe_seen(&p->exists, 0, a.began_ns);
	} else {
		is_trouble(p, &a);
	}
}

/* What a write said of itself, for one thing of the user. */
static void written(struct person *p, struct maybe *set, int value, const struct answer *a)
{
	if (a->rc == IDBC_OK || a->effect == IDBC_EFFECT_APPLIED)
		maybe_wrote(set, value, a->began_ns);
	else if (a->effect == IDBC_EFFECT_UNKNOWN)
		maybe_add(set, value, chaos_now_ns() + RIPE_NS);
	if (a->rc == IDBC_NO_USER) {
		expect(p, maybe_unseen(&p->exists, 1, a->began_ns), "no such user");
		maybe_seen(&p->exists, 0, a->began_ns);
	} else if (a->rc != IDBC_OK) {
		is_trouble(p, a);
	}
}

static void do_change(struct worker *w, struct person *p, uint32_t kind)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	int serial = ++p->serial, is_email = kind == IDBC_CHANGE_EMAIL;
	struct answer a;
	char text[64];

	(is_email ? email_of : password_of)(p, serial, text);
	req.kind = kind;
	req.by = IDBC_BY_USERNAME;
	req.value = p->name;
	if (is_email)
		req.email = text;
	else
		req.password = text;
	call_make(w, p, &req, is_email ? "changeEmail" : "changePassword", &a);
	written(p, is_email ? &p->email : &p->password, serial, &a);
}

static void do_delete(struct worker *w, struct person *p)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct answer a;

	req.kind = IDBC_DELETE_USER;
	req.value = p->user_id;
	call_make(w, p, &req, "deleteUser", &a);
	written(p, &p->exists, 0, &a);
}

/* Only where he is surely gone: nothing of the one before may come back. */
static void do_create(struct worker *w, struct person *p)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL;
	int serial = ++p->serial;
	struct answer a;
	char password[64], email[64], json[200];

	password_of(p, serial, password);
	email_of(p, serial, email);
	snprintf(json, sizeof(json), "{\"username\":\"%s\",\"email\":\"%s\"}", p->name, email);
	if (idbc_profile_parse(json, &user, &err) != IDBC_OK)
		exit(1);
	req.kind = IDBC_CREATE;
	req.user = user;
	req.password = password;
	maybe_only(&p->password, serial);
	maybe_only(&p->email, serial);
	call_make(w, p, &req, "create", &a);
	written(p, &p->exists, 1, &a);
	if (a.rc == IDBC_OK)
		chaos_copy(p->user_id, sizeof(p->user_id), a.user_id);
	idbc_profile_free(user);
}

void user_step(struct worker *w, struct person *p)
{
	int dice = rand_r(&w->seed) % 100;

	if (p->exists.n == 1 && !maybe_has(&p->exists, 1))
		do_create(w, p);
	else if (p->exists.n > 1 && dice < 50)
		do_get(w, p);
	else if (dice < 45)
		do_login(w, p, 1);
	else if (dice < 55)
		do_login(w, p, 0);
	else if (dice < 70)
		do_get(w, p);
	else if (dice < 82)
		do_change(w, p, IDBC_CHANGE_PASSWORD);
	else if (dice < 93)
		do_change(w, p, IDBC_CHANGE_EMAIL);
	else if (p->exists.n == 1 && p->user_id[0])
		do_delete(w, p);
}

void users_come(unsigned seed)
{
	for (int i = 0; i < THREADS; i++) {
		chaos.workers[i].seed = seed + (unsigned)i * 7919;
		for (int k = 0; k < PEOPLE; k++) {
			struct person *p = &chaos.workers[i].people[k];

			snprintf(p->name, sizeof(p->name), "c%dp%d", i, k);
			maybe_only(&p->exists, 0);
			while (!maybe_has(&p->exists, 1) || p->exists.n > 1)
				if (maybe_has(&p->exists, 1))
					do_get(&chaos.workers[i], p);
				else
					do_create(&chaos.workers[i], p);
		}
	}
}

/* The server is well: now he is one thing or the other, and who he is is known whole. */
void user_settle(struct worker *w, struct person *p, int *there)
{
	int64_t until_ns = chaos_now_ns() + INT64_C(60000000000);

	while ((p->exists.n > 1 || p->email.n > 1) && chaos_now_ns() < until_ns && maybe_has(&p->exists, 1))
		do_get(w, p);
	if (!maybe_has(&p->exists, 1))
		return;
	while (p->password.n > 1 && chaos_now_ns() < until_ns)
		do_login(w, p, 1);
	expect(p, p->exists.n == 1 && p->email.n == 1 && p->password.n == 1, "never settled");
	do_login(w, p, 1);
	do_get(w, p);
	++*there;
}
