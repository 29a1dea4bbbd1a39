/* tests/phases/phases.c - a delete's phases as the connector would drive them, one at a time: for
 * tests that put the phases of several processes into an order.
 *
 * phases CONFIG, then a line for each call on stdin: WORD ID [TOKEN [NEW_TOKEN]] [KEY=VALUE...],
 * or "intents", "create ...", "moved ...".  Each is answered with one line:
 * STATUS CODE EFFECT rest.  One thread, one session.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "link/link.h"

#define MAX_WORDS 16

struct call {
	char *words[MAX_WORDS];
	size_t n;
	struct session session;
};

static struct idbc_str word(const struct call *c, size_t at)
{
	const char *w = at < c->n && !strchr(c->words[at], '=') ? c->words[at] : "";

	return (struct idbc_str){ w, strlen(w) };
}

static int64_t number(const struct call *c, const char *key, int64_t fallback)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < c->n; i++)
		if (!strncmp(c->words[i], key, len) && c->words[i][len] == '=')
			return strtoll(c->words[i] + len + 1, NULL, 10);
	return fallback;
}

static int64_t deadline(const struct call *c)
{
	return clock_now_ns() + number(c, "timeout", 20000) * 1000000;
}

/* Agrees, or not, and says that it was asked. */
static int agree(void *ctx)
{
	struct call *c = ctx;

	printf("asked ");
	return (int)number(c, "refuse", 0);
}

static struct idbc_delete_req request(struct call *c, uint32_t phase)
{
	return (struct idbc_delete_req){
		.size = sizeof(struct idbc_delete_req), .phase = phase,
		.deadline_ns = deadline(c), .user_id = word(c, 1), .token = word(c, 2),
		.new_token = word(c, 3), .lease_ms = number(c, "lease", 30000),
		.flags = (uint32_t)number(c, "flags", 0),
		.agree = phase == IDBC_DELETE_NOW ? agree : NULL, .agree_ctx = c,
	};
}

static int phase_of(const char *name)
{
	static const char *const names[] = { "now", "hide", "show", "finish", "take" };

	for (int i = 0; i < 5; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

static void tell(int rc, const struct idbc_error *err, const char *more)
{
	printf("%s %s %u %s%s%s\n", status_name((uint32_t)rc), *err->code ? err->code : "-",
	       (unsigned)err->effect, more, rc ? "; " : "", rc ? err->text : "");
	fflush(stdout);
}

/* --- rows ------------------------------------------------------------------------------ */

struct rows {
	struct idbc_sink sink;
	char text[4096];
};

static void add(struct rows *r, const char *before, struct idbc_str s)
{
	size_t len = strlen(r->text);

	snprintf(r->text + len, sizeof(r->text) - len, "%s%.*s", before, (int)s.len, s.ptr);
}

static int row(struct idbc_sink *sink, const struct idbc_str *id, const struct idbc_str *matched)
{
	struct rows *r = (struct rows *)sink;

	add(r, *r->text ? " " : "", *id);
	add(r, "/", *matched);
	return 0;
}

static int field(struct idbc_sink *sink, const char *name, const struct idbc_value *v)
{
	if (!strcmp(name, "profile_store"))
		add((struct rows *)sink, v->u.i64 ? "/with" : "/without", (struct idbc_str){ "", 0 });
	return 0;
}

static int credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
	(void)sink;
	(void)parts;
	(void)n;
	return 0;
}

static struct rows rows_init(void)
{
	return (struct rows){ .sink = { sizeof(struct idbc_sink), 0, row, field, credential, NULL } };
}

/* --- calls ----------------------------------------------------------------------------- */

static void delete_user(struct call *c, uint32_t phase)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_delete_req req = request(c, phase);
	int rc = c->session.ops->delete_user(c->session.driver_session, &req, &err);

	tell(rc, &err, "");
}

static void settle(struct call *c)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	const char *name = c->words[1];
	uint32_t effect = 99;
	char text[16];

	memmove(&c->words[0], &c->words[1], (c->n - 1) * sizeof(c->words[0]));
	c->n--;
	struct idbc_delete_req req = request(c, (uint32_t)phase_of(name));
	struct idbc_settle_req asked = { sizeof(asked), IDBC_SETTLE_DELETE_USER, deadline(c), &req,
					 req.user_id };
	int rc = c->session.ops->settle(c->session.driver_session, &asked, &effect, &err);

	snprintf(text, sizeof(text), "%u", (unsigned)effect);
	tell(rc, &err, text);
}

