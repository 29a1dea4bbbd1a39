/* tests/unit/base_misc.c - buffers, log lines, the clock and forks.  One thread. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/fork.h"
#include "base/log.h"
#include "base/siphash.h"
#include "base/text.h"
#include "unit.h"

static void test_buf(void)
{
	struct buf buf = BUF_INIT(1000);
	char *text;

	CU_ASSERT(!buf_add_str(&buf, "one"));
	CU_ASSERT(!buf_add(&buf, "\0", 1));
	CU_ASSERT(!buf_addf(&buf, "%0200d", 7));
	CU_ASSERT(!buf_add(&buf, NULL, 0));
	CU_ASSERT(buf.len == 204 && buf.ptr[buf.len] == '\0' && buf.ptr[203] == '7');
	text = buf_take(&buf);
	CU_ASSERT(text && !memcmp(text, "one\0" "00", 6));
	CU_ASSERT(!buf.ptr && !buf.len && buf.max == 1000);
	free(text);
	text = buf_take(&buf);
	UNIT_STR(text, "");
	free(text);
}

/* A buffer filled byte by byte must not be copied at every byte. */
static void test_buf_doubles(void)
{
	struct buf buf = BUF_INIT(1000000);
	size_t moves = 0, cap = 0;

	for (size_t i = 0; i < 1000000; i++) {
		buf_add(&buf, "x", 1);
		moves += buf.cap != cap;
		cap = buf.cap;
	}
	CU_ASSERT(!buf.failed && buf.len == 1000000 && buf.cap == 1000001);
	CU_ASSERT(moves < 30);
	buf_free(&buf);
}

static void test_buf_ceiling(void)
{
	struct buf buf = BUF_INIT(8);

	CU_ASSERT(!buf_add_str(&buf, "12345678"));
	CU_ASSERT(buf_add(&buf, "9", 1) == -1);
	CU_ASSERT(buf.failed);
	CU_ASSERT(buf_add(&buf, "", 0) == -1);
	CU_ASSERT(!buf_take(&buf));
	UNIT_STR(buf.ptr, "12345678");
	buf_wipe(&buf);
	CU_ASSERT(!buf.failed && !buf_addf(&buf, "%s", "12345678"));
	CU_ASSERT(buf_addf(&buf, "%s", "9") == -1);
	buf_free(&buf);
	buf_free(&buf);
	CU_ASSERT(buf_add(&buf, "x", SIZE_MAX) == -1);
}

static char last[16384];
static uint64_t last_id;

static void keep(void *ctx, uint32_t level, uint32_t op, uint64_t op_id, const char *origin,
		 const char *text)
{
	CU_ASSERT(ctx == last && level == IDBC_LOG_INFO && op == 3);
	UNIT_STR(origin, "pool");
	last_id = op_id;
	strcpy(last, text);
}

/* The first and the last of the vectors that its authors gave: 0 and 15 bytes. */
static void test_siphash(void)
{
	unsigned char key[SIPHASH_KEY_BYTES], bytes[15];

	for (unsigned char i = 0; i < sizeof(key); i++)
		key[i] = i;
	memcpy(bytes, key, sizeof(bytes));
	CU_ASSERT(siphash(key, bytes, 0) == UINT64_C(0x726fdb47dd0e0e31));
	CU_ASSERT(siphash(key, bytes, 15) == UINT64_C(0xa129ca6149be45e5));
	key[0] = 1;
	CU_ASSERT(siphash(key, bytes, 15) != UINT64_C(0xa129ca6149be45e5));
}

static void test_log(void)
{
	struct log log = { .fn = keep, .ctx = last, .connection = "shop" };
	struct log none = { .connection = "shop" };
	char lng[5000];

	log_line(&log, IDBC_LOG_INFO, 3, 42, "pool", "two\nlines \xff %d", 5);
	UNIT_STR(last, "shop: two\\x0alines \xef\xbf\xbd 5");
	CU_ASSERT(last_id == 42);
	memset(lng, '\x01', sizeof(lng));
	lng[sizeof(lng) - 1] = '\0';
	log_line(&log, IDBC_LOG_INFO, 3, 43, "pool", "%s", lng);
	CU_ASSERT(strlen(last) > 2000 && !strchr(last, '\x01'));
	last_id = 0;
	log_line(&none, IDBC_LOG_INFO, 3, 44, "pool", "nobody");
	log_line(NULL, IDBC_LOG_INFO, 3, 44, "pool", "nobody");
	CU_ASSERT(last_id == 0);
}

static void test_clock(void)
{
	int64_t now = clock_now_ns(), deadline = clock_deadline_ns(60000);

	CU_ASSERT(now > 0 && deadline - now >= INT64_C(60000000000));
	CU_ASSERT(clock_deadline_ns(UINT32_MAX) > now);
}

static void test_fork(void)
{
	uint32_t here = fork_generation();
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(fork_generation() == here + 1 ? 0 : 1);
	CU_ASSERT(waitpid(pid, &status, 0) == pid && status == 0);
	CU_ASSERT(fork_generation() == here);
}

static const struct unit_test tests[] = {
	{ "buf", test_buf },
	{ "buf doubles", test_buf_doubles },
	{ "buf ceiling", test_buf_ceiling },
	{ "log", test_log }, { "siphash", test_siphash },
	{ "clock", test_clock },
	{ "fork", test_fork },
};
UNIT_MAIN("base_misc", tests)
