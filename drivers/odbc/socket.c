/* drivers/odbc/socket.c - which socket is a connection's, so that it can be shut down: no ODBC
 * driver says.
 *
 * It is among those that were not there before the connect.  Where that is one it is that
 * one; else the one whose port the server sees; else, where a proxy stands between, the one by
 * which just so many bytes come as were asked for; else none is taken.  Over a unix socket
 * connects of one instance go one by one, for a moment, so that there is one.
 * Threads: the connection's.  Lock: od_finding.lock, for whose turn it is, never during a connect.
 */
#include "handles.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TURN_NS 250000000L
#define BY_BYTES 16             /* sockets that are told apart by what comes, at most */
#define BYTES_ROUNDS 4
#define BYTES_LEAST 5000u
#define BYTES_MORE 9000u        /* other answers are shorter; of a random length */
#define BYTES_AROUND 1500u      /* packets' own, and records' of TLS */

typedef void found_fn(void *ctx, int fd, unsigned long inode);

/* Each socket of the process; where /proc is not there, none. */
static void each_socket(found_fn *fn, void *ctx)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	char target[64];

	while (dir && (entry = readdir(dir)) != NULL) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		target[n > 0 ? n : 0] = '\0';
		if (!strncmp(target, "socket:[", 8))
			fn(ctx, atoi(entry->d_name), strtoul(target + 8, NULL, 10));
	}
	if (dir)
		closedir(dir);
}

static void note_old(void *ctx, int fd, unsigned long inode)
{
	struct od_sockets *seen = ctx;

	(void)fd;
	if (seen->n < sizeof(seen->inodes) / sizeof(seen->inodes[0]))
		seen->inodes[seen->n++] = inode;
	else
		seen->too_many = 1;
}

static int is_old(const struct od_sockets *seen, unsigned long inode)
{
	for (size_t i = 0; i < seen->n; i++)
		if (seen->inodes[i] == inode)
			return 1;
	return 0;
}

/* --- looking for the new one -------------------------------------------------------------- */

struct search {
	const struct od_sockets *seen;
	unsigned port;                  /* 0: any */
	int fd, found;
	unsigned long inode;
	sa_family_t family;
};

/* The family of a socket that is connected; 0. */
static sa_family_t connected(int fd)
{
	struct sockaddr_storage peer = { .ss_family = 0 };
	socklen_t len = sizeof(peer);

	if (getpeername(fd, (struct sockaddr *)&peer, &len))
		return 0;
	return peer.ss_family;
}

static unsigned own_port(int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage room;
	} own;
	socklen_t len = sizeof(own);

	if (getsockname(fd, &own.any, &len))
		return 0;
	if (own.any.sa_family == AF_INET)
		return ntohs(own.in.sin_port);
	return own.any.sa_family == AF_INET6 ? ntohs(own.in6.sin6_port) : 0;
}

static void note_new(void *ctx, int fd, unsigned long inode)
{
	struct search *s = ctx;
	sa_family_t family;

	if (is_old(s->seen, inode) || (s->found && s->inode == inode))
		return;
	family = connected(fd);
	if (family != AF_UNIX && family != AF_INET && family != AF_INET6)
		return;
	if (s->port && own_port(fd) != s->port)
		return;
	s->found++;
	s->fd = fd;
	s->inode = inode;
	s->family = family;
}

/* -1: another thread has closed it meanwhile, and its number may be another one's. */
static int duplicate(int fd, unsigned long inode)
{
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	struct stat st;

	if (own >= 0 && !fstat(own, &st) && st.st_ino == inode)
		return own;
	if (own >= 0)
		close(own);
	return -1;
}

/* A duplicate of it, or -1: none, or more than one. */
static int look(struct od_connection *c, struct od_sockets *seen, unsigned port)
{
	struct search s = { .seen = seen, .port = port, .fd = -1 };

	if (seen->too_many && !port)
		return -1;
	each_socket(note_new, &s);
	seen->doubt = s.found > 1 && s.family == AF_UNIX;
	if (s.found != 1)
		return -1;
	if (s.family != AF_UNIX)
		atomic_store(&c->instance->remote, 1);
	return duplicate(s.fd, s.inode);
}

/* --- by what comes through it ----------------------------------------------------------- */

struct candidates {
	const struct od_sockets *seen;
	struct { int fd; unsigned long inode; uint64_t bytes; } of[BY_BYTES];
	size_t n;
};

static int received(int fd, uint64_t *out)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) ||
	    len < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof(info.tcpi_bytes_received))
		return -1;
	*out = info.tcpi_bytes_received;
	return 0;
}

