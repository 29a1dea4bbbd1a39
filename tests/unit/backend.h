/* tests/unit/backend.h - a make-believe host for the backends' tests, and the tests that
 * hold for every backend: sizes, NULL, encodings, counts, transactions.
 */
#ifndef TESTS_UNIT_BACKEND_H
#define TESTS_UNIT_BACKEND_H

#include "unit.h"
#include "sql/sql.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* --- host ---------------------------------------------------------------------------- */

struct pair { const char *key, *value; };
struct idbc_settings { const struct pair *pairs; };

static const char *setting(const struct idbc_settings *s, const char *key)
{
	for (const struct pair *p = s->pairs; p->key; p++)
		if (!strcmp(p->key, key))
			return p->value;
	return NULL;
}

static int fake_str(const struct idbc_settings *s, const char *key, const char *fallback,
		    struct idbc_str *out)
{
	const char *value = setting(s, key);
	const char *text = value ? value : fallback;

	out->ptr = text;
	out->len = text ? strlen(text) : 0;
	return value != NULL;
}

static int fake_path(const struct idbc_settings *s, const char *key, struct idbc_str *out)
{
	return fake_str(s, key, NULL, out);
}

static int fake_json(const struct idbc_settings *s, const char *key, struct idbc_str *out)
{
	return fake_str(s, key, NULL, out);
}

static int fake_i64(const struct idbc_settings *s, const char *key, int64_t fallback,
		    int64_t *out)
{
	const char *value = setting(s, key);

	*out = value ? strtoll(value, NULL, 10) : fallback;
	return value != NULL;
}

static int fake_bool(const struct idbc_settings *s, const char *key, int fallback, int *out)
{
	const char *value = setting(s, key);

	*out = value ? !strcmp(value, "true") : fallback;
	return value != NULL;
}

static int64_t fake_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

IDBC_PRINTF(3, 4)
static void fake_log(const struct idbc_host *host, uint32_t level, const char *fmt, ...)
{
	(void)host;
	(void)level;
	(void)fmt;
}

IDBC_PRINTF(5, 6)
static int fake_fail(const struct idbc_host *host, struct idbc_error *err, uint32_t status,
		     const char *code, const char *fmt, ...)
{
	va_list ap;

	(void)host;
	err->status = status;
	snprintf(err->code, sizeof(err->code), "%s", code ? code : "");
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return (int)status;
}

static const struct idbc_host fake_host = {
	.size = sizeof(struct idbc_host), .abi = IDBC_DRIVER_ABI,
	.log = fake_log, .fail = fake_fail, .now_ns = fake_now,
	.setting_str = fake_str, .setting_i64 = fake_i64, .setting_bool = fake_bool,
	.setting_path = fake_path, .setting_json = fake_json,
};

struct fake_findings { struct idbc_findings base; char keys[512]; };

static int fake_add(struct idbc_findings *f, uint32_t severity, const char *code,
		    const char *key, const char *text, const char *remedy)
{
	struct fake_findings *all = (struct fake_findings *)f;
	size_t used = strlen(all->keys);

	(void)severity;
	(void)text;
	(void)remedy;
	snprintf(all->keys + used, sizeof(all->keys) - used, "%s@%s ", code, key);
	return 0;
}

/* --- driving one backend --------------------------------------------------------------- */

struct rig {
	const struct sql_backend *b;
	struct idbc_settings settings;
	void *instance, *conn;
	uint32_t dialect;
	struct sql_diag diag;
	char found[512];                /* findings of open */
};

static int64_t in_ms(int64_t ms)
{
	return fake_now() + ms * 1000000 * unit_slower();
}

static int rig_open(struct rig *r, const struct sql_backend *b, const struct pair *pairs)
{
	struct fake_findings f = { { sizeof(struct idbc_findings), 0, fake_add }, "" };
	struct idbc_error err = IDBC_ERROR_INIT;
	int status;

	memset(r, 0, sizeof(*r));
	r->b = b;
	r->settings.pairs = pairs;
	status = b->open(&fake_host, &r->settings, &f.base, &r->instance, &err);
	memcpy(r->found, f.keys, sizeof(r->found));
	return status;
}

