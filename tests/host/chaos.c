/* tests/host/chaos.c - threads that log in, change, delete and create users of their own, by
 * both ways in, while somebody outside ends, stops, cuts and delays the server; and whether
 * each answer fits what the ones before said: none wrong, none lost, none twice, none late.
 * Meanwhile the process forks, and opens and closes another connection to the same server;
 * in the end it holds no more than it did before.
 *
 * usage: chaos LABEL CONFIG OTHER-CONFIG SECONDS SEED   says "calm" in the end and waits for a
 * line: the server is well again, and when it became so before (nanoseconds).  A user is one
 * thread's; so what he may be is known but for what ended with effect UNKNOWN, which may come
 * true for some seconds more.
 */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "host.h"

#define THREADS   6
#define PEOPLE    6                     /* of each thread */
#define MAYBE     32
#define LINES     24
#define RIPE_NS   INT64_C(8000000000)   /* by then a write in doubt has happened, or never will */
#define LATE_MS   50
#define LOST_MS   5000u                 /* after the deadline: no completion will come */
#define GUESTS    8                     /* calls submitted to what is about to be closed */
#define CLOSE_MS  3000                  /* a close may take its grace and so long */
#define MANY      96                    /* descriptors or threads: more than the pools explain */
#define LEAK      (192u << 10)
#define SLOT_NS   INT64_C(10000000)
#define SLOTS     120000                /* twenty minutes */
#define SAID      512
#define SLOW_MS   1500                  /* to recover in, beside the wait for who asks again */

/* What one thing of a user may be, as numbers; `ripe_ns`: from when on it is now or never. */
struct maybe {
	int value[MAYBE];
	int64_t ripe_ns[MAYBE];
	int n;
};
struct person {
	char name[32], user_id[96];
	struct maybe exists, password, email;
	int serial;
	char lines[LINES][280];
	unsigned nlines;
};
struct answer {
	int rc;
	uint32_t effect;
	char email[96], user_id[96], text[120];
	int64_t began_ns;
};
struct op {
	pthread_mutex_t lock;
	pthread_cond_t told;
	int completions;
	struct answer answer;
	struct op *next;
};
struct worker {
	pthread_t thread;
	unsigned seed;
	struct person people[PEOPLE];
	struct op *ops;                 /* all of them, until the end */
};

static struct idbc *store;
static struct worker workers[THREADS];
static _Atomic int64_t end_ns;
static _Atomic int64_t calls, accepted, refused, late, very_late, lost, twice, wrong, unknown, passed;
static _Atomic int64_t stall_ns[4096];  /* by 100 ms: how late a sleeper woke */
static _Atomic int64_t forks, bad_forks, closes, slow_closes, bad_closes;
static _Atomic size_t most_descriptors, most_threads;
static _Atomic unsigned char good[SLOTS];       /* by SLOT_NS: somebody was answered */
static int64_t origin_ns;
static struct { int64_t at_ns; char text[160]; } said[SAID];
static _Atomic unsigned nsaid;

