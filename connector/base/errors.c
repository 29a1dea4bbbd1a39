/* connector/base/errors.c - OpenSSL's error queue kept and put back; see errors.h.
 *
 * Nearly always it is empty before and after, which costs two looks.  An entry for which
 * there is no memory is lost; marks of the host's among the entries are not kept.
 * Threads: the caller's; no lock.
 */
#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/errors.h"

/* OpenSSL takes a lock for what a thread first asks of it.  In a forked child another thread of
 * the parent may hold that lock for ever: so who forks asks before. */
static void ask_before_fork(void)
{
	(void)ERR_peek_error();
}

static void watch_forks(void)
{
	pthread_atfork(ask_before_fork, NULL, NULL);
}

void errors_survive_fork(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, watch_forks);
}

struct errors_one {
	struct errors_one *next;
	unsigned long code;
	int line;
	char *file, *func, *data;       /* may be NULL */
};

static char *copy(const char *text)
{
	return text && *text ? strdup(text) : NULL;
}

static struct errors_one *take(void)
{
	struct errors_one *one = calloc(1, sizeof(*one));
	const char *file = NULL, *func = NULL, *data = NULL;
	int line = 0, flags = 0;
	unsigned long code = ERR_get_error_all(&file, &line, &func, &data, &flags);

	if (!one)
		return NULL;
	one->code = code;
	one->line = line;
	one->file = copy(file);
	one->func = copy(func);
	one->data = flags & ERR_TXT_STRING ? copy(data) : NULL;
	return one;
}

void errors_keep(struct errors *out)
{
	struct errors_one **last = &out->first;

	*last = NULL;
	while (ERR_peek_error()) {
		*last = take();
		if (*last)
			last = &(*last)->next;
	}
}

static void put_back(const struct errors_one *one)
{
	ERR_new();
	ERR_set_debug(one->file, one->line, one->func);
	if (one->data)
		ERR_set_error(ERR_GET_LIB(one->code), ERR_GET_REASON(one->code), "%s", one->data);
	else
		ERR_set_error(ERR_GET_LIB(one->code), ERR_GET_REASON(one->code), NULL);
}

void errors_put_back(struct errors *kept)
{
	if (ERR_peek_error())
		ERR_clear_error();
	while (kept->first) {
		struct errors_one *one = kept->first;

		kept->first = one->next;
		put_back(one);
		free(one->file);
		free(one->func);
		free(one->data);
		free(one);
	}
}

/* Of an empty queue nothing is marked, and all of it taken out. */
void errors_mark(void)
{
	(void)ERR_set_mark();
}

void errors_unmark(void)
{
	(void)ERR_pop_to_mark();
}