static int rig_connect(struct rig *r, int64_t ms)
{
	return r->b->connect(r->instance, 1, in_ms(ms), &r->conn, &r->dialect, &r->diag);
}

static void rig_close(struct rig *r)
{
	if (r->conn)
		r->b->disconnect(r->conn);
	if (r->instance)
		r->b->close(r->instance);
	memset(r, 0, sizeof(*r));
}

static int rig_exec(struct rig *r, const char *sql)
{
	int rc = r->b->exec(r->conn, sql, in_ms(20000), &r->diag);

	if (rc)
		fprintf(stderr, "# %s: %s %d %s\n", sql, r->diag.sqlstate, r->diag.native,
			r->diag.text);
	return rc;
}

static struct idbc_value v_null(void)
{
	return (struct idbc_value){ .kind = IDBC_KIND_NULL };
}

static struct idbc_value v_len(uint32_t kind, const char *bytes, size_t len)
{
	return (struct idbc_value){ .kind = kind, .u.str = { bytes, len } };
}

static struct idbc_value v_str(const char *text)
{
	return v_len(IDBC_KIND_STR, text, strlen(text));
}

static struct idbc_value v_int(uint32_t kind, int64_t n)
{
	return (struct idbc_value){ .kind = kind, .u.i64 = n };
}

/* Prepare, execute, finish; the rows matched, or -1. */
static int64_t rig_write(struct rig *r, const char *sql, const struct idbc_value *args,
			 uint32_t nargs)
{
	void *stmt = NULL;
	int64_t rows = -7;

	if (r->b->prepare(r->conn, sql, &stmt, &r->diag))
		return -1;
	if (r->b->execute(stmt, args, nargs, in_ms(20000), &rows, &r->diag))
		rows = -1;
	r->b->finish(stmt);
	return rows;
}

/* The first column of the first row, copied; its length, -1 for NULL, -2 for no row. */
static int64_t rig_read(struct rig *r, const char *sql, const struct idbc_value *args,
			uint32_t nargs, uint32_t *kind, char *buf, size_t cap)
{
	struct idbc_value col = { 0 };
	void *stmt = NULL;
	int64_t rows, len = -3;

	buf[0] = '\0';
	if (r->b->prepare(r->conn, sql, &stmt, &r->diag))
		return -3;
	if (!r->b->execute(stmt, args, nargs, in_ms(20000), &rows, &r->diag)) {
		int got = r->b->fetch(stmt, &col, 1, &r->diag);

		len = got == 0 ? -2 : got < 0 ? -3 : col.kind == IDBC_KIND_NULL ? -1
			: (int64_t)col.u.str.len;
		if (kind)
			*kind = col.kind;
		if (len >= 0 && (size_t)len < cap) {
			memcpy(buf, col.u.str.ptr, (size_t)len);
			buf[len] = '\0';
		}
		r->b->reset(stmt);
	}
	r->b->finish(stmt);
	return len;
}

static void expect_text(struct rig *r, const char *sql, const char *want)
{
	char buf[512];
	uint32_t kind = 0;

	rig_read(r, sql, NULL, 0, &kind, buf, sizeof(buf));
	if (strcmp(buf, want))
		fprintf(stderr, "# %s\n", sql);
	UNIT_STR(buf, want);
	CU_ASSERT_EQUAL(kind, IDBC_KIND_STR);
}

static void expect_bytes(struct rig *r, const char *sql, const char *want, size_t len)
{
	char buf[512];
	uint32_t kind = 0;
	int64_t got = rig_read(r, sql, NULL, 0, &kind, buf, sizeof(buf));

	if (got != (int64_t)len)
		fprintf(stderr, "# %s: %lld bytes\n", sql, (long long)got);
	CU_ASSERT_EQUAL(got, (int64_t)len);
	CU_ASSERT_EQUAL(kind, IDBC_KIND_BYTES);
	CU_ASSERT(!memcmp(buf, want, len));
}

