/* tests/unit/async.h - what the tests of submitted calls share: a connection on the driver
 * patient.c, and completions that are kept and counted.
 */
#ifndef TESTS_UNIT_ASYNC_H
#define TESTS_UNIT_ASYNC_H

#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <idbc/idbc.h>
#include "base/clock.h"
#include "drivers/patient.h"
#include "opened.h"

#define MS INT64_C(1000000)
/* A loaded machine may let a thread wait for so long. */
#define SLACK (500 * MS * unit_slower())

static struct patient *patient;

struct seen {
	struct idbc *conn;
	struct idbc_op *op;
	_Atomic int n;                  /* completions */
	int status;
	struct idbc_error err;
	char name[64];
	int64_t at_ns;
	pthread_t thread;
	_Atomic int order;
	int before;                     /* the handle was there when it came */
	void (*also)(struct seen *);    /* in the callback */
};
static _Atomic int completions;

static void pause_ms(int ms)
{
	struct timespec time = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

static void find_patient(void)
{
	void *driver = dlopen(TEST_BUILD "/tests/drivers/patient.so", RTLD_NOW | RTLD_LOCAL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(driver);
	patient = dlsym(driver, "patient");
	CU_ASSERT_PTR_NOT_NULL_FATAL(patient);
}

static struct idbc *open_with(const char *rest)
{
	char json[1024];

	if (!patient)
		find_patient();
	memset(patient, 0, sizeof(*patient));
	completions = 0;
	snprintf(json, sizeof(json),
		 "{\"idbc\":1,\"connection\":\"unit\",\"driver\":\"%s/tests/drivers/patient.so\","
		 "\"users\":{\"login\":{\"by\":[\"username\"]},"
		 "\"password\":{\"accept\":[\"raw/sha256-hex\"],\"upgrade\":false}},"
		 "\"delete\":{\"intents\":\"off\"},\"startup\":\"trust\"%s%s}",
		 TEST_BUILD, rest[0] ? "," : "", rest);
	return unit_open(json);
}

static void on_done(int status, struct idbc_profile *profile, const struct idbc_error *err,
		    void *user)
{
	struct seen *seen = user;
	const char *name = idbc_profile_get(profile, "username");

	seen->status = status;
	seen->err = *err;
	seen->at_ns = clock_now_ns();
	seen->thread = pthread_self();
	snprintf(seen->name, sizeof(seen->name), "%s", name ? name : "");
	idbc_profile_free(profile);
	seen->before = seen->op != NULL;
	if (seen->also)
		seen->also(seen);
	seen->order = ++completions;
	seen->n++;
}

static struct idbc_request request_of(uint32_t kind)
{
	struct idbc_request req = { .size = sizeof(req), .kind = kind, .by = IDBC_BY_USERNAME,
		.value = "alice", .password = "secret" };

	if (kind == IDBC_LOGIN)
		req.by = IDBC_BY_LOGIN;
	if (kind == IDBC_DELETE_USER) {
		req.by = IDBC_BY_USER_ID;
		req.value = "unit|1";
	}
	return req;
}

static int submit(struct idbc *conn, uint32_t kind, uint32_t timeout_ms, struct seen *seen)
{
	struct idbc_request req = request_of(kind);
	struct idbc_error err = IDBC_ERROR_INIT;
	void (*also)(struct seen *) = seen->also;
	int rc;

	memset(seen, 0, sizeof(*seen));
	seen->also = also;
	seen->conn = conn;
	req.timeout_ms = timeout_ms;
	rc = idbc_submit(conn, &req, on_done, seen, &seen->op, &err);
	CU_ASSERT(rc == IDBC_OK || ((int)err.status == rc && err.text[0]));
	return rc;
}

/* Waits until *value is what it shall be: 1, or 0 after ten seconds, more where all is slow. */
static int becomes(_Atomic int *value, int wanted)
{
	int64_t until = clock_now_ns() + 10000 * MS * unit_slower();

	while (*value != wanted && clock_now_ns() < until)
		pause_ms(1);
	return *value == wanted;
}

static int status_of(struct seen *seen)
{
	CU_ASSERT(becomes(&seen->n, 1));
	return seen->n == 1 ? seen->status : -1;
}

/* A call that the driver has begun, and will hold until it is let go. */
static inline void hold_one(struct idbc *conn, uint32_t kind, uint32_t timeout_ms, struct seen *seen)
{
	patient->hold = 1;
	CU_ASSERT_EQUAL(submit(conn, kind, timeout_ms, seen), IDBC_OK);
	CU_ASSERT(becomes(&patient->inside, 1));
}

static void release(struct seen *seen)
{
	idbc_op_release(seen->op);
	seen->op = NULL;
}

/* Nothing of the connection is left: sessions, threads, instances. */
static void close_clean(struct idbc *conn, uint32_t grace_ms)
{
	CU_ASSERT_EQUAL(idbc_close(conn, grace_ms), IDBC_OK);
	CU_ASSERT(becomes(&patient->closed, patient->opened));
	CU_ASSERT_EQUAL(patient->live, 0);
	CU_ASSERT_EQUAL(patient->begun, patient->ended);
}

#endif
