/* tests/unit/tools_state.c - a file that remembers how far a run came: what the machine would
 * find after a crash at each step, told by the order in which the kernel is asked.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "tool.h"
#include "unit.h"

static char folder[] = "/tmp/tools_state.XXXXXX", path[64], said[256];
static int sync_fails;

static void note(const char *word)
{
	strncat(said, word, sizeof(said) - strlen(said) - 1);
}

/* In place of the C library's. */
int fsync(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		return -1;
	note(S_ISDIR(st.st_mode) ? "folder " : st.st_size ? "file " : "empty ");
	errno = EIO;
	return sync_fails ? -1 : 0;
}

int rename(const char *old, const char *new)
{
	note("rename ");
	return (int)syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, 0);
}

static const char *content(void)
{
	static char text[64];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static int replace(const char *text)
{
	said[0] = '\0';
	return state_file_replace(path, text, strlen(text));
}

static void test_order(void)
{
	CU_ASSERT_EQUAL(replace("first"), 0);
	UNIT_STR(said, "file rename folder ");
	UNIT_STR(content(), "first");
	CU_ASSERT_EQUAL(replace("second, longer"), 0);
	CU_ASSERT_EQUAL(replace("3"), 0);
	UNIT_STR(content(), "3");
}

/* What could not be written to the disk takes no name. */
static void test_failing(void)
{
	CU_ASSERT_EQUAL(replace("kept"), 0);
	sync_fails = 1;
	CU_ASSERT_EQUAL(replace("lost"), -1);
	CU_ASSERT_EQUAL(errno, EIO);
	UNIT_STR(said, "file ");
	UNIT_STR(content(), "kept");
	sync_fails = 0;
}

static void test_nowhere(void)
{
	said[0] = '\0';
	CU_ASSERT_EQUAL(state_file_replace("/nonexistent/of/ours", "x", 1), -1);
	CU_ASSERT_EQUAL(errno, ENOENT);
	UNIT_STR(said, "");
}

int main(void)
{
	static const struct unit_test tests[] = {
		{ "written, then named, then the name written", test_order },
		{ "what fails leaves the last one", test_failing },
		{ "a folder that is not there", test_nowhere },
	};
	char beside[72];
	int rc;

	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/state", folder);
	snprintf(beside, sizeof(beside), "%s.new", path);
	rc = unit_run("tools_state", tests, sizeof(tests) / sizeof(tests[0]));
	unlink(path);
	unlink(beside);
	rmdir(folder);
	return rc;
}
