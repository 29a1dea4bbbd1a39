/* connector/bulk/import.c - job: the line of batches between who reads and who is told.
 *
 * A ring: the caller fills batches, threads of ours prepare them in any order, one thread at a
 * time writes them in theirs (a store lets one create at a time commit anyway), and the caller
 * tells them.  A failure stops reading and writing; what was committed before it is told.
 * Threads: the caller's and up to 8 of ours, which end with the call.  Lock: the ring's; never
 * held while a driver, a hash or a callback runs.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/err.h"
#include "base/thread.h"
#include "bulk/batch.h"

#define RING        16u         /* batches; IDBC_IMPORT_AHEAD is no less than what they hold */
#define THREADS_MAX 8u
#define WRITE_BYTES (4u * 1024u * 1024u)        /* of records in one batch */

_Static_assert(RING * BATCH_USERS <= IDBC_IMPORT_AHEAD, "what may be done and not told");

enum place { PLACE_FREE, PLACE_FILLED, PLACE_PREPARING, PLACE_PREPARED, PLACE_WRITTEN };

struct line {
	struct idbc *conn;
	const struct idbc_import *import;
	struct batch *ring;             /* RING of them */
	pthread_mutex_t lock;
	pthread_cond_t moved;
	uint32_t place[RING];
	uint64_t filled, prepared, written, told;       /* batches, since the beginning */
	int writing, over;              /* over: nothing more is begun */
	uint64_t records;
	struct idbc_error err;          /* of what stopped it, on the caller's side */
	int stopped;                    /* its status */
};

/* --- the threads of ours ----------------------------------------------------------------------- */

static void set_place(struct line *l, uint64_t batch, uint32_t place)
{
	l->place[batch % RING] = place;
	pthread_cond_broadcast(&l->moved);
}

/* The lock is held; 1: something was done. */
static int write_next(struct line *l)
{
	struct batch *b = &l->ring[l->written % RING];

	if (l->writing || l->written == l->filled || l->place[l->written % RING] != PLACE_PREPARED)
		return 0;
	l->writing = 1;
	pthread_mutex_unlock(&l->lock);
	batch_write(b, l->conn, l->import);
	pthread_mutex_lock(&l->lock);
	l->writing = 0;
	l->over |= b->status != IDBC_OK;
	set_place(l, l->written++, PLACE_WRITTEN);
	return 1;
}

static int prepare_next(struct line *l)
{
	uint64_t batch = l->prepared;

	if (batch == l->filled)
		return 0;
	l->prepared++;
	l->place[batch % RING] = PLACE_PREPARING;
	pthread_mutex_unlock(&l->lock);
	batch_prepare(&l->ring[batch % RING], l->conn, l->import);
	pthread_mutex_lock(&l->lock);
	set_place(l, batch, PLACE_PREPARED);
	return 1;
}

static void work(void *ctx)
{
	struct line *l = ctx;

	pthread_mutex_lock(&l->lock);
	while (!l->over)
		if (!write_next(l) && !prepare_next(l))
			pthread_cond_wait(&l->moved, &l->lock);
	pthread_mutex_unlock(&l->lock);
}

/* --- the caller's ------------------------------------------------------------------------------- */

static int stop(struct line *l, int status, const char *why)
{
	l->stopped = status;
	return err_set(&l->err, (uint32_t)status, "bulk", "%s", why);
}

/* The host's text may be gone with the next one. */
static int take(struct line *l, struct batch *b, const struct idbc_import_record *from)
{
	struct bulk_user *u = &b->users[b->n++];

	memset(u, 0, sizeof(*u));
	u->err = (struct idbc_error)IDBC_ERROR_INIT;
	u->line = from->line;
	u->again = l->records++ < l->import->again;
	if (from->len > RECORD_MAX_BYTES) {
		err_code(&u->err, IDBC_INVALID, "bulk", "invalid_profile", "longer than 1 MiB");
		u->outcome = IDBC_IMPORTED_REFUSED;
		return 0;
	}
	return secret_copy(&u->text, from->json, from->len);
}

/* 1: there may be more; 0: that was the last. */
static int fill(struct line *l, struct batch *b)
{
	size_t bytes = 0;

	batch_clear(b);
	while (b->n < BATCH_USERS && bytes < WRITE_BYTES) {
		struct idbc_import_record record = { .size = sizeof(record) };
		int rc = l->import->next(l->import->ctx, &record);

		if (rc == 0)
			return 0;
		if (rc != 1 || !record.json) {
			stop(l, IDBC_CANCELLED, "whoever gives the records stopped");
			return 0;
		}
		if (take(l, b, &record)) {
			stop(l, IDBC_NOMEM, "out of memory");
			return 0;
		}
		bytes += record.len;
	}
	return 1;
}

static int tell_one(struct line *l, const struct bulk_user *u)
{
	struct idbc_import_result result = { sizeof(result), u->outcome, u->line, "", &u->err };
	struct buf id = BUF_INIT(2 * IDBC_ID_MAX + 256);
	struct idbc_str native = { u->id, u->id_len };
	int rc;

	if (u->id_len)
		profile_public_id(&l->conn->config->profile, &native, &id);
	if (id.ptr && !id.failed)
		result.user_id = id.ptr;
	rc = l->import->done(l->import->ctx, &result);
	buf_free(&id);
	return rc ? stop(l, IDBC_CANCELLED, "whoever is told the outcomes stopped") : IDBC_OK;
}

