/* tests/bench/store/many.c - users in bulk, their hashes carried over: by idbc_import(), out of
 * records that are made on the way, and by prepared INSERTs in transactions of the same size.
 * Threads: the caller's; an import has its own beside it.
 */
#include "store.h"

#define STORED "$2b$04$abcdefghijklmnopqrstuuWJL8n3p0DzyHCKoAIxrGZ1FLYQHXJYe"

struct importing {
	struct caller *caller;
	int64_t until_ns;
	unsigned long made;
	char json[WIDTH];
};

static int next(void *ctx, struct idbc_import_record *out)
{
	struct importing *in = ctx;
	unsigned long n = ++in->caller->asked;

	if (bench_ns(CLOCK_MONOTONIC) >= in->until_ns)
		return 0;
	out->len = (size_t)snprintf(in->json, sizeof(in->json),
		"{\"user_id\":\"ours-%012lu\",\"email\":\"ours%lu@example.com\",\"username\":\"ours%lu\","
		"\"email_verified\":true,\"given_name\":\"Ada\",\"password_hash\":\"" STORED "\","
		"\"created_at\":\"2026-01-02T03:04:05.678Z\",\"updated_at\":\"2026-01-02T03:04:05.678Z\","
		"\"user_metadata\":{\"plan\":\"free\"}}", n, n, n);
	out->json = in->json;
	out->line = n;
	return 1;
}

static int done(void *ctx, const struct idbc_import_result *result)
{
	struct importing *in = ctx;

	if (result->outcome != IDBC_IMPORTED_CREATED)
		bench_die(result->err->text);
	in->made++;
	return 0;
}

unsigned long import_some(struct caller *c, int64_t until_ns)
{
	struct importing in = { .caller = c, .until_ns = until_ns };
	struct idbc_import import = IDBC_IMPORT_INIT;
	struct idbc_error err = IDBC_ERROR_INIT;

	import.next = next;
	import.done = done;
	import.ctx = &in;
	if (idbc_import(c->conn, &import, &err))
		bench_die(err.text);
	return in.made;
}

static void put(struct caller *c, size_t column, const char *text)
{
	c->fresh.len[column] = (unsigned long)snprintf(c->fresh.bytes[column], WIDTH, "%s", text);
	c->fresh.left[column] = (long)c->fresh.len[column];
}

static void put_constants(struct caller *c)
{
	static const char *const values[NEW_COLUMNS] = { "", "", "1", "", "0", "0", "Ada", STORED,
		"2026-01-02 03:04:05.678", "2026-01-02 03:04:05.678", "{\"plan\":\"free\"}" };

	for (size_t i = 0; i < NEW_COLUMNS; i++)
		put(c, i, values[i]);
}

void caller_new_user(struct caller *c)
{
	unsigned long n = ++c->asked;
	char text[64];

	if (!c->fresh.len[2])
		put_constants(c);
	snprintf(text, sizeof(text), "hand-%012lu", n);
	put(c, 0, text);
	snprintf(text, sizeof(text), "hand%lu@example.com", n);
	put(c, 1, text);
	snprintf(text, sizeof(text), "hand%lu", n);
	put(c, 3, text);
}

unsigned long insert_some(struct caller *c, int64_t until_ns)
{
	unsigned long made = 0;

	do {
		c->bare(c);
		made += NEW_BATCH;
	} while (bench_ns(CLOCK_MONOTONIC) < until_ns);
	return made;
}