/* --- what every backend does: table `t` (id integer key, s long text, b blob, n integer) - */

static const size_t shared_sizes[] = {
	0, 1, 254, 255, 256, 257, 1022, 1023, 1024, 4095, 4096, 4097, 8190, 8191, 8192,
	65534, 65535, 65536, 5u << 20,
};

static void fill(char *buf, size_t len, unsigned seed, int text)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1103515245u + 12345u;
		buf[i] = text ? (char)(' ' + (seed >> 16) % 90) : (char)(seed >> 16);
	}
}

static void one_size(struct rig *r, size_t len, int text)
{
	char *in = malloc(len + 1), *back = malloc(len + 1);
	struct idbc_value args[3];
	uint32_t kind = text ? IDBC_KIND_STR : IDBC_KIND_BYTES, got_kind = 0;
	int64_t got;

	fill(in, len, (unsigned)len, text);
	args[0] = v_int(IDBC_KIND_I64, 1);
	args[1] = v_len(kind, in, len);
	rig_exec(r, "DELETE FROM t");
	CU_ASSERT_EQUAL(rig_write(r, text ? "INSERT INTO t (id, s) VALUES (?, ?)"
				  : "INSERT INTO t (id, b) VALUES (?, ?)", args, 2), 1);
	got = rig_read(r, text ? "SELECT s FROM t" : "SELECT b FROM t", NULL, 0, &got_kind, back,
		       len + 1);
	if (got != (int64_t)len || memcmp(in, back, len))
		fprintf(stderr, "# size %zu text %d: got %lld\n", len, text, (long long)got);
	CU_ASSERT_EQUAL(got, (int64_t)len);
	CU_ASSERT_EQUAL(got_kind, kind);
	CU_ASSERT(!memcmp(in, back, len));
	free(in);
	free(back);
}

static void shared_every_size(struct rig *r)
{
	for (size_t i = 0; i < sizeof(shared_sizes) / sizeof(shared_sizes[0]); i++) {
		one_size(r, shared_sizes[i], 1);
		one_size(r, shared_sizes[i], 0);
	}
}

/* A four-byte character across every place where a chunk may end. */
static void shared_utf8(struct rig *r)
{
	char in[2100], back[2100];

	for (size_t pad = 240; pad < 262; pad++) {
		struct idbc_value args[2] = { v_int(IDBC_KIND_I64, 1), v_null() };
		size_t len = pad;

		memset(in, 'x', pad);
		for (int i = 0; i < 200; i++, len += 4)
			memcpy(in + len, "\xf0\x9f\x98\x80", 4);
		args[1] = v_len(IDBC_KIND_STR, in, len);
		rig_exec(r, "DELETE FROM t");
		CU_ASSERT_EQUAL(rig_write(r, "INSERT INTO t (id, s) VALUES (?, ?)", args, 2), 1);
		CU_ASSERT_EQUAL(rig_read(r, "SELECT s FROM t", NULL, 0, NULL, back,
					 sizeof(back)), (int64_t)len);
		CU_ASSERT(!memcmp(in, back, len));
	}
}

static void shared_null(struct rig *r)
{
	struct idbc_value args[4] = { v_int(IDBC_KIND_I64, 1), v_null(), v_null(), v_null() };
	char buf[64];

	rig_exec(r, "DELETE FROM t");
	CU_ASSERT_EQUAL(rig_write(r, "INSERT INTO t (id, s, b, n) VALUES (?, ?, ?, ?)", args, 4), 1);
	CU_ASSERT_EQUAL(rig_read(r, "SELECT s FROM t", NULL, 0, NULL, buf, 64), -1);
	CU_ASSERT_EQUAL(rig_read(r, "SELECT b FROM t", NULL, 0, NULL, buf, 64), -1);
	CU_ASSERT_EQUAL(rig_read(r, "SELECT n FROM t", NULL, 0, NULL, buf, 64), -1);
	CU_ASSERT_EQUAL(rig_read(r, "SELECT s FROM t WHERE id = 2", NULL, 0, NULL, buf, 64), -2);
}

