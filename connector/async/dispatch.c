/* connector/async/dispatch.c - job: completions on the host's own threads: the descriptor, the
 * callbacks, and who is in one.
 * Threads: any number at once.  Lock: the engine's, never held in a callback.
 */
#include <sys/eventfd.h>
#include <unistd.h>
#include "async/inside.h"

static void frame_enter(struct async *async, struct frame *frame)
{
	frame->thread = pthread_self();
	frame->next = async->frames;
	async->frames = frame;
	atomic_fetch_add(&async->nframes, 1);
}

static void frame_leave(struct async *async, const struct frame *frame)
{
	struct frame **at = &async->frames;

	while (*at != frame)
		at = &(*at)->next;
	*at = frame->next;
	atomic_fetch_sub(&async->nframes, 1);
}

static int frames_have(struct async *async, pthread_t thread)
{
	int found = 0;

	pthread_mutex_lock(&async->lock);
	for (const struct frame *frame = async->frames; frame; frame = frame->next)
		found |= pthread_equal(frame->thread, thread);
	pthread_mutex_unlock(&async->lock);
	return found;
}

int async_inside(struct idbc *conn)
{
	struct async *async = conn->async;

	if (!async || engine_has_forked(async))
		return 0;
	if (worker_in_callback(async))
		return 1;
	return atomic_load(&async->nframes) && frames_have(async, pthread_self());
}

uint32_t deliver(struct async *async, uint32_t max)
{
	struct frame frame;
	struct idbc_op *op;
	uint32_t n = 0;

	pthread_mutex_lock(&async->lock);
	frame_enter(async, &frame);
	while (n < max && (op = engine_next_answered(async))) {
		async->delivering++;
		pthread_mutex_unlock(&async->lock);
		op_call_back(op);
		pthread_mutex_lock(&async->lock);
		async->delivering--;
		async->delivered++;
		op_unref(op);
		n++;
	}
	frame_leave(async, &frame);
	if (async->answered.n && async->event_fd >= 0)
		engine_tell_host(async);        /* for those who only see it become readable */
	pthread_mutex_unlock(&async->lock);
	return n;
}

int async_event_fd(struct idbc *conn)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;
	struct async *async = conn->async;
	int fd;

	if (run_enter(conn, &ignored) != IDBC_OK)
		return -1;
	pthread_mutex_lock(&async->lock);
	if (async->event_fd < 0 && !async->closing) {
		async->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (async->answered.n && async->event_fd >= 0)
			engine_tell_host(async);
	}
	fd = async->event_fd;
	pthread_mutex_unlock(&async->lock);
	run_leave(conn);
	return fd;
}

/* As many as wait now: what they submit is for the next turn of the host's loop. */
static uint32_t waiting(struct async *async)
{
	uint32_t n;

	pthread_mutex_lock(&async->lock);
	n = async->event_fd >= 0 ? async->answered.n : 0;
	pthread_mutex_unlock(&async->lock);
	return n;
}

int async_dispatch(struct idbc *conn)
{
	struct idbc_error ignored = IDBC_ERROR_INIT;
	uint32_t n;

	if (async_inside(conn) || run_enter(conn, &ignored) != IDBC_OK)
		return 0;
	n = waiting(conn->async);
	if (n)
		n = deliver(conn->async, n);
	run_leave(conn);
	return (int)n;
}