static void note_candidate(void *ctx, int fd, unsigned long inode)
{
	struct candidates *all = ctx;
	uint64_t bytes;

	if (all->n == BY_BYTES || is_old(all->seen, inode) || received(fd, &bytes))
		return;
	all->of[all->n].fd = fd;
	all->of[all->n].inode = inode;
	all->of[all->n++].bytes = bytes;
}

/* Those that did not get as much since they were counted last are none of ours. */
static void keep_those_that_got(struct candidates *all, uint64_t bytes)
{
	size_t kept = 0;
	uint64_t now;

	for (size_t i = 0; i < all->n; i++) {
		if (received(all->of[i].fd, &now) || now - all->of[i].bytes < bytes ||
		    now - all->of[i].bytes > bytes + BYTES_AROUND)
			continue;
		all->of[kept] = all->of[i];
		all->of[kept++].bytes = now;
	}
	all->n = kept;
}

/* Twice at least: somebody else's answer may be as long, once. */
static int look_by_bytes(struct od_connection *c, const struct od_sockets *seen)
{
	struct candidates all = { .seen = seen };
	struct sql_diag ignored;
	char sql[48], text[BYTES_LEAST + BYTES_MORE + 1];

	each_socket(note_candidate, &all);
	for (int round = 0; all.n && (round < 2 || all.n > 1); round++) {
		uint64_t dice = (uint64_t)c->instance->host->now_ns() ^ (uintptr_t)c >> 4;
		unsigned bytes = BYTES_LEAST + (unsigned)((dice * UINT64_C(0x9e3779b97f4a7c15) >> 33) %
							  BYTES_MORE);

		snprintf(sql, sizeof(sql), "SELECT REPEAT('x', %u)", bytes);
		if (round == BYTES_ROUNDS || od_read_text(c, sql, 1, text, sizeof(text), &ignored))
			return -1;
		keep_those_that_got(&all, bytes);
	}
	return all.n == 1 ? duplicate(all.of[0].fd, all.of[0].inode) : -1;
}

/* --- around a connect ----------------------------------------------------------------------- */

static int has_sockets(const struct od_connection *c)
{
	return c->instance->flavour == OD_MARIADB || c->instance->flavour == OD_POSTGRESQL;
}

int od_finding_init(struct od_finding *finding)
{
	pthread_condattr_t attr;
	int rc;

	finding->taken = 0;
	pthread_mutex_init(&finding->lock, NULL);       /* with no attributes it cannot fail */
	if (pthread_condattr_init(&attr))
		return -1;
	rc = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) ||
	     pthread_cond_init(&finding->ended, &attr);
	pthread_condattr_destroy(&attr);
	return rc ? -1 : 0;
}

void od_finding_wipe(struct od_finding *finding)
{
	pthread_cond_destroy(&finding->ended);
	pthread_mutex_destroy(&finding->lock);
}

/* Nobody waits long for the turn of a connect that hangs. */
static int take_turn(struct od_instance *in)
{
	struct od_finding *finding = &in->finding;
	struct timespec until;
	int mine, rc = 0;

	if (atomic_load(&in->remote) || clock_gettime(CLOCK_MONOTONIC, &until))
		return 0;
	until.tv_nsec += TURN_NS;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&finding->lock);
	while (finding->taken && !rc)
		rc = pthread_cond_timedwait(&finding->ended, &finding->lock, &until);
	mine = !finding->taken;
	finding->taken = 1;
	pthread_mutex_unlock(&finding->lock);
	return mine;
}

static void end_turn(struct od_finding *finding)
{
	pthread_mutex_lock(&finding->lock);
	finding->taken = 0;
	pthread_cond_signal(&finding->ended);
	pthread_mutex_unlock(&finding->lock);
}

void od_sockets_before(struct od_connection *c, struct od_sockets *seen)
{
	seen->n = 0;
	seen->too_many = seen->turn = seen->doubt = 0;
	if (!has_sockets(c))
		return;
	seen->turn = take_turn(c->instance);
	each_socket(note_old, seen);
}

void od_sockets_after(struct od_connection *c, struct od_sockets *seen, int connected_now)
{
	if (has_sockets(c) && connected_now)
		c->fd = look(c, seen, 0);
	if (seen->turn)
		end_turn(&c->instance->finding);
	seen->turn = 0;
}

void od_sockets_by_port(struct od_connection *c, struct od_sockets *seen, unsigned port)
{
	if (!has_sockets(c) || c->fd >= 0)
		return;
	c->fd = port ? look(c, seen, port) : -1;
	if (c->fd < 0 && !seen->too_many)
		c->fd = look_by_bytes(c, seen);
}
