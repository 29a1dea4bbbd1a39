/* tests/conformance/wrong/wrong.c - the skeleton with one fault, chosen by -DFAULT_name: what
 * the conformance kit must notice and the connector must survive.  `table` says how.
 *
 * The skeleton's source is taken in as it is; a fault puts a function of its own into the table
 * (by defining the slot's name, LOGIN and so on), which mostly calls the right one in between.
 * Threads, lock: the skeleton's.
 */
#include <idbc/driver.h>

#define idbc_driver_entry right_entry
#include "../../../examples/driver_skeleton/users.c"
#include "../../../examples/driver_skeleton/reads.c"
#include "../../../examples/driver_skeleton/writes.c"
#include "../../../examples/driver_skeleton/skeleton.c"
#undef idbc_driver_entry

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- what faults are made of ----------------------------------------------------------------- */

/* A sink before the connector's: a fault replaces one of its functions. */
struct between {
	struct idbc_sink sink;          /* first: what the right driver writes to */
	struct idbc_sink *to;
	struct session *session;
	struct idbc_str asked;          /* the identifier */
	int count;                      /* rows, for who wants to know */
	uint32_t kind;                  /* of the operation: 0 a read, 1 create */
};

static inline int pass_row(struct idbc_sink *sink, const struct idbc_str *id,
			   const struct idbc_str *matched)
{
	struct between *b = (struct between *)sink;

	b->count++;
	return b->to->row(b->to, id, matched);
}

static inline int pass_field(struct idbc_sink *sink, const char *name,
			     const struct idbc_value *value)
{
	struct between *b = (struct between *)sink;

	return b->to->field(b->to, name, value);
}

static inline int pass_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
	struct between *b = (struct between *)sink;

	return b->to->credential(b->to, parts, n);
}

static inline struct between between(void *self, struct idbc_sink *to)
{
	return (struct between){ .sink = { .size = sizeof(struct idbc_sink), .row = pass_row,
		.field = pass_field, .credential = pass_credential }, .to = to,
		.session = self };
}

static inline struct user *user_of(struct session *s, uint32_t by, const struct idbc_str *who)
{
	struct found found = { .n = 0 };
	struct user *user = NULL;

	if (!search(s->instance, by, who, &found) && found.n)
		user = users_by_id(&s->instance->users, &found.user[0]->id);
	found_free(&found);
	return user;
}

/* The end of a connect(): `s`, as calloc() left it, begins a larger session. */
static inline int begun(struct session *s, void *instance, int64_t deadline_ns, void **session,
			struct idbc_error *err)
{
	int rc;

	s->instance = instance;
	rc = in_time(s, deadline_ns, err);
	if (rc == IDBC_OK)
		*session = s;
	else
		free(s);
	return rc;
}

/* Changes outside of any transaction; the lock keeps the process alive. */
static inline void put_text(struct session *s, struct fields *fields, const char *name,
			    const char *text)
{
	struct idbc_value value = { .kind = IDBC_KIND_STR };

	value.u.str = (struct idbc_str){ text, strlen(text) };
	pthread_mutex_lock(&s->instance->lock);
	fields_set(fields, name, &value);
	pthread_mutex_unlock(&s->instance->lock);
}

#include "load.h"
#include "reads.h"
#include "values.h"
#include "writes.h"
#include "process.h"
#include "sessions.h"
#include "decides.h"

/* --- the table -------------------------------------------------------------------------------- */
#ifndef LOGIN
# define LOGIN skeleton_login
#endif
#ifndef GET_USER
# define GET_USER skeleton_get_user
#endif
#ifndef CREATE
# define CREATE skeleton_create
#endif
#ifndef VERIFY
# define VERIFY skeleton_verify
#endif
#ifndef CHANGE_PASSWORD
# define CHANGE_PASSWORD skeleton_change_password
#endif
#ifndef CHANGE_EMAIL
# define CHANGE_EMAIL skeleton_change_email
#endif
#ifndef DELETE_USER
# define DELETE_USER skeleton_delete_user
#endif
#ifndef PROVEN
# define PROVEN skeleton_proven
#endif
#ifndef LIST
# define LIST skeleton_list
#endif
#ifndef OPEN
# define OPEN skeleton_open
#endif
#ifndef CLOSE
# define CLOSE skeleton_close
#endif
#ifndef CONNECT
# define CONNECT skeleton_connect
#endif
#ifndef DISCONNECT
# define DISCONNECT skeleton_disconnect
#endif
#ifndef ABANDON
# define ABANDON skeleton_abandon
#endif
#ifndef PING
# define PING skeleton_ping
#endif
#ifndef INTERRUPT
# define INTERRUPT skeleton_interrupt
#endif
#ifndef CAPS
# define CAPS (IDBC_CAP_TRANSACTIONS | IDBC_CAP_INTERRUPT)
#endif
#ifndef ABI
# define ABI IDBC_DRIVER_ABI
#endif
#ifndef NAME
# define NAME "wrong"
#endif
#ifndef SIZE
# define SIZE sizeof(struct idbc_driver)
#endif
#ifndef OPS_SIZE
# define OPS_SIZE sizeof(struct idbc_ops)
#endif
#ifndef THE_TABLE
# define THE_TABLE &wrong_driver
#endif

static const struct idbc_ops wrong_ops = {
	.size = OPS_SIZE,
	.login = LOGIN, .get_user = GET_USER, .create = CREATE, .verify = VERIFY,
	.change_password = CHANGE_PASSWORD, .delete_user = DELETE_USER,
	.change_email = CHANGE_EMAIL, .proven = PROVEN, .list = LIST,
};
static const struct idbc_driver wrong_driver = {
	.size = SIZE, .abi = ABI, .name = NAME, .version = "1", .caps = CAPS,
	.open = OPEN, .close = CLOSE, .connect = CONNECT, .disconnect = DISCONNECT,
	.abandon = ABANDON, .ping = PING, .interrupt = INTERRUPT, .ops = &wrong_ops,
};

const struct idbc_driver *idbc_driver_entry(uint32_t host_abi, const struct idbc_host *host)
{
	(void)right_entry(host_abi, host);
	(void)wrong_driver;
	return THE_TABLE;
}