static void intents(struct call *c)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct rows r = rows_init();
	int rc = c->session.ops->intents(c->session.driver_session, deadline(c), &r.sink, &err);

	tell(rc, &err, r.text);
}

static void moved(struct call *c)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_moved_req req = { .size = sizeof(req), .flags = (uint32_t)number(c, "flags", 0),
				      .deadline_ns = deadline(c), .user_id = word(c, 1),
				      .state = (uint32_t)number(c, "state", 0) };
	uint32_t state = 99;
	char text[16];
	int rc = c->session.ops->moved(c->session.driver_session, &req, &state, &err);

	snprintf(text, sizeof(text), "%u", (unsigned)state);
	tell(rc, &err, text);
}

/* A user of that id, whose address is ID@example.com. */
static void create(struct call *c)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct idbc_field fields[2] = { { "user_id", { .kind = IDBC_KIND_STR } },
					{ "email", { .kind = IDBC_KIND_STR } } };
	struct idbc_field hash = { "hash", { .kind = IDBC_KIND_STR, .u.str = { "x", 1 } } };
	struct rows r = rows_init();
	char email[512];
	int rc;

	snprintf(email, sizeof(email), "%s@example.com", word(c, 1).ptr);
	fields[0].value.u.str = word(c, 1);
	fields[1].value.u.str = (struct idbc_str){ email, strlen(email) };
	rc = c->session.ops->create(c->session.driver_session,
		&(struct idbc_create_req){ .size = sizeof(struct idbc_create_req),
			.deadline_ns = deadline(c), .fields = fields, .nfields = 2,
			.credential = &hash, .ncredential = 1,
			.flags = (uint32_t)number(c, "flags", 0) }, &r.sink, &err);
	tell(rc, &err, r.text);
}

static void get_user(struct call *c)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct rows r = rows_init();
	struct idbc_user_req req = { .size = sizeof(req), .by = IDBC_BY_USER_ID,
				     .deadline_ns = deadline(c), .identifier = word(c, 1) };
	int rc = c->session.ops->get_user(c->session.driver_session, &req, &r.sink, &err);

	tell(rc, &err, r.text);
}

static void run(struct call *c)
{
	const char *what = c->words[0];

	if (phase_of(what) >= 0)
		delete_user(c, (uint32_t)phase_of(what));
	else if (!strcmp(what, "settle") && c->n > 1)
		settle(c);
	else if (!strcmp(what, "intents"))
		intents(c);
	else if (!strcmp(what, "moved"))
		moved(c);
	else if (!strcmp(what, "create"))
		create(c);
	else
		get_user(c);
}

/* --- the connection -------------------------------------------------------------------- */

static int fail(const char *what, const struct finding_list *findings, const struct idbc_error *err)
{
	printf("%s %s 0 %s; %s\n", status_name(err->status), *err->code ? err->code : "-",
	       what, err->text);
	(void)findings;
	return 1;
}

int main(int argc, char **argv)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	struct finding_list findings;
	struct config *config = NULL;
	struct link *link = NULL;
	struct log log = { 0 };
	struct call c = { .n = 0 };
	char line[8192], *at;

	findings_init(&findings);
	if (argc < 2 || config_open(argv[1], NULL, &findings, &config, &err) != IDBC_OK)
		return fail("config", &findings, &err);
	if (link_open(config, &log, &findings, &link, &err) != IDBC_OK ||
	    link_checkout(link, NULL, clock_now_ns() + INT64_C(20000000000), &c.session, &err) != IDBC_OK)
		return fail("session", &findings, &err);
	while (fgets(line, sizeof(line), stdin)) {
		c.n = 0;
		for (char *w = strtok_r(line, " \n", &at); w && c.n < MAX_WORDS;
		     w = strtok_r(NULL, " \n", &at))
			c.words[c.n++] = w;
		if (c.n)
			run(&c);
	}
	link_give_back(&c.session);
	link_close(link, NULL, NULL);
	config_close(config);
	findings_free(&findings);
	return 0;
}
