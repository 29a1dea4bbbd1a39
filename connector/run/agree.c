/* connector/run/agree.c - job: the host's profile store: registered, and asked to remove a
 * profile.  Threads: any; the host's remove() runs on the caller's with no lock of ours held.
 * Lock: the connection's gate round the store's copy.
 */
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/fork.h"
#include "base/locale.h"
#include "run/agree.h"

#define NOT_ASKED (-1)          /* the host's answer where it is not there to give one */

static int copy_store(struct idbc *conn, struct idbc_profile_store *out)
{
	int has;

	pthread_mutex_lock(&conn->gate);
	has = atomic_load(&conn->has_store);
	*out = conn->store;
	pthread_mutex_unlock(&conn->gate);
	return has;
}

int has_profile_store(struct idbc *conn)
{
	return atomic_load(&conn->has_store);
}

static char *public_id(const struct idbc *conn, const struct idbc_str *native)
{
	struct buf id = BUF_INIT(4096);
	char *text;

	profile_public_id(&conn->config->profile, native, &id);
	text = buf_take(&id);
	buf_free(&id);
	return text;
}

int agreement_init(struct agreement *agreement, struct idbc *conn, const struct idbc_str *native,
		   struct idbc_error *err)
{
	memset(agreement, 0, sizeof(*agreement));
	agreement->hush = &conn->hush;
	if (!copy_store(conn, &agreement->store))
		return IDBC_OK;
	agreement->user_id = public_id(conn, native);
	return agreement->user_id ? IDBC_OK : err_nomem(err, "run");
}

void agreement_free(struct agreement *agreement)
{
	free(agreement->user_id);
	agreement->user_id = NULL;
}

int agreement_ask(void *ctx)
{
	struct agreement *agreement = ctx;
	locale_t before;

	if (agreement->asked)
		return agreement->answer;
	agreement->answer = NOT_ASKED;
	agreement->asked = 1;
	agreement->hushed = !hush_enter(agreement->hush);
	if (agreement->hushed)
		return agreement->answer;
	before = locale_host();
	agreement->answer = agreement->store.remove(agreement->store.ctx, agreement->user_id);
	locale_back(before);
	hush_leave(agreement->hush);
	return agreement->answer;
}

/* A stacked driver keeps its intents in the stores below it. */
static int may_have_store(const struct idbc *conn)
{
	return conn->config->intents != INTENTS_NONE ||
	       link_caps(conn->link) & IDBC_CAP_SESSIONLESS;
}

int run_set_profile_store(struct idbc *conn, const struct idbc_profile_store *store,
			  struct idbc_error *err)
{
	struct idbc_profile_store mine = { sizeof(mine), 0, NULL, NULL };

	if (conn->fork_generation != fork_generation())
		return err_set(err, IDBC_FORKED, "run", "%s", status_text(IDBC_FORKED));
	if (!store || store->size < sizeof(mine) || !store->remove)
		return err_set(err, IDBC_INVALID, "run", "profile store without remove()");
	if (!may_have_store(conn))
		return err_set(err, IDBC_STATE, "run",
			       "a profile store needs \"delete.intents\": a table, or \"off\"");
	mine.remove = store->remove;
	mine.ctx = store->ctx;
	pthread_mutex_lock(&conn->gate);
	conn->store = mine;
	atomic_store(&conn->has_store, 1);
	pthread_mutex_unlock(&conn->gate);
	return IDBC_OK;
}
