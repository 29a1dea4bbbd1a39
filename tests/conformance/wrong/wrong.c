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
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parts.h"
#include "load.h"
#include "reads.h"
#include "values.h"
#include "writes.h"
#include "process.h"
#include "sessions.h"
#include "decides.h"
#include "subtle.h"
#include "settle.h"
#include "many.h"

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
#ifndef CREATE_MANY
# define CREATE_MANY NULL
#endif
#ifndef SETTLE
# define SETTLE NULL
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
#ifndef ENTERED
# define ENTERED
#endif
#ifndef THE_TABLE
# define THE_TABLE &wrong_driver
#endif

static const struct idbc_ops wrong_ops = {
	.size = OPS_SIZE,
	.login = LOGIN, .get_user = GET_USER, .create = CREATE, .verify = VERIFY,
	.change_password = CHANGE_PASSWORD, .delete_user = DELETE_USER,
	.change_email = CHANGE_EMAIL, .proven = PROVEN, .list = LIST,
	.settle = SETTLE, .create_many = CREATE_MANY,
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
	ENTERED
	return THE_TABLE;
}
