/* tests/conformance/kit/case_open.c - job: opening an instance: mistakes of a configuration,
 * options, several instances side by side, ends.
 * Threads: one.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/findings.h"
#include "base/text.h"
#include "config/node.h"
#include "inside.h"
#include "world.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void opens(struct kit *kit)
{
	kit_ask(kit, "open the connection of the configuration");
	kit_instance(kit);
}

/* --- configurations with mistakes ------------------------------------------------------------- */
static struct json_t *parsed(struct kit *kit)
{
	const char *json = kit_config_json(kit);
	struct node_error why;
	struct json_t *root = node_parse(json, strlen(json), 1, &why);

	if (!root)
		kit_fail(kit, "a configuration", "%s", why.what);
	return root;
}

static const char *text_of(struct kit *kit, struct json_t *root)
{
	char *text = node_text(root);
	const char *kept;

	if (!text)
		kit_fail(kit, "memory for the kit", "none");
	kept = kit_keep(kit, text, strlen(text));
	free(text);
	node_free(root);
	return kept;
}

/* The configuration with every option but one as it is. */
static const char *with_option(struct kit *kit, const char *option, const char *value)
{
	struct json_t *root = parsed(kit), *options = node_get(root, "options");

	if (!options)
		kit_skip(kit, "the configuration has no \"options\"");
	if (node_put_str(options, option, value, strlen(value)))
		kit_fail(kit, "memory for the kit", "none");
	return text_of(kit, root);
}

/* 1 if an error is reported for this key or one below or above it. */
static int is_reported(const struct finding_list *findings, const char *key)
{
	for (size_t i = 0; i < findings->n; i++) {
		const char *at = findings->items[i].key;
		size_t n = strlen(at) < strlen(key) ? strlen(at) : strlen(key);

		if (findings->items[i].severity == IDBC_ERROR && n && !strncmp(at, key, n))
			return 1;
	}
	return 0;
}

static void judge_findings(struct kit *kit, const struct finding_list *findings)
{
	for (size_t i = 0; i < findings->n; i++) {
		const struct finding *f = &findings->items[i];

		KIT_WANT(kit, f->severity <= IDBC_ERROR, "severity %u", f->severity);
		KIT_WANT(kit, f->code[0] && strspn(f->code, "abcdefghijklmnopqrstuvwxyz0123456789-_") ==
			 strlen(f->code), "code \"%s\"", f->code);
		KIT_WANT(kit, f->text[0] && text_is_utf8(f->text, strlen(f->text)) &&
			 !text_has_control(f->text, strlen(f->text)), "text \"%s\"", f->text);
		KIT_WANT(kit, text_is_utf8(f->key, strlen(f->key)), "a key that is not UTF-8");
	}
}

/* open() with these settings; what it found is judged, and the instance closed. */
static int try_open(struct kit *kit, const char *json, struct finding_list *findings)
{
	struct kit_instance *instance = NULL;
	struct idbc_error err;
	int rc;

	findings_init(findings);
	rc = kit_instance_open(kit, json, findings, &instance, &err);
	judge_findings(kit, findings);
	if (rc == IDBC_OK)
		kit_instance_close(kit, instance);
	else
		kit_want(kit, rc, &err, IDBC_CONFIG);
	return rc;
}

static void unknown_option(struct kit *kit)
{
	struct finding_list findings;

	kit_ask(kit, "open() with the option \"zz_kit_no_such_option\"");
	try_open(kit, with_option(kit, "zz_kit_no_such_option", "1"), &findings);
	KIT_WANT(kit, is_reported(&findings, "options.zz_kit_no_such_option"),
		 "open() asked for an option that does not exist, or for all");
	findings_free(&findings);
}