static int64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void sleep_ms(int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* --- what may be ---------------------------------------------------------------------- */
static int has(const struct maybe *set, int value)
{
	for (int i = 0; i < set->n; i++)
		if (set->value[i] == value)
			return 1;
	return 0;
}

static void drop_at(struct maybe *set, int i)
{
	set->n--;
	set->value[i] = set->value[set->n];
	set->ripe_ns[i] = set->ripe_ns[set->n];
}

static void add(struct maybe *set, int value, int64_t ripe_ns)
{
	for (int i = 0; i < set->n; i++)
		if (set->value[i] == value) {
			set->ripe_ns[i] = ripe_ns > set->ripe_ns[i] ? ripe_ns : set->ripe_ns[i];
			return;
		}
	if (set->n == MAYBE)
		return;
	set->value[set->n] = value;
	set->ripe_ns[set->n++] = ripe_ns;
}

/* Seen to be so at `when_ns`: what was ripe before and is something else is not. */
static int seen(struct maybe *set, int value, int64_t when_ns)
{
	int expected = has(set, value);

	for (int i = set->n - 1; i >= 0; i--)
		if (set->value[i] != value && set->ripe_ns[i] < when_ns)
			drop_at(set, i);
	if (!expected)
		add(set, value, 0);
	return expected;
}

static void wrote(struct maybe *set, int value, int64_t when_ns)
{
	add(set, value, 0);
	seen(set, value, when_ns);
}

/* Seen not to be so. */
static int unseen(struct maybe *set, int value, int64_t when_ns)
{
	if (set->n == 1 && set->value[0] == value)
		return 0;
	for (int i = 0; i < set->n; i++)
		if (set->value[i] == value && set->ripe_ns[i] < when_ns) {
			drop_at(set, i);
			break;
		}
	return 1;
}

static void only(struct maybe *set, int value)
{
	set->n = 0;
	add(set, value, 0);
}

/* --- one call ------------------------------------------------------------------------- */
static void copy(char *out, size_t cap, const char *from)
{
	snprintf(out, cap, "%.*s", (int)cap - 1, from ? from : "");
}

static void take(struct answer *out, int rc, struct idbc_profile *user, const struct idbc_error *err)
{
	out->rc = rc;
	out->effect = rc == IDBC_OK ? IDBC_EFFECT_APPLIED : err->effect;
	copy(out->text, sizeof(out->text), rc == IDBC_OK ? NULL : err->text);
	copy(out->email, sizeof(out->email), user ? idbc_profile_get(user, "email") : NULL);
	copy(out->user_id, sizeof(out->user_id), user ? idbc_profile_get(user, "user_id") : NULL);
}

static void done(int status, struct idbc_profile *user, const struct idbc_error *err, void *arg)
{
	struct op *op = arg;

	pthread_mutex_lock(&op->lock);
	if (op->completions++ == 0)
		take(&op->answer, status, user, err);
	pthread_cond_signal(&op->told);
	pthread_mutex_unlock(&op->lock);
	idbc_profile_free(user);
}

static struct op *op_new(struct worker *w)
{
	struct op *op = calloc(1, sizeof(*op));
	pthread_condattr_t attr;

	if (!op)
		exit(1);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&op->lock, NULL);
	pthread_cond_init(&op->told, &attr);
	pthread_condattr_destroy(&attr);
	op->next = w->ops;
	w->ops = op;
	return op;
}

static int wait_for(struct op *op, int64_t until_ns)
{
	struct timespec until = { until_ns / 1000000000, until_ns % 1000000000 };
	int told;

	pthread_mutex_lock(&op->lock);
	while (!op->completions && now_ns() < until_ns)
		pthread_cond_timedwait(&op->told, &op->lock, &until);
	told = op->completions;
	pthread_mutex_unlock(&op->lock);
	return told;
}

/* One of twenty is called off somewhere on the way. */
static void submit(struct worker *w, const struct idbc_request *req, struct answer *out)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct op *op = op_new(w);
	struct idbc_op *handle = NULL;
	int64_t began_ns = now_ns();
	int rc = idbc_submit(store, req, done, op, &handle, &err);

	if (rc != IDBC_OK) {
		atomic_fetch_add(&refused, 1);
		take(out, rc, NULL, &err);
		w->ops = op->next;
		free(op);
		return;
	}
	atomic_fetch_add(&accepted, 1);
	if (rand_r(&w->seed) % 20 == 0 && !wait_for(op, began_ns + rand_r(&w->seed) % 4000000))
		idbc_op_cancel(handle);
	if (wait_for(op, began_ns + (req->timeout_ms + LOST_MS) * INT64_C(1000000))) {
		int64_t kept_ns = out->began_ns;

		*out = op->answer;
		out->began_ns = kept_ns;
	} else {
		atomic_fetch_add(&lost, 1);
		out->rc = IDBC_TIMEOUT;
		out->effect = IDBC_EFFECT_UNKNOWN;
	}
	idbc_op_release(handle);
}

static void ask(const struct idbc_request *req, struct answer *out)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_profile *user = NULL;
	int rc = idbc_call(store, req, &user, &err);

	take(out, rc, user, &err);
	idbc_profile_free(user);
}

/* How late the machine itself was meanwhile. */
static int64_t stalled_ms(int64_t from_ns, int64_t to_ns)
{
	int64_t worst = 0;

	for (int64_t slot = from_ns / 100000000; slot <= to_ns / 100000000; slot++)
		if (atomic_load(&stall_ns[slot % 4096]) > worst)
			worst = atomic_load(&stall_ns[slot % 4096]);
	return worst / 1000000;
}