/* Of a batch that failed those before the failure. */
static void tell(struct line *l, struct batch *b)
{
	uint32_t n = b->status == IDBC_OK ? b->n : b->failed;

	for (uint32_t i = 0; i < n && !l->stopped; i++)
		tell_one(l, &b->users[i]);
	if (b->status != IDBC_OK && !l->stopped) {
		l->stopped = b->status;
		l->err = b->err;
	}
	batch_clear(b);
}

/* Waits for the oldest batch and tells it. */
static void tell_oldest(struct line *l)
{
	struct batch *b = &l->ring[l->told % RING];
	int is_written;

	pthread_mutex_lock(&l->lock);
	while (l->place[l->told % RING] != PLACE_WRITTEN && (!l->over || l->writing))
		pthread_cond_wait(&l->moved, &l->lock);
	is_written = l->place[l->told % RING] == PLACE_WRITTEN;
	pthread_mutex_unlock(&l->lock);
	if (is_written)
		tell(l, b);
	else if (!l->stopped)
		stop(l, IDBC_CANCELLED, "stopped");
	l->place[l->told % RING] = PLACE_FREE;
	l->told++;
}

static int is_over(struct line *l)
{
	int over;

	pthread_mutex_lock(&l->lock);
	l->over |= l->stopped != 0;
	if (l->over)
		pthread_cond_broadcast(&l->moved);
	over = l->over;
	pthread_mutex_unlock(&l->lock);
	return over;
}

static void hand_over(struct line *l)
{
	pthread_mutex_lock(&l->lock);
	set_place(l, l->filled++, PLACE_FILLED);
	pthread_mutex_unlock(&l->lock);
}

/* What is written already by the time of a stop is told too: it is committed. */
static void walk(struct line *l)
{
	int more = 1;

	while (more && !is_over(l)) {
		if (l->filled - l->told == RING)
			tell_oldest(l);
		more = fill(l, &l->ring[l->filled % RING]) && !l->stopped;
		if (!l->stopped && l->ring[l->filled % RING].n)
			hand_over(l);
		else
			batch_clear(&l->ring[l->filled % RING]);
	}
	while (l->told < l->filled && !l->stopped)
		tell_oldest(l);
	is_over(l);
}

/* --- the whole ------------------------------------------------------------------------------------ */

static uint32_t threads_wanted(const struct idbc_import *import)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t n = import->threads ? import->threads : cores > 1 ? (uint32_t)cores : 2;

	return n < THREADS_MAX ? n : THREADS_MAX;
}

static void run_threads(struct line *l)
{
	pthread_t threads[THREADS_MAX];
	uint32_t n = 0, wanted = threads_wanted(l->import);

	while (n < wanted && !thread_start(&threads[n], work, l, THREAD_ROOMY * 2))
		n++;
	if (n)
		walk(l);
	else
		stop(l, IDBC_NOMEM, "no thread can be started");
	pthread_mutex_lock(&l->lock);
	l->over = 1;
	pthread_cond_broadcast(&l->moved);
	pthread_mutex_unlock(&l->lock);
	for (uint32_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

static int run_line(struct line *l, struct idbc_error *err)
{
	l->ring = calloc(RING, sizeof(*l->ring));
	if (!l->ring || thread_cond_init(&l->moved)) {
		free(l->ring);
		return err_nomem(err, "bulk");
	}
	pthread_mutex_init(&l->lock, NULL);
	run_threads(l);
	for (uint32_t i = 0; i < RING; i++)
		batch_clear(&l->ring[i]);
	pthread_mutex_destroy(&l->lock);
	pthread_cond_destroy(&l->moved);
	free(l->ring);
	if (l->stopped)
		*err = l->err;
	return l->stopped;
}

static int judge(const struct idbc *conn, const struct idbc_import *import, struct idbc_error *err)
{
	const uint32_t known = IDBC_IMPORT_UPSERT | IDBC_IMPORT_DRY_RUN | IDBC_IMPORT_NEW_IDS;

	if (import->flags & ~known)
		return err_set(err, IDBC_INVALID, "bulk", "import flags 0x%x are not known",
			       import->flags);
	if (!link_has(conn->link, 1u << IDBC_CREATE))
		return err_set(err, IDBC_UNSUPPORTED, "bulk", "driver %s makes no users",
			       link_driver_name(conn->link));
	return IDBC_OK;
}

int bulk_import(struct idbc *conn, const struct idbc_import *import, struct idbc_error *err)
{
	struct line line = { .conn = conn, .import = import };
	int rc = run_enter(conn, err);

	if (rc != IDBC_OK)
		return rc;
	rc = judge(conn, import, err);
	if (rc == IDBC_OK)
		rc = run_line(&line, err);
	run_leave(conn);
	return rc;
}
