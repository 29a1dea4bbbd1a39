/* tools/progress.c - a line that changes in place while something takes long.
 */
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "bulk.h"

#define BAR 30

int64_t progress_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000) + ts.tv_nsec / 1000000;
}

void progress_begin(struct progress *p, const struct tool *tool, const char *what)
{
	memset(p, 0, sizeof(*p));
	p->what = what;
	p->wanted = !tool->json && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
	if (tool->writes)
		p->wanted = !tool->json && isatty(STDERR_FILENO);
	p->started_ms = progress_now_ms();
}

void progress_show(struct progress *p, uint64_t done, int percent)
{
	char bar[BAR + 1];
	int64_t now_ms, took_ms;
	int full = percent * BAR / 100;

	if (!p->wanted)
		return;
	now_ms = progress_now_ms();
	if (now_ms - p->last_ms < 100)
		return;
	p->last_ms = now_ms;
	took_ms = now_ms - p->started_ms;
	memset(bar, '.', BAR);
	memset(bar, '#', (size_t)full);
	bar[BAR] = '\0';
	if (percent)
		fprintf(stderr, "\r[%s] %3d %%  ", bar, percent);
	else
		fputc('\r', stderr);
	fprintf(stderr, "%llu %s, %llu a minute ", (unsigned long long)done, p->what,
		(unsigned long long)(took_ms ? done * 60000 / (uint64_t)took_ms : 0));
	fflush(stderr);
	p->shown = 1;
}

void progress_end(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = 0;
}
