/* tests/bench/services/client.c - logs in by one service, as often as it goes, when told to.
 *
 * usage: client SERVICE WHERE USERS PASSWORD.  For each line "CLIENTS MILLISECONDS" of stdin a
 * line "LOGINS NANOSECONDS" on stdout; for the line "check" the line "ok", after a right
 * password, a wrong one and a user who does not exist.  What is not as it must be ends it.
 * Threads: one for each client, or a process; a client keeps its connection between lines.
 */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
#include "services.h"

static const struct service *const all[] = {
	&ours, &submitted, &by_pam, &by_dovecot, &by_radius, &by_apache,
};

struct client {
	const struct service *service;
	void *of_service;
	struct asking asking;
	int64_t until_ns;
	unsigned long logins;
};

struct asking common_asking;

const char *asking_next(struct asking *a)
{
	a->asked = (a->asked + 7919) % a->users;
	snprintf(a->user, sizeof(a->user), "user%lu@example.com", a->asked + 1);
	return a->user;
}

static void *client_loop(void *arg)
{
	struct client *c = arg;

	do {
		if (c->service->login(c->of_service, asking_next(&c->asking), c->asking.password) != 1)
			bench_die("a right password is refused");
		c->logins++;
	} while (bench_ns(CLOCK_MONOTONIC) < c->until_ns);
	return NULL;
}

static unsigned long loop_in_threads(struct client *clients, size_t n)
{
	pthread_t threads[CLIENTS_MAX];
	unsigned long logins = 0;

	for (size_t i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, client_loop, &clients[i]))
			bench_die("no thread");
	for (size_t i = 0; i < n; i++) {
		pthread_join(threads[i], NULL);
		logins += clients[i].logins;
	}
	return logins;
}

static void loop_in_child(struct client *c, int out)
{
	client_loop(c);
	_exit(write(out, c, sizeof(*c)) != sizeof(*c));
}

/* What a child did comes back through a pipe, so the next one goes on after the last user. */
static unsigned long loop_in_processes(struct client *clients, size_t n)
{
	unsigned long logins = 0;
	int ends[CLIENTS_MAX][2], status;
	pid_t children[CLIENTS_MAX];

	for (size_t i = 0; i < n; i++) {
		if (pipe(ends[i]) || (children[i] = fork()) < 0)
			bench_die("no process");
		if (!children[i])
			loop_in_child(&clients[i], ends[i][1]);
	}
	for (size_t i = 0; i < n; i++) {
		if (waitpid(children[i], &status, 0) < 0 || status ||
		    read(ends[i][0], &clients[i], sizeof(clients[i])) != sizeof(clients[i]))
			bench_die("a client's process failed");
		close(ends[i][0]);
		close(ends[i][1]);
		logins += clients[i].logins;
	}
	return logins;
}

static unsigned long log_in(struct client *clients, size_t n, const char *where, int64_t until_ns)
{
	if (clients->service->run)
		return clients->service->run(n, until_ns);
	for (size_t i = 0; i < n; i++) {
		if (!clients[i].of_service && clients[i].service->begin)
			clients[i].of_service = clients[i].service->begin(where);
		clients[i].until_ns = until_ns;
		clients[i].logins = 0;
	}
	return clients->service->forked ? loop_in_processes(clients, n) : loop_in_threads(clients, n);
}

static void check(struct client *c, const char *where)
{
	if (!c->service->login)
		return;
	if (c->service->begin && !c->of_service)
		c->of_service = c->service->begin(where);
	if (c->service->login(c->of_service, "user1@example.com", c->asking.password) != 1)
		bench_die("a right password is refused");
	if (c->service->login(c->of_service, "user1@example.com", "Wren4Lantern") != 0)
		bench_die("a wrong password is accepted");
	if (c->service->login(c->of_service, "nobody@example.com", c->asking.password) != 0)
		bench_die("an unknown user is accepted");
}

static void answer(struct client *clients, const char *line, const char *where)
{
	unsigned long n, ms, logins;
	int64_t start = bench_ns(CLOCK_MONOTONIC);

	if (!strcmp(line, "check\n")) {
		check(clients, where);
		puts("ok");
	} else if (sscanf(line, "%lu %lu", &n, &ms) == 2 && n && n <= CLIENTS_MAX) {
		logins = log_in(clients, n, where, start + (int64_t)ms * 1000000);
		printf("%lu %lld\n", logins, (long long)(bench_ns(CLOCK_MONOTONIC) - start));
	} else {
		bench_die("a line is neither check nor CLIENTS MILLISECONDS");
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static struct client clients[CLIENTS_MAX];
	const struct service *service = NULL;
	char line[64];

	for (size_t i = 0; argc == 5 && i < sizeof(all) / sizeof(*all); i++)
		if (!strcmp(argv[1], all[i]->name))
			service = all[i];
	if (!service)
		bench_die("usage: client SERVICE WHERE USERS PASSWORD");
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		clients[i] = (struct client){ .service = service,
			.asking = { strtoul(argv[3], NULL, 10), i * 101, argv[4], "" } };
	common_asking = clients->asking;
	if (service->open)
		service->open(argv[2]);
	while (fgets(line, sizeof(line), stdin))
		answer(clients, line, argv[2]);
	return 0;
}
