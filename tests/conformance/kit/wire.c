/* tests/conformance/kit/wire.c - job: see wire.h.
 * Threads: one.
 */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "wire.h"
#include "world.h"

void wire_before(struct kit *kit, struct wire *wire)
{
	kit_store(kit);
	memset(wire, 0, sizeof(*wire));
	wire->nknown = world_new_sockets(NULL, 0, wire->known, 256);
}

unsigned wire_after(struct kit *kit, struct wire *wire)
{
	(void)kit;
	wire->n = world_new_sockets(wire->known, wire->nknown, wire->fd, WIRE_SOCKETS);
	return wire->n;
}

/* A driver may hold one socket under two numbers: what it does to one the other one feels. */
static unsigned same_socket(const ino_t *inodes, unsigned i)
{
	for (unsigned j = 0; j < i; j++)
		if (inodes[j] == inodes[i])
			return j;
	return i;
}

/* The flags stay as the driver set them; the real socket is kept, so that the store sees
 * nothing of it. */
void wire_cut(struct kit *kit, struct wire *wire)
{
	ino_t inodes[WIRE_SOCKETS] = { 0 };
	struct stat st;

	for (unsigned i = 0; i < wire->n; i++) {
		unsigned first;

		if (!fstat(wire->fd[i], &st))
			inodes[i] = st.st_ino;
		first = same_socket(inodes, i);
		wire->ear[i] = -1;
		if (first != i) {
			dup2(wire->fd[first], wire->fd[i]);
			continue;
		}
		int pair[2], flags = fcntl(wire->fd[i], F_GETFL);

		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ||
		    fcntl(wire->fd[i], F_DUPFD_CLOEXEC, 0) < 0 || dup2(pair[0], wire->fd[i]) < 0)
			kit_fail(kit, "sockets for the kit", "none");
		fcntl(wire->fd[i], F_SETFL, flags);
		fcntl(pair[1], F_SETFL, O_NONBLOCK);
		close(pair[0]);
		wire->ear[i] = pair[1];
	}
}

size_t wire_heard(struct wire *wire)
{
	char bytes[4096];
	size_t total = 0;
	ssize_t n;

	for (unsigned i = 0; i < wire->n; i++)
		while ((n = read(wire->ear[i], bytes, sizeof(bytes))) > 0)
			total += (size_t)n;
	return total;
}
