/* tests/unit/password_arena.c - memory of hashes: zero when taken, kept warm within the
 * budget, in no core file, and not a forked child's.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/secret.h"
#include "password/scheme/scheme.h"
#include "password/tool/arena.h"
#include "unit.h"

#define MIB ((size_t)1 << 20)

static size_t idle_bytes(void)
{
	struct arena_stats stats;

	arena_stats(&stats);
	return stats.idle;
}

static size_t used_bytes(void)
{
	struct arena_stats stats;

	arena_stats(&stats);
	return stats.used;
}

static int is_zero(const char *bytes, size_t len)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, len - 1);
}

static void kept_warm_and_wiped(void)
{
	char *a, *b;

	arena_budget_add(64 * MIB);
	a = arena_take(19 * MIB);
	CU_ASSERT_FATAL(a != NULL);
	CU_ASSERT_EQUAL(used_bytes(), 20 * MIB);
	CU_ASSERT_EQUAL((uintptr_t)a % (2 * MIB), 0);
	memset(a, 'x', 19 * MIB);
	arena_give(a);
	CU_ASSERT_EQUAL(idle_bytes(), 20 * MIB);
	b = arena_take(20 * MIB);
	CU_ASSERT_PTR_EQUAL(a, b);
	CU_ASSERT(is_zero(b, 20 * MIB));
	arena_give(b);
	arena_give(NULL);
	arena_budget_add(-(int64_t)(64 * MIB));
	CU_ASSERT_EQUAL(idle_bytes(), 0);
}

/* Another size takes the place of the longest idle; what is in use is never touched. */
static void idle_ones_give_way(void)
{
	char *a, *b, *c;

	arena_budget_add(64 * MIB);
	a = arena_take(20 * MIB);
	b = arena_take(30 * MIB);
	CU_ASSERT_FATAL(a && b);
	arena_give(a);
	arena_give(b);
	CU_ASSERT_EQUAL(idle_bytes(), 50 * MIB);
	c = arena_take(24 * MIB);
	CU_ASSERT_FATAL(c != NULL);
	CU_ASSERT_EQUAL(idle_bytes(), 30 * MIB);
	memset(c, 'x', 24 * MIB);
	arena_budget_add(-(int64_t)(60 * MIB));
	CU_ASSERT_EQUAL(idle_bytes(), 0);
	CU_ASSERT_EQUAL(c[24 * MIB - 1], 'x');
	arena_give(c);
	CU_ASSERT_EQUAL(idle_bytes(), 0);
	arena_budget_add(-(int64_t)(4 * MIB));
	CU_ASSERT_PTR_NULL(arena_take(SIZE_MAX - 1));
	CU_ASSERT_EQUAL(used_bytes(), 0);
}

/* The flags of the mapping that begins at `base`: "rd wr mr ... dd wf". */
static void flags_of(const void *base, char *out, size_t cap)
{
	FILE *in = fopen("/proc/self/smaps", "r");
	char line[256];
	unsigned long first, last;
	int here = 0;

	*out = '\0';
	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%lx-%lx ", &first, &last) == 2)
			here = first <= (uintptr_t)base && (uintptr_t)base < last;
		else if (here && !strncmp(line, "VmFlags:", 8))
			snprintf(out, cap, "%.200s", line + 8);
	}
	if (in)
		fclose(in);
}

static void in_no_core_file(void)
{
	size_t sizes[] = { 32768, 46 * MIB };
	char flags[256];

	for (size_t i = 0; i < 2; i++) {
		char *arena = arena_take(sizes[i]);

		CU_ASSERT_FATAL(arena != NULL);
		flags_of(arena, flags, sizeof(flags));
		CU_ASSERT(strstr(flags, " dd ") != NULL);
		CU_ASSERT(strstr(flags, " wf ") != NULL);
		arena_give(arena);
	}
}

/* The child sees zeroes, has a set of its own, and may give back what is not its own. */
static int child(char *parents)
{
	char *mine;

	if (!is_zero(parents, 4 * MIB) || idle_bytes() || used_bytes())
		return 1;
	mine = arena_take(4 * MIB);
	if (!mine || mine == parents || used_bytes() != 4 * MIB)
		return 2;
	arena_give(mine);
	arena_give(parents);
	return used_bytes() ? 3 : 0;
}

static void not_a_childs(void)
{
	char *arena = arena_take(4 * MIB);
	int status = -1;
	pid_t pid;

	CU_ASSERT_FATAL(arena != NULL);
	memset(arena, 'x', 4 * MIB);
	pid = fork();
	if (!pid)
		_exit(child(arena));
	CU_ASSERT(waitpid(pid, &status, 0) == pid);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(arena[4 * MIB - 1], 'x');
	arena_give(arena);
}

/* What argon2 leaves behind in an arena that is kept is nothing. */
static void argon2_leaves_zeroes(void)
{
	static const int64_t costs[COST_KEYS_MAX] = { 8192, 1, 1 };
	struct secret password = SECRET_INIT;
	struct buf hash = BUF_INIT(4096);
	char *arena;

	arena_budget_add(16 * MIB);
	CU_ASSERT_FATAL(!secret_copy(&password, "hunter2", 7));
	CU_ASSERT(phc_make(2, &password, costs, &hash) == 0);
	CU_ASSERT_EQUAL(idle_bytes(), 8 * MIB);
	arena = arena_take(8 * MIB);
	CU_ASSERT_FATAL(arena != NULL);
	CU_ASSERT_EQUAL(idle_bytes(), 0);
	CU_ASSERT(is_zero(arena, 8 * MIB));
	arena_give_zero(arena);
	arena_budget_add(-(int64_t)(16 * MIB));
	secret_free(&password);
	buf_wipe(&hash);
}

static const struct unit_test tests[] = {
	{ "kept warm and wiped", kept_warm_and_wiped },
	{ "idle ones give way", idle_ones_give_way },
	{ "in no core file", in_no_core_file },
	{ "not a child's", not_a_childs },
	{ "argon2 leaves zeroes", argon2_leaves_zeroes },
};
UNIT_MAIN("password_arena", tests)
