/* tests/unit/base_secret.c - secret memory: sizes, wiping, forks, threads. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/secret.h"
#include "unit.h"

static void test_sizes(void)
{
	static const size_t sizes[] = { 0, 1, 63, 64, 255, 256, 1023, 1024, 4095, 4096,
		100000 };
	const size_t n = sizeof(sizes) / sizeof(sizes[0]);
	struct secret all[sizeof(sizes) / sizeof(sizes[0])];
	char *bytes = malloc(100000);

	memset(bytes, 'p', 100000);
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT_FATAL(!secret_copy(&all[i], bytes, sizes[i]));
		CU_ASSERT(all[i].len == sizes[i] && all[i].ptr[sizes[i]] == '\0');
	}
	for (size_t i = 0; i < n; i++) {
		CU_ASSERT(secret_equal(all[i].ptr, bytes, sizes[i]));
		secret_free(&all[i]);
		CU_ASSERT(!all[i].ptr && !all[i].len);
		secret_free(&all[i]);
	}
	CU_ASSERT(secret_alloc(&all[0], SIZE_MAX) == -1);
	free(bytes);
}

static void test_wiped(void)
{
	struct secret keep, one, two;
	const char *where;

	CU_ASSERT_FATAL(!secret_copy(&keep, "keep", 4));
	CU_ASSERT_FATAL(!secret_copy(&one, "correct horse", 13));
	where = one.ptr;
	one.len = 3;            /* a caller may shorten it */
	secret_free(&one);
	for (size_t i = 0; i < 14; i++)
		CU_ASSERT(where[i] == '\0');
	CU_ASSERT(!secret_alloc(&two, 13));
	CU_ASSERT(two.ptr == where && !two.ptr[0]);
	UNIT_STR(keep.ptr, "keep");
	secret_free(&two);
	secret_free(&keep);
}

static void test_many(void)
{
	static struct secret all[700];
	char text[300];

	for (size_t i = 0; i < 700; i++) {
		snprintf(text, sizeof(text), "%0*zu", i % 2 ? 20 : 250, i);
		CU_ASSERT_FATAL(!secret_copy(&all[i], text, strlen(text)));
	}
	for (size_t i = 0; i < 700; i++) {
		snprintf(text, sizeof(text), "%0*zu", i % 2 ? 20 : 250, i);
		UNIT_STR(all[i].ptr, text);
		secret_free(&all[i]);
	}
}

static int child(struct secret *parents)
{
	struct secret own;

	for (size_t i = 0; i < parents->len; i++)
		if (parents->ptr[i])
			return 1;
	secret_free(parents);
	if (secret_copy(&own, "child", 5) || strcmp(own.ptr, "child"))
		return 2;
	secret_free(&own);
	return 0;
}

static void test_fork(void)
{
	struct secret secret;
	int status = -1;
	pid_t pid;

	CU_ASSERT_FATAL(!secret_copy(&secret, "parent", 6));
	pid = fork();
	if (!pid)
		_exit(child(&secret));
	CU_ASSERT(waitpid(pid, &status, 0) == pid && status == 0);
	UNIT_STR(secret.ptr, "parent");
	secret_free(&secret);
}

static void *work(void *arg)
{
	unsigned seed = (unsigned)(size_t)arg;
	char text[2000];
	struct secret secret[8];

	memset(text, (int)seed, sizeof(text));
	for (int round = 0; round < 500; round++) {
		for (int i = 0; i < 8; i++)
			if (secret_copy(&secret[i], text, rand_r(&seed) % sizeof(text)))
				return arg;
		for (int i = 0; i < 8; i++) {
			if (!secret_equal(secret[i].ptr, text, secret[i].len))
				return arg;
			secret_free(&secret[i]);
		}
	}
	return NULL;
}

static void test_threads(void)
{
	pthread_t threads[4];
	void *failed;

	for (size_t i = 0; i < 4; i++)
		CU_ASSERT_FATAL(!pthread_create(&threads[i], NULL, work, (void *)(i + 1)));
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		CU_ASSERT(!failed);
	}
}

static void test_equal(void)
{
	char bytes[4] = "abc";

	CU_ASSERT(secret_equal("abc", "abc", 3));
	CU_ASSERT(!secret_equal("abc", "abd", 3));
	CU_ASSERT(!secret_equal("abc", "Abc", 3));
	CU_ASSERT(secret_equal(NULL, NULL, 0));
	secret_wipe(bytes, 4);
	CU_ASSERT(!bytes[0] && !bytes[2]);
	secret_wipe(NULL, 0);
}

static const struct unit_test tests[] = {
	{ "sizes", test_sizes },
	{ "wiped when given back", test_wiped },
	{ "many", test_many },
	{ "fork", test_fork },
	{ "threads", test_threads },
	{ "equal and wipe", test_equal },
};
UNIT_MAIN("base_secret", tests)