static void call(struct worker *w, struct person *p, struct idbc_request *req, const char *what,
		 struct answer *out)
{
	static const uint32_t timeouts[] = { 300, 700, 1500, 3000 };
	int async = rand_r(&w->seed) % 2;
	int64_t began_ns = now_ns(), took_ms, over_ms;

	req->timeout_ms = timeouts[rand_r(&w->seed) % 4];
	*out = (struct answer){ .began_ns = began_ns };
	if (async)
		submit(w, req, out);
	else
		ask(req, out);
	took_ms = (now_ns() - began_ns) / 1000000;
	over_ms = took_ms - req->timeout_ms - stalled_ms(began_ns, now_ns());
	atomic_fetch_add(&calls, 1);
	atomic_fetch_add(&passed, out->rc == IDBC_OK || IDBC_STATUS_CLASS(out->rc) == 1);
	if (out->rc == IDBC_OK)
		atomic_store(&good[(now_ns() - origin_ns) / SLOT_NS % SLOTS], 1);
	atomic_fetch_add(&unknown, out->rc != IDBC_OK && out->effect == IDBC_EFFECT_UNKNOWN);
	atomic_fetch_add(&late, over_ms > LATE_MS);
	atomic_fetch_add(&very_late, over_ms > 20 * LATE_MS);
	snprintf(p->lines[p->nlines++ % LINES], sizeof(p->lines[0]), "%s%s: %s %s, %lld of %u ms %s",
		 what, async ? ", submitted" : "", idbc_status_name((uint32_t)out->rc),
		 idbc_effect_name(out->effect), (long long)took_ms, req->timeout_ms, out->text);
	if (out->rc == IDBC_UNAVAILABLE)
		sleep_ms(20);           /* as any host would */
	if (over_ms > LATE_MS)
		fprintf(stderr, "%s late: %s\n", p->name, p->lines[(p->nlines - 1) % LINES]);
}

