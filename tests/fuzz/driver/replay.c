/* tests/fuzz/driver/replay.c - a fuzz target without a fuzzer: each file named, or each file
 * of each folder named, goes through once; with no argument the target's corpus in the tree.
 */
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include "../fuzz.h"

#define FILE_MAX_BYTES (1u << 20)

static size_t inputs;

static void replay_file(const char *path)
{
	uint8_t *bytes = malloc(FILE_MAX_BYTES);
	FILE *file = fopen(path, "rb");
	size_t len;

	if (!file || !bytes) {
		printf("not ok - %s: %s\n", path, strerror(errno));
		exit(1);
	}
	len = fread(bytes, 1, FILE_MAX_BYTES, file);
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, len);
	free(bytes);
	inputs++;
}

static void replay(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[4096];

	if (!dir) {
		replay_file(path);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		replay_file(name);
	}
	closedir(dir);
}

int main(int argc, char **argv)
{
	const char *base = strrchr(argv[0], '/');
	char corpus[4096];

	base = base ? base + 1 : argv[0];
	snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/corpus/%s", TEST_SOURCE, base);
	if (argc < 2)
		replay(corpus);
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	printf("%s - fuzz %s: %zu inputs\n", inputs ? "ok" : "not ok", base, inputs);
	return !inputs;
}
