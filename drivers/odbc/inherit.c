/* drivers/odbc/inherit.c - MariaDB's driver leaves its sockets to every program that the host
 * starts, and does not say which they are.
 *
 * So the sockets that were not there before the connect, and are connected to where this
 * server says that it listens, are marked.  Another thread's that is taken for one of them is
 * a connection to the same server.  Threads: the connection's; no lock.
 */
#include "handles.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Descriptors that programs would inherit, `max` at most; where /proc is not there, none. */
static size_t inheritable(int *out, size_t max)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	size_t n = 0;

	while (dir && n < max && (entry = readdir(dir)) != NULL) {
		int fd = atoi(entry->d_name), flags = fcntl(fd, F_GETFD);

		if (entry->d_name[0] != '.' && flags >= 0 && !(flags & FD_CLOEXEC))
			out[n++] = fd;
	}
	if (dir)
		closedir(dir);
	return n;
}

void od_inherit_before(struct od_inherit *seen)
{
	seen->n = inheritable(seen->fds, sizeof(seen->fds) / sizeof(seen->fds[0]));
}

static int is_old(const struct od_inherit *seen, int fd)
{
	for (size_t i = 0; i < seen->n; i++)
		if (seen->fds[i] == fd)
			return 1;
	return 0;
}

static int leads_to(int fd, const char *path, unsigned port)
{
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage room;
	} peer;
	socklen_t len = sizeof(peer);

	memset(&peer, 0, sizeof(peer));
	if (getpeername(fd, &peer.any, &len))
		return 0;
	switch (peer.any.sa_family) {
	case AF_UNIX:
		return !strncmp(peer.un.sun_path, path, sizeof(peer.un.sun_path));
	case AF_INET:
		return ntohs(peer.in.sin_port) == port;
	case AF_INET6:
		return ntohs(peer.in6.sin6_port) == port;
	default:
		return 0;
	}
}

void od_inherit_after(struct od_connection *c, const struct od_inherit *seen)
{
	char at[160], *path = at;
	struct sql_diag ignored;
	struct od_inherit now;
	unsigned port;

	if (c->dialect != SQL_MARIADB && c->dialect != SQL_MYSQL)
		return;
	if (od_read_text(c, "SELECT CONCAT(@@port, @@socket)", 1, at, sizeof(at), &ignored))
		return;
	port = (unsigned)strtoul(at, &path, 10);
	od_inherit_before(&now);
	for (size_t i = 0; i < now.n; i++)
		if (!is_old(seen, now.fds[i]) && leads_to(now.fds[i], path, port))
			fcntl(now.fds[i], F_SETFD, FD_CLOEXEC);
}
