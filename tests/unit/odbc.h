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

/* --- one statement, again and again ------------------------------------------------------ */

#define REUSED 12

/* Row i has a text of that many letters, or none. */
static int reused_size(int i)
{
	static const int sizes[REUSED] = { 3, 15, 0, 16, -1, 40, 254, 255, 256, 300, 5000, 7 };

	return sizes[i];
}

static struct idbc_value reused_text(int i, char *buf)
{
	int n = reused_size(i);

	memset(buf, 'a' + i, n > 0 ? (size_t)n : 0);
	return n < 0 ? v_null() : v_len(IDBC_KIND_STR, buf, (size_t)n);
}

static void *reused_prepare(struct rig *r, const char *sql)
{
	void *stmt = NULL;

	CU_ASSERT_EQUAL_FATAL(r->b->prepare(r->conn, sql, &stmt, &r->diag), 0);
	return stmt;
}

/* The one row that the statement finds; its first two columns. */
static void reused_run(struct rig *r, void *stmt, struct idbc_value arg, struct idbc_value *cols)
{
	int64_t rows;

	if (r->b->execute(stmt, &arg, 1, in_ms(20000), &rows, &r->diag))
		fprintf(stderr, "# %s %s\n", r->diag.sqlstate, r->diag.text);
	CU_ASSERT_EQUAL_FATAL(r->b->fetch(stmt, cols, 2, &r->diag), 1);
}

static void reused_end(struct rig *r, void *stmt)
{
	struct idbc_value ignored[2];

	CU_ASSERT_EQUAL(r->b->fetch(stmt, ignored, 2, &r->diag), 0);
	r->b->reset(stmt);
}

/* Rows that grow and shrink; arguments of another kind and length each time. */
static void reused_statements(struct rig *r)
{
	void *by_id = reused_prepare(r, "SELECT s, id FROM t WHERE id = ?");
	void *by_text = reused_prepare(r, "SELECT id, s FROM t WHERE s = ?");
	char letters[8192], number[16];

	for (int round = 0; round < 5 * REUSED; round++) {
		int i = round * 7 % REUSED;
		struct idbc_value want = reused_text(i, letters), cols[2], id = v_int(IDBC_KIND_I64, i);

		snprintf(number, sizeof(number), "%d", i);
		reused_run(r, by_id, round % 3 ? id : v_str(number), cols);
		CU_ASSERT_EQUAL(cols[0].kind, want.kind);
		if (want.kind == IDBC_KIND_STR)
			CU_ASSERT(cols[0].u.str.len == want.u.str.len &&
				  !memcmp(cols[0].u.str.ptr, letters, want.u.str.len));
		CU_ASSERT(cols[1].u.str.len == strlen(number) &&
			  !memcmp(cols[1].u.str.ptr, number, strlen(number)));
		reused_end(r, by_id);
		if (want.kind == IDBC_KIND_STR) {
			reused_run(r, by_text, want, cols);
			CU_ASSERT_EQUAL(cols[1].u.str.len, want.u.str.len);
		} else {
			int64_t rows;

			CU_ASSERT_EQUAL(r->b->execute(by_text, &want, 1, in_ms(20000), &rows,
						      &r->diag), 0);
		}
		reused_end(r, by_text);
	}
	r->b->finish(by_id);
	r->b->finish(by_text);
}

static void reused_all(struct rig *r)
{
	char letters[8192];

	rig_exec(r, "DELETE FROM t");
	for (int i = 0; i < REUSED; i++) {
		struct idbc_value args[2] = { v_int(IDBC_KIND_I64, i), reused_text(i, letters) };

		CU_ASSERT_EQUAL(rig_write(r, "INSERT INTO t (id, s) VALUES (?, ?)", args, 2), 1);
	}
	reused_statements(r);
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
	CU_ASSERT(fake_now() - start < INT64_C(400000000) * unit_slower());
	UNIT_STR(r->diag.sqlstate, "HY008");
	pthread_join(thread, NULL);
	CU_ASSERT(d.took_ns < INT64_C(100000000) * unit_slower());
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