/* An object where a string, a number or a list stands; a string where an object does. */
static int spoil(struct json_t *options, const struct node_member *member)
{
	char key[200];

	snprintf(key, sizeof(key), "%s", member->key);
	if (node_kind(member->value) == NODE_STR || node_kind(member->value) == NODE_LIST ||
	    (node_kind(member->value) == NODE_OBJECT && node_get(member->value, "env")) ||
	    (node_kind(member->value) == NODE_OBJECT && node_get(member->value, "file")))
		return json_object_set_new(options, key, json_integer(31));
	return node_put_str(options, key, "kit: of another type", 20);
}

static void wrong_types(struct kit *kit)
{
	struct node_member member = { NULL, NULL, NULL };
	struct json_t *root = parsed(kit);
	const char *keys[64];
	size_t n = 0;

	for (struct json_t *all = node_get(root, "options"); n < 64 && node_next(all, &member);)
		keys[n++] = member.key;
	if (!n)
		kit_skip(kit, "the configuration has no \"options\"");
	for (size_t i = 0; i < n; i++) {
		struct json_t *copy = node_copy(root), *options = node_get(copy, "options");
		struct finding_list findings;
		char key[200];

		kit_ask(kit, "open() with an option \"%s\" of another type", keys[i]);
		member = (struct node_member){ keys[i], node_get(options, keys[i]), NULL };
		if (spoil(options, &member))
			kit_fail(kit, "memory for the kit", "none");
		try_open(kit, text_of(kit, copy), &findings);
		snprintf(key, sizeof(key), "options.%s", keys[i]);
		KIT_WANT(kit, is_reported(&findings, key), "no finding for it");
		findings_free(&findings);
	}
	node_free(root);
}

static void all_at_once(struct kit *kit)
{
	struct node_member member = { NULL, NULL, NULL };
	struct json_t *root = parsed(kit), *options = node_get(root, "options");
	char first[220] = "", last[220] = "";
	struct finding_list findings;
	struct json_t *copy;

	while (node_next(options, &member)) {
		snprintf(first[0] ? last : first, sizeof(first), "options.%s", member.key);
	}
	if (!last[0])
		kit_skip(kit, "the configuration has one option at most");
	copy = node_copy(root);
	member = (struct node_member){ NULL, NULL, NULL };
	while (node_next(options, &member))
		if (spoil(node_get(copy, "options"), &member))
			kit_fail(kit, "memory for the kit", "none");
	kit_ask(kit, "open() with every option of another type");
	try_open(kit, text_of(kit, copy), &findings);
	KIT_WANT(kit, is_reported(&findings, first), "nothing about %s", first);
	KIT_WANT(kit, is_reported(&findings, last), "nothing about %s", last);
	findings_free(&findings);
	node_free(root);
}

/* --- several ------------------------------------------------------------------------------- */
static struct kit_instance *opened(struct kit *kit)
{
	struct kit_instance *instance = NULL;
	struct finding_list findings;
	struct idbc_error err;
	int rc;

	findings_init(&findings);
	rc = kit_instance_open(kit, kit_config_json(kit), &findings, &instance, &err);
	kit_want(kit, rc, &err, IDBC_OK);
	KIT_WANT(kit, kit_instance_of(instance), "open() said OK and set no instance");
	findings_free(&findings);
	return instance;
}

static void no_connection(struct kit *kit)
{
	struct kit_instance *instance;
	unsigned before, after;

	kit_ask(kit, "open() alone: the sockets of the process");
	kit_table(kit);
	before = world_sockets();
	instance = opened(kit);
	after = world_sockets();
	KIT_WANT(kit, after == before, "%u sockets before, %u after", before, after);
	kit_instance_close(kit, instance);
}