static void one_integer(struct rig *r, uint32_t kind, int64_t n, const char *text)
{
	struct idbc_value args[2] = { v_int(IDBC_KIND_I64, 1), v_int(kind, n) };

	rig_exec(r, "DELETE FROM t");
	CU_ASSERT_EQUAL(rig_write(r, "INSERT INTO t (id, n) VALUES (?, ?)", args, 2), 1);
	expect_text(r, "SELECT n FROM t", text);
}

static void shared_integers(struct rig *r)
{
	one_integer(r, IDBC_KIND_I64, 0, "0");
	one_integer(r, IDBC_KIND_I64, -1, "-1");
	one_integer(r, IDBC_KIND_I64, INT64_MAX, "9223372036854775807");
	one_integer(r, IDBC_KIND_I64, INT64_MIN, "-9223372036854775808");
	one_integer(r, IDBC_KIND_BOOL, 1, "1");
	one_integer(r, IDBC_KIND_BOOL, 0, "0");
}

/* Matched rows count, not changed ones; none is 0 and no error. */
static void shared_counts(struct rig *r)
{
	struct idbc_value args[2] = { v_str("same"), v_int(IDBC_KIND_I64, 1) };

	rig_exec(r, "DELETE FROM t");
	CU_ASSERT_EQUAL(rig_write(r, "INSERT INTO t (s, id) VALUES (?, ?)", args, 2), 1);
	CU_ASSERT_EQUAL(rig_write(r, "UPDATE t SET s = ? WHERE id = ?", args, 2), 1);
	CU_ASSERT_EQUAL(rig_write(r, "UPDATE t SET s = ? WHERE id = ?", args, 2), 1);
	args[1].u.i64 = 2;
	CU_ASSERT_EQUAL(rig_write(r, "UPDATE t SET s = ? WHERE id = ?", args, 2), 0);
	CU_ASSERT_EQUAL(rig_write(r, "DELETE FROM t WHERE id = ?", args + 1, 1), 0);
	CU_ASSERT_EQUAL(rig_write(r, "INSERT INTO t (s, id) VALUES (?, ?)", args, 2), 1);
	CU_ASSERT_EQUAL(rig_write(r, "UPDATE t SET s = 'y'", NULL, 0), 2);
	CU_ASSERT_EQUAL(rig_write(r, "DELETE FROM t", NULL, 0), 2);
}