static void expect(struct person *p, int good, const char *why)
{
	if (good || atomic_fetch_add(&wrong, 1) > 4)
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

/* --- what a user does ------------------------------------------------------------------- */
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
	call(w, p, &req, right ? "login" : "login with a wrong password", &a);
	if (a.rc == IDBC_OK) {
		expect(p, right, "a wrong password was taken");
		expect(p, seen(&p->exists, 1, a.began_ns), "a deleted user logged in");
		expect(p, seen(&p->password, serial, a.began_ns), "an old password was taken");
	} else if (a.rc == IDBC_DENIED) {
		if (right && !has(&p->exists, 0))
			expect(p, unseen(&p->password, serial, a.began_ns), "the password was refused");
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
	call(w, p, &req, "getUser", &a);
	if (a.rc == IDBC_OK) {
		sscanf(a.email, "%*[^.].%d@", &serial);
		expect(p, seen(&p->exists, 1, a.began_ns), "a deleted user was found");
		expect(p, seen(&p->email, serial, a.began_ns), a.email);
		copy(p->user_id, sizeof(p->user_id), a.user_id);
	} else if (a.rc == IDBC_NO_USER) {
		expect(p, unseen(&p->exists, 1, a.began_ns), "a user who is there was not found");
		seen(&p->exists, 0, a.began_ns);
	} else {
		is_trouble(p, &a);
	}
}

/* What a write said of itself, for one thing of the user. */
static void written(struct person *p, struct maybe *set, int value, const struct answer *a)
{
	if (a->rc == IDBC_OK || a->effect == IDBC_EFFECT_APPLIED)
		wrote(set, value, a->began_ns);
	else if (a->effect == IDBC_EFFECT_UNKNOWN)
		add(set, value, now_ns() + RIPE_NS);
	if (a->rc == IDBC_NO_USER) {
		expect(p, unseen(&p->exists, 1, a->began_ns), "no such user");
		seen(&p->exists, 0, a->began_ns);
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
	call(w, p, &req, is_email ? "changeEmail" : "changePassword", &a);
	written(p, is_email ? &p->email : &p->password, serial, &a);
}

static void do_delete(struct worker *w, struct person *p)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct answer a;

	req.kind = IDBC_DELETE_USER;
	req.value = p->user_id;
	call(w, p, &req, "deleteUser", &a);
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
	only(&p->password, serial);
	only(&p->email, serial);
	call(w, p, &req, "create", &a);
	written(p, &p->exists, 1, &a);
	if (a.rc == IDBC_OK)
		copy(p->user_id, sizeof(p->user_id), a.user_id);
	idbc_profile_free(user);
}

static void step(struct worker *w, struct person *p)
{
	int dice = rand_r(&w->seed) % 100;

	if (p->exists.n == 1 && !has(&p->exists, 1))
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

static void *work(void *arg)
{
	struct worker *w = arg;

	while (now_ns() < end_ns)
		step(w, &w->people[rand_r(&w->seed) % PEOPLE]);
	return NULL;
}

static void more(_Atomic size_t *most, size_t now)
{
	if (now > atomic_load(most))
		atomic_store(most, now);
}

/* How late this machine wakes somebody who sleeps: no fault of ours. */
static void *sleeper(void *unused)
{
	while (now_ns() < end_ns + INT64_C(5000000000)) {
		int64_t began_ns = now_ns(), over_ns;
		_Atomic int64_t *slot;

		sleep_ms(5);
		over_ns = now_ns() - began_ns - 5000000;
		slot = &stall_ns[now_ns() / 100000000 % 4096];
		if (over_ns > atomic_load(slot))
			atomic_store(slot, over_ns);
	}
	return unused;
}

/* --- what else a host does meanwhile ----------------------------------------------------- */
static int child(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_profile *user = NULL;

	alarm(20);
	req.kind = IDBC_GET_USER;
	req.by = IDBC_BY_USERNAME;
	req.value = "c0p0";
	if (idbc_call(store, &req, &user, &err) != IDBC_FORKED)
		return 1;
	if (idbc_submit(store, &req, done, NULL, NULL, &err) != IDBC_FORKED)
		return 2;
	return idbc_close(store, 0) == IDBC_OK ? 0 : 3;
}

static void *forker(void *unused)
{
	while (now_ns() < end_ns) {
		pid_t pid = fork();
		int status = -1;

		if (pid == 0)
			_exit(child());
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status) {
			fprintf(stderr, "a child ended with %d\n", status);
			atomic_fetch_add(&bad_forks, 1);
		}
		atomic_fetch_add(&forks, 1);
		more(&most_descriptors, host_descriptors());
		more(&most_threads, host_threads());
		sleep_ms(400);
	}
	return unused;
}

static void count_done(int status, struct idbc_profile *user, const struct idbc_error *err, void *arg)
{
	(void)status;
	(void)err;
	atomic_fetch_add((_Atomic int *)arg, 1);
	idbc_profile_free(user);
}

/* Nobody is told after the close, everybody before. */
static void visit(struct idbc *other, unsigned *seed)
{
	struct idbc_request req = IDBC_REQUEST_INIT;
	struct idbc_error err = IDBC_ERROR_INIT;
	static _Atomic int told[GUESTS];
	uint32_t grace_ms = (uint32_t)rand_r(seed) % 300;
	int taken[GUESTS], fits = 1;
	int64_t began_ns, took_ms;

	req.kind = IDBC_LOGIN;
	req.value = "nobody-here";
	req.password = "Qv-nobody";
	req.timeout_ms = 1000;
	for (int i = 0; i < GUESTS; i++) {
		atomic_store(&told[i], 0);
		taken[i] = idbc_submit(other, &req, count_done, &told[i], NULL, &err) == IDBC_OK;
	}
	sleep_ms(rand_r(seed) % 400);
	began_ns = now_ns();
	fits = idbc_close(other, grace_ms) == IDBC_OK;
	took_ms = (now_ns() - began_ns) / 1000000 - stalled_ms(began_ns, now_ns());
	for (int i = 0; i < GUESTS; i++)
		fits &= atomic_load(&told[i]) == taken[i];
	atomic_fetch_add(&closes, 1);
	atomic_fetch_add(&bad_closes, !fits);
	atomic_fetch_add(&slow_closes, took_ms > grace_ms + CLOSE_MS);
	if (took_ms > grace_ms + CLOSE_MS)
		fprintf(stderr, "a close took %lld ms with %u of grace\n", (long long)took_ms, grace_ms);
}

static void *visitor(void *config)
{
	unsigned seed = 4711;

	while (now_ns() < end_ns) {
		visit(host_open(config), &seed);
		sleep_ms(rand_r(&seed) % 700);
	}
	return NULL;
}

/* --- before and after ---------------------------------------------------------------------- */
static void everybody_comes(unsigned seed)
{
	for (int i = 0; i < THREADS; i++) {
		workers[i].seed = seed + (unsigned)i * 7919;
		for (int k = 0; k < PEOPLE; k++) {
			struct person *p = &workers[i].people[k];

			snprintf(p->name, sizeof(p->name), "c%dp%d", i, k);
			only(&p->exists, 0);
			while (!has(&p->exists, 1) || p->exists.n > 1)
				if (has(&p->exists, 1))
					do_get(&workers[i], p);
				else
					do_create(&workers[i], p);
		}
	}
}

/* The server is well: now he is one thing or the other, and who he is is known whole. */
static void settle(struct worker *w, struct person *p, int *there)
{
	int64_t until_ns = now_ns() + INT64_C(60000000000);

	while ((p->exists.n > 1 || p->email.n > 1) && now_ns() < until_ns && has(&p->exists, 1))
		do_get(w, p);
	if (!has(&p->exists, 1))
		return;
	while (p->password.n > 1 && now_ns() < until_ns)
		do_login(w, p, 1);
	expect(p, p->exists.n == 1 && p->email.n == 1 && p->password.n == 1, "never settled");
	do_login(w, p, 1);
	do_get(w, p);
	++*there;
}

static void count_ops(void)
{
	for (int i = 0; i < THREADS; i++)
		for (struct op *op = workers[i].ops, *next; op; op = next) {
			next = op->next;
			atomic_fetch_add(&twice, op->completions > 1);
			free(op);
		}
}

static void report(int there)
{
	printf("# %lld calls, %lld answered, %lld submitted, %lld refused early, %lld in doubt, "
	       "%lld late\n", (long long)calls, (long long)passed, (long long)accepted,
	       (long long)refused, (long long)unknown, (long long)late);
	printf("# %lld forks, %lld closes, at most %zu descriptors and %zu threads\n", (long long)forks,
	       (long long)closes, most_descriptors, most_threads);
	printf("there %d\n", there);
	host_says(!wrong, "none-wrong", "%lld answers that cannot be", (long long)wrong);
	host_says(!lost && !twice, "each-once", "%lld never told, %lld twice", (long long)lost,
		  (long long)twice);
	host_says(!very_late && late <= calls / 200, "in-time", "%lld of %lld late, %lld by a second",
		  (long long)late, (long long)calls, (long long)very_late);
	host_says(passed > calls / 10 && accepted > 0, "busy", "%lld of %lld calls were answered",
		  (long long)passed, (long long)calls);
	host_says(forks && !bad_forks, "forks", "%lld of %lld", (long long)bad_forks, (long long)forks);
	host_says(closes && !bad_closes && !slow_closes, "closes", "%lld of %lld told wrongly, %lld slow",
		  (long long)bad_closes, (long long)closes, (long long)slow_closes);
}

/* What is held with no connection open; threads that are on their way out are waited for. */
struct held {
	size_t descriptors, threads, memory;
};

static struct held hold(const struct held *limit)
{
	struct held now;

	for (int i = 0; ; i++) {
		now = (struct held){ host_descriptors(), host_threads(), host_memory() };
		if (!limit || i == 150 || (now.threads <= limit->threads &&
					   now.descriptors <= limit->descriptors))
			return now;
		sleep_ms(100);
	}
}

static void compare(const struct held *before, const struct held *after)
{
	printf("# held: descriptors %zu, %zu; threads %zu, %zu; KiB %zu, %zu\n", before->descriptors,
	       after->descriptors, before->threads, after->threads, before->memory >> 10,
	       after->memory >> 10);
	host_says(after->descriptors <= before->descriptors && after->threads <= before->threads &&
		  after->memory <= before->memory + LEAK && most_descriptors < MANY &&
		  most_threads < MANY, "holds-nothing", "descriptors %zu, %zu, threads %zu, %zu, bytes %zu, %zu",
		  before->descriptors, after->descriptors, before->threads, after->threads,
		  before->memory, after->memory);
}

/* Warnings, and that the store is back. */
static void hear(void *ctx, uint32_t level, uint32_t op, uint64_t op_id, const char *origin,
		 const char *text)
{
	unsigned at;

	(void)ctx;
	(void)origin;
	(void)op;
	(void)op_id;
	if (level > IDBC_LOG_INFO)
		return;
	at = atomic_fetch_add(&nsaid, 1) % SAID;
	said[at].at_ns = now_ns();
	copy(said[at].text, sizeof(said[at].text), text);
}

static void tell_slow(int64_t at_ns, int64_t ms)
{
	for (unsigned i = nsaid > SAID ? nsaid - SAID : 0; i < nsaid; i++) {
		int64_t after_ms = (said[i % SAID].at_ns - at_ns) / 1000000;

		if (after_ms > -8000 && after_ms <= ms + 100)
			fprintf(stderr, "%+8lld ms: %s\n", (long long)after_ms, said[i % SAID].text);
	}
	fprintf(stderr, "%+8lld ms: the first answer\n", (long long)ms);
}

static int64_t slot_of(int64_t ns)
{
	int64_t slot = (ns - origin_ns) / SLOT_NS;

	return slot < 0 ? 0 : slot < SLOTS ? slot : SLOTS - 1;
}

/* From `at_ns`, when all was well, to the first good answer.  Who asks a store again waits about
 * as long as it has been down.  -1: the next trouble came before; -2: it should have come. */
static int64_t recovery_ms(int64_t at_ns, int64_t until_ns)
{
	int64_t first = slot_of(at_ns) + 1, last = slot_of(at_ns), limit_ms, ms;

	while (first < slot_of(until_ns) && !atomic_load(&good[first]))
		first++;
	while (last > 0 && !atomic_load(&good[last]))
		last--;
	limit_ms = SLOW_MS + 1000 + (slot_of(at_ns) - last) * SLOT_NS / 1000000;
	ms = first * SLOT_NS / 1000000 - (at_ns - origin_ns) / 1000000;
	if (ms > limit_ms) {
		tell_slow(at_ns, ms);
		return -2;
	}
	return first < slot_of(until_ns) ? ms : -1;
}

/* `line`: pairs of times, nanoseconds. */
static void tell_recoveries(char *line)
{
	int64_t at_ns, until_ns;
	char *end;

	fputs("back", stdout);
	while ((at_ns = strtoll(line, &end, 10)) != 0) {
		until_ns = strtoll(end, &line, 10);
		printf(" %lld", (long long)recovery_ms(at_ns, until_ns));
	}
	puts("");
}

static void work_hard(char *other)
{
	pthread_t more_threads[2];

	if (pthread_create(&more_threads[0], NULL, forker, NULL) ||
	    pthread_create(&more_threads[1], NULL, visitor, other))
		exit(1);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			exit(1);
	for (int i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(more_threads[i], NULL);
}

/* The first opening loads and learns what stays for ever. */
static struct held warm_up(char *const *args)
{
	struct held before;
	unsigned seed = 1;

	host_label = args[1];
	store = host_open(args[2]);
	everybody_comes((unsigned)atoi(args[5]));
	visit(host_open(args[3]), &seed);
	idbc_close(store, 1000);
	sleep_ms(500);
	before = hold(NULL);
	store = host_open(args[2]);
	idbc_set_log(store, hear, NULL);
	return before;
}

int main(int argc, char **argv)
{
	static char line[1 << 16];
	struct held before, after;
	pthread_t watch;
	int there = 0;

	if (argc != 6)
		return 2;
	origin_ns = now_ns();
	before = warm_up(argv);
	end_ns = now_ns() + atoi(argv[4]) * INT64_C(1000000000);
	puts("ready");
	fflush(stdout);
	if (pthread_create(&watch, NULL, sleeper, NULL))
		return 1;
	work_hard(argv[3]);
	puts("calm");
	fflush(stdout);
	if (!fgets(line, sizeof(line), stdin))
		return 1;
	tell_recoveries(line);
	end_ns = now_ns() + INT64_C(60000000000);
	sleep_ms((int)(RIPE_NS / 1000000));
	for (int i = 0; i < THREADS; i++)
		for (int k = 0; k < PEOPLE; k++)
			settle(&workers[i], &workers[i].people[k], &there);
	end_ns = 0;
	pthread_join(watch, NULL);
	idbc_close(store, 1000);
	count_ops();
	after = hold(&before);
	report(there);
	compare(&before, &after);
	return host_failed;
}
