/* tests/conformance/kit/words.c - job: strings, values, memory of a case, threads.
 * Threads: any; kit->lock round the pages that kit_keep() gives out of.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include "base/clock.h"
#include "inside.h"

#define CHUNK (1u << 20)

struct idbc_str kit_s(const char *text)
{
	return (struct idbc_str){ text, text ? strlen(text) : 0 };
}

int kit_same(struct idbc_str a, struct idbc_str b)
{
	return a.len == b.len && (!a.len || !memcmp(a.ptr, b.ptr, a.len));
}

static void *map(struct kit *kit, size_t len)
{
	void *room = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED)
		kit_fail(kit, "memory for the kit", "none for %zu bytes", len);
	atomic_fetch_add(&kit->kept_bytes, len);
	return room;
}

/* Not from the heap: what the driver holds of that is counted. */
void *kit_keep(struct kit *kit, const void *bytes, size_t len)
{
	size_t need = (len + 1 + 15) & ~(size_t)15;
	char *room;

	pthread_mutex_lock(&kit->lock);
	if (need > kit->keep_left) {
		kit->keep_left = need > CHUNK ? need : CHUNK;
		kit->keep = map(kit, kit->keep_left);
	}
	room = kit->keep;
	kit->keep += need;
	kit->keep_left -= need;
	pthread_mutex_unlock(&kit->lock);
	if (bytes && len)
		memcpy(room, bytes, len);
	return room;
}

char *kit_textf(struct kit *kit, const char *fmt, ...)
{
	char text[8192];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		kit_fail(kit, "a text that fits", "%d bytes", n);
	return kit_keep(kit, text, (size_t)n);
}

struct idbc_field kit_field_bytes(const char *name, struct idbc_str value)
{
	return (struct idbc_field){ name, { IDBC_KIND_STR, 0, { .str = value } } };
}

struct idbc_field kit_field_str(const char *name, const char *text)
{
	return kit_field_bytes(name, kit_s(text));
}

struct idbc_field kit_field_i64(const char *name, uint32_t kind, int64_t value)
{
	return (struct idbc_field){ name, { kind, 0, { .i64 = value } } };
}

struct idbc_field kit_field_json(const char *name, const char *text)
{
	return (struct idbc_field){ name, { IDBC_KIND_JSON, 0, { .str = kit_s(text) } } };
}

struct idbc_field kit_field_null(const char *name)
{
	return (struct idbc_field){ name, { IDBC_KIND_NULL, 0, { .i64 = 0 } } };
}

int64_t kit_now_ns(void)
{
	return clock_now_ns();
}

/* --- threads ---------------------------------------------------------------------------- */
struct job {
	struct kit *kit;
	unsigned number;
	void (*fn)(struct kit *, unsigned, void *);
	void *ctx;
	pthread_t thread;
};

static void *work(void *arg)
{
	struct job *job = arg;

	job->fn(job->kit, job->number, job->ctx);
	return NULL;
}

void kit_threads(struct kit *kit, unsigned n, void (*fn)(struct kit *, unsigned, void *),
		 void *ctx)
{
	struct job *jobs = kit_keep(kit, NULL, n * sizeof(*jobs));

	for (unsigned i = 0; i < n; i++) {
		jobs[i] = (struct job){ kit, i, fn, ctx, 0 };
		if (pthread_create(&jobs[i].thread, NULL, work, &jobs[i]))
			kit_fail(kit, "a thread", "none to be had");
	}
	for (unsigned i = 0; i < n; i++)
		pthread_join(jobs[i].thread, NULL);
}