/* One statement, run again and again with arguments of changing type and size. */
static void shared_reuse(struct rig *r)
{
	struct idbc_value args[2] = { v_int(IDBC_KIND_I64, 1), v_null() }, col[2];
	void *insert = NULL, *select = NULL;
	char long_text[3000];
	int64_t rows;

	memset(long_text, 'z', sizeof(long_text));
	rig_exec(r, "DELETE FROM t");
	CU_ASSERT_EQUAL_FATAL(r->b->prepare(r->conn, "INSERT INTO t (id, s) VALUES (?, ?)",
					    &insert, &r->diag), 0);
	CU_ASSERT_EQUAL_FATAL(r->b->prepare(r->conn, "SELECT id, s FROM t WHERE id >= ? ORDER BY id",
					    &select, &r->diag), 0);
	for (int i = 1; i <= 6; i++) {
		args[0].u.i64 = i;
		args[1] = i % 3 == 0 ? v_null() : i % 3 == 1 ? v_str("short")
			: v_len(IDBC_KIND_STR, long_text, sizeof(long_text));
		CU_ASSERT_EQUAL(r->b->execute(insert, args, 2, in_ms(5000), &rows, &r->diag), 0);
		CU_ASSERT_EQUAL(rows, 1);
		r->b->reset(insert);
	}
	for (int from = 1; from <= 6; from++) {
		args[0].u.i64 = from;
		CU_ASSERT_EQUAL(r->b->execute(select, args, 1, in_ms(5000), &rows, &r->diag), 0);
		for (int i = from; i <= 6; i++) {
			size_t want = i % 3 == 1 ? 5 : sizeof(long_text);

			CU_ASSERT_TRUE(r->b->fetch(select, col, 2, &r->diag) > 0);
			CU_ASSERT_EQUAL(col[0].u.str.len, 1);
			CU_ASSERT_EQUAL(col[0].u.str.ptr[0], '0' + i);
			CU_ASSERT_EQUAL(col[1].kind, i % 3 ? IDBC_KIND_STR : IDBC_KIND_NULL);
			if (i % 3)
				CU_ASSERT_EQUAL(col[1].u.str.len, want);
			if (i == 5)     /* something else between two fetches */
				expect_text(r, "SELECT COUNT(*) FROM t", "6");
		}
		CU_ASSERT_EQUAL(r->b->fetch(select, col, 2, &r->diag), 0);
		r->b->reset(select);
	}
	args[0].u.i64 = 1;      /* left in the middle of its rows */
	CU_ASSERT_EQUAL(r->b->execute(select, args, 1, in_ms(5000), &rows, &r->diag), 0);
	CU_ASSERT_TRUE(r->b->fetch(select, col, 2, &r->diag) > 0);
	r->b->reset(select);
	CU_ASSERT_EQUAL(r->b->execute(select, args, 1, in_ms(5000), &rows, &r->diag), 0);
	CU_ASSERT_TRUE(r->b->fetch(select, col, 2, &r->diag) > 0);
	r->b->reset(select);
	r->b->finish(select);
	r->b->finish(insert);
}

static void shared_transactions(struct rig *r)
{
	rig_exec(r, "DELETE FROM t");
	CU_ASSERT_EQUAL(r->b->begin(r->conn, in_ms(20000), &r->diag), 0);
	CU_ASSERT_EQUAL(rig_write(r, "INSERT INTO t (id) VALUES (1)", NULL, 0), 1);
	CU_ASSERT_EQUAL(r->b->rollback(r->conn, &r->diag), 0);
	expect_text(r, "SELECT COUNT(*) FROM t", "0");
	CU_ASSERT_EQUAL(r->b->begin(r->conn, in_ms(20000), &r->diag), 0);
	CU_ASSERT_EQUAL(rig_write(r, "INSERT INTO t (id) VALUES (2)", NULL, 0), 1);
	CU_ASSERT_EQUAL(r->b->commit(r->conn, &r->diag), 0);
	CU_ASSERT_EQUAL(r->b->begin(r->conn, in_ms(20000), &r->diag), 0);
	CU_ASSERT_EQUAL(r->b->rollback(r->conn, &r->diag), 0);
	expect_text(r, "SELECT COUNT(*) FROM t", "1");
}

/* Characters that mean something in SQL are data. */
static void shared_hostile(struct rig *r)
{
	static const char text[] = "'; DROP TABLE t; -- \\ \" ` ? :x \xc3\xa9 \xbf\x27";
	struct idbc_value args[2] = { v_int(IDBC_KIND_I64, 1), v_null() };
	char back[128];

	args[1] = v_len(IDBC_KIND_STR, text, sizeof(text) - 3);        /* valid UTF-8 part */
	rig_exec(r, "DELETE FROM t");
	CU_ASSERT_EQUAL(rig_write(r, "INSERT INTO t (id, s) VALUES (?, ?)", args, 2), 1);
	CU_ASSERT_EQUAL(rig_read(r, "SELECT s FROM t WHERE s = ?", args + 1, 1, NULL, back, 128),
			(int64_t)sizeof(text) - 3);
	CU_ASSERT(!memcmp(back, text, sizeof(text) - 3));
}

static void shared_all(struct rig *r)
{
	shared_null(r);
	shared_integers(r);
	shared_counts(r);
	shared_reuse(r);
	shared_transactions(r);
	shared_hostile(r);
	shared_utf8(r);
	CU_ASSERT_EQUAL(r->b->ping(r->conn, in_ms(5000), &r->diag), 0);
}

#endif
