/* tests/unit/odbc.h - what the tests of the odbc backend share, whatever the database.
 */
#ifndef TESTS_UNIT_ODBC_H
#define TESTS_UNIT_ODBC_H

#include <pthread.h>
#include <sys/wait.h>

#include "backend.h"
#include "../../drivers/odbc/handles.h"

static const char *env(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

static int open_rig(struct rig *r, const struct pair *pairs)
{
	if (rig_open(r, &od_backend, pairs)) {
		fprintf(stderr, "# open: %s\n", r->found);
		return -1;
	}
	if (rig_connect(r, 5000)) {
		fprintf(stderr, "# connect: %s %d %s\n", r->diag.sqlstate, r->diag.native,
			r->diag.text);
		return -1;
	}
	return 0;
}

static void write_fails(struct rig *r, const char *sql, int native, const char *words)
{
	CU_ASSERT_EQUAL(rig_write(r, sql, NULL, 0), -1);
	CU_ASSERT_EQUAL(r->diag.native, native);
	CU_ASSERT_EQUAL(r->diag.lost, SQL_LOST_NOT);
	if (!strstr(r->diag.text, words))
		fprintf(stderr, "# %s: %s\n", sql, r->diag.text);
	CU_ASSERT_PTR_NOT_NULL(strstr(r->diag.text, words));
}

struct delayed { struct rig *rig; int64_t took_ns; };

static void *interrupt_soon(void *arg)
{
	struct delayed *d = arg;
	int64_t start;

	usleep(150000);
	start = fake_now();
	d->rig->b->interrupt(d->rig->conn);
	d->took_ns = fake_now() - start;
	return NULL;
}

static void interrupt_of(struct rig *r, const char *sql)
{
	struct delayed d = { r, 0 };
	pthread_t thread;
	int64_t start = fake_now();

	pthread_create(&thread, NULL, interrupt_soon, &d);
	CU_ASSERT_EQUAL(rig_write(r, sql, NULL, 0), -1);
	CU_ASSERT(fake_now() - start < 400000000);
	UNIT_STR(r->diag.sqlstate, "HY008");
	pthread_join(thread, NULL);
	CU_ASSERT(d.took_ns < 100000000);
	CU_ASSERT_EQUAL(rig_write(r, sql, NULL, 0), -1);       /* and stays interrupted */
	UNIT_STR(r->diag.sqlstate, "HY008");
}

/* The child neither writes nor closes; the parent goes on. */
static void abandoned(struct rig *r)
{
	struct idbc_value arg = v_int(IDBC_KIND_I64, 1), col;
	void *stmt = NULL;
	int64_t rows;
	int status;
	pid_t pid;

	CU_ASSERT_EQUAL_FATAL(r->b->prepare(r->conn, "SELECT ?", &stmt, &r->diag), 0);
	CU_ASSERT_EQUAL(r->b->begin(r->conn, in_ms(20000), &r->diag), 0);
	CU_ASSERT_EQUAL(rig_write(r, "INSERT INTO t (id) VALUES (77)", NULL, 0), 1);
	pid = fork();
	if (pid == 0) {
		r->b->abandon(r->conn);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(r->b->execute(stmt, &arg, 1, in_ms(5000), &rows, &r->diag), 0);
	CU_ASSERT_EQUAL(r->b->fetch(stmt, &col, 1, &r->diag), 1);
	r->b->finish(stmt);
	CU_ASSERT_EQUAL(r->b->commit(r->conn, &r->diag), 0);
	expect_text(r, "SELECT COUNT(*) FROM t WHERE id = 77", "1");
}

#endif