/* Libraries fill their caches once; only who grows each time leaks. */
static void want_no_growth(struct kit *kit, void (*once)(struct kit *))
{
	struct world before, after;
	uint64_t heap, grown;
	int tries = 4;

	for (int i = 0; i < 20; i++)
		once(kit);
	world_look(&before);
	do {
		heap = world_heap();
		for (int i = 0; i < 100; i++)
			once(kit);
		grown = world_heap() > heap ? world_heap() - heap : 0;
	} while (grown > 100 * 16 && --tries);
	world_look(&after);
	KIT_WANT(kit, after.descriptors == before.descriptors, "%u descriptors before, %u after",
		 before.descriptors, after.descriptors);
	KIT_WANT(kit, after.threads == before.threads, "%u threads before, %u after", before.threads,
		 after.threads);
	KIT_WANT(kit, grown <= 100 * 16, "%llu bytes more are allocated", (unsigned long long)grown);
}

static void open_and_close(struct kit *kit)
{
	kit_instance_close(kit, opened(kit));
}

static void hundred(struct kit *kit)
{
	kit_ask(kit, "open and close a hundred times");
	want_no_growth(kit, open_and_close);
}

static void open_wrong(struct kit *kit)
{
	struct finding_list findings;

	try_open(kit, with_option(kit, "zz_kit_no_such_option", "1"), &findings);
	findings_free(&findings);
}

static void mistakes_leave_nothing(struct kit *kit)
{
	kit_ask(kit, "open() with a mistake, a hundred times");
	want_no_growth(kit, open_wrong);
}

static void *connected(struct kit *kit, struct kit_instance *instance)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	void *session = NULL;
	int rc = kit_table(kit)->connect(kit_instance_of(instance), kit_now_ns() + 10000000000,
					 &session, &err);

	kit_want(kit, rc, &err, IDBC_OK);
	KIT_WANT(kit, session, "connect() said OK and set no session");
	return session;
}

static void alive(struct kit *kit, void *session)
{
	struct idbc_error err;
	int rc = kit_ping(kit, session, &err);

	kit_want(kit, rc, &err, IDBC_OK);
}

static void two(struct kit *kit)
{
	struct kit_instance *a = opened(kit), *b = opened(kit);
	void *in_a, *in_b;

	kit_ask(kit, "two instances: close one, go on with the other");
	KIT_WANT(kit, kit_instance_of(a) != kit_instance_of(b), "the same instance twice");
	in_a = connected(kit, a);
	in_b = connected(kit, b);
	KIT_WANT(kit, in_a != in_b, "the same session in two instances");
	kit_disconnect(kit, in_a);
	kit_instance_close(kit, a);
	alive(kit, in_b);
	kit_disconnect(kit, in_b);
	in_b = connected(kit, b);
	alive(kit, in_b);
	kit_disconnect(kit, in_b);
	kit_instance_close(kit, b);
}

/* The second one is wrong: the first must not notice. */
static void two_settings(struct kit *kit)
{
	struct finding_list findings;
	struct kit_instance *good;
	void *session;

	kit_ask(kit, "a good instance, and beside it one with a mistake in its options");
	good = opened(kit);
	session = connected(kit, good);
	try_open(kit, with_option(kit, "zz_kit_no_such_option", "1"), &findings);
	findings_free(&findings);
	alive(kit, session);
	kit_disconnect(kit, session);
	session = connected(kit, good);
	alive(kit, session);
	kit_disconnect(kit, session);
	kit_instance_close(kit, good);
}

/* Each instance logs and fails by the services of its own open(). */
static void own_services(struct kit *kit)
{
	struct kit_instance *a = opened(kit), *b;
	struct kit_rows rows;
	struct idbc_error err;
	void *session = connected(kit, a);

	kit_ask(kit, "errors of the first instance after a second one was opened and closed");
	b = opened(kit);
	kit_instance_close(kit, b);
	kit_rows_init(kit, &rows);
	kit_want(kit, kit_get_user(kit, session, IDBC_BY_LOGIN, kit_nobody(kit, 0), &rows, &err),
		 &err, IDBC_NO_USER);
	kit_disconnect(kit, session);
	kit_instance_close(kit, a);
}

/* --- a store that never answers ---------------------------------------------------------------- */
#define PATIENCE_MS 300
#define SOON_NS     INT64_C(2000000000)         /* clients that count in seconds, a busy machine */
#define PORT        "\"$PORT\""

