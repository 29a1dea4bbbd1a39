/* tests/host/plugins.c - a host of several plugins that each use the library: linked, loaded,
 * or another copy of it, each with a driver of its own, side by side in threads.
 *
 * usage: plugins LABEL SECONDS (PLUGIN CONFIG LIBRARY)...
 */
#include <dlfcn.h>
#include <pthread.h>
#include "host.h"

#define MAX 8

typedef int run_fn(const char *config, const char *library, int seconds, char *why, size_t size);
struct plugin {
	pthread_t thread;
	run_fn *run;
	const char *config, *library;
	int seconds, rounds;
	char why[300];
};

static void *runs(void *arg)
{
	struct plugin *p = arg;

	p->rounds = p->run(p->config, p->library, p->seconds, p->why, sizeof(p->why));
	return NULL;
}

static int load(struct plugin *p, char **args, int seconds)
{
	void *handle = dlopen(args[0], RTLD_NOW | RTLD_LOCAL);
	void *symbol = handle ? dlsym(handle, "plugin_run") : NULL;

	if (!symbol)
		return -1;
	memcpy(&p->run, &symbol, sizeof(p->run));
	p->config = args[1];
	p->library = args[2];
	p->seconds = seconds;
	return 0;
}

int main(int argc, char **argv)
{
	static struct plugin plugins[MAX];
	char name[40];
	int n = (argc - 3) / 3;

	if (argc < 6 || n > MAX)
		return 2;
	host_label = argv[1];
	for (int i = 0; i < n; i++)
		if (load(&plugins[i], argv + 3 + 3 * i, atoi(argv[2]))) {
			fprintf(stderr, "%s\n", dlerror());
			return 2;
		}
	for (int i = 0; i < n; i++)
		pthread_create(&plugins[i].thread, NULL, runs, &plugins[i]);
	for (int i = 0; i < n; i++) {
		pthread_join(plugins[i].thread, NULL);
		snprintf(name, sizeof(name), "plugin-%d", i + 1);
		host_says(plugins[i].rounds > 0, name, "%d rounds; %s", plugins[i].rounds, plugins[i].why);
	}
	return host_failed;
}