/* The system takes the connection, and nobody ever reads from it. */
static int silent_listener(struct kit *kit, unsigned *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) || listen(fd, 8) ||
	    getsockname(fd, (struct sockaddr *)&at, &len))
		kit_fail(kit, "a port for the kit", "none");
	*port = ntohs(at.sin_port);
	return fd;
}

/* The configuration with the quirks' "silent" for its options. */
static const char *with_silent(struct kit *kit, unsigned port)
{
	struct json_t *root = parsed(kit);
	char *options = node_text(kit->run->quirks.silent), *at, *out;
	const char *rest;
	size_t room;

	node_remove(root, "options");
	rest = text_of(kit, root);
	at = options ? strstr(options, PORT) : NULL;
	if (!at)
		kit_fail(kit, "an option \"$PORT\" in the quirks' \"silent\"", "none");
	room = strlen(rest) + strlen(options) + 32;
	out = kit_keep(kit, NULL, room);
	snprintf(out, room, "%.*s,\"options\":%.*s%u%s}", (int)strlen(rest) - 1, rest,
		 (int)(at - options), options, port, at + strlen(PORT));
	free(options);
	return out;
}

static void silent_connect(struct kit *kit)
{
	static const int wanted[] = { IDBC_TIMEOUT, IDBC_UNAVAILABLE, -1 };
	struct finding_list findings;
	struct kit_instance *instance = NULL;
	struct idbc_error err;
	void *session = NULL;
	unsigned port;
	int64_t began_ns;
	int fd, rc;

	if (!kit->run->quirks.silent)
		kit_skip(kit, "the quirks have no \"silent\"");
	fd = silent_listener(kit, &port);
	findings_init(&findings);
	kit_ask(kit, "open() with the quirks' options \"silent\"");
	rc = kit_instance_open(kit, with_silent(kit, port), &findings, &instance, &err);
	kit_want(kit, rc, &err, IDBC_OK);
	kit_ask(kit, "connect() with %d ms, to a store that never answers", PATIENCE_MS);
	err = (struct idbc_error)IDBC_ERROR_INIT;
	began_ns = kit_now_ns();
	rc = kit_table(kit)->connect(kit_instance_of(instance),
				     began_ns + PATIENCE_MS * INT64_C(1000000), &session, &err);
	KIT_WANT(kit, kit_now_ns() - began_ns < PATIENCE_MS * INT64_C(1000000) + SOON_NS,
		 "it took %lld ms", (long long)(kit_now_ns() - began_ns) / 1000000);
	kit_want_any(kit, rc, &err, wanted);
	kit_instance_close(kit, instance);
	findings_free(&findings);
	close(fd);
}

const struct kit_case kit_open_cases[] = {
	{ "open.opens", "open() says OK to a right configuration", 0, opens },
	{ "open.unknown_option", "an option that a driver does not know is left unasked", 0,
	  unknown_option },
	{ "open.wrong_types", "an option of another type is a finding, whichever it is", 0,
	  wrong_types },
	{ "open.all_at_once", "open() reports all mistakes in one go", 0, all_at_once },
	{ "open.no_connection", "open() does not connect", 0, no_connection },
	{ "open.hundred_times", "open() and close() leave nothing behind", 0, hundred },
	{ "open.mistakes_leave_nothing", "an open() that finds mistakes leaves nothing behind", 0,
	  mistakes_leave_nothing },
	{ "open.silent_connect", "connect() to a store that never answers ends at its deadline", 0,
	  silent_connect },
	{ "instance.two", "two instances know nothing of each other", 0, two },
	{ "instance.two_settings", "a wrong instance does not disturb a good one", 0, two_settings },
	{ "instance.own_services", "an instance keeps to the services of its own open()", 0,
	  own_services },
	{ NULL, NULL, 0, NULL },
};
