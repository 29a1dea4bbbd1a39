/* tests/bench/services/wire.c - connections of clients on this machine. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include "services.h"
#include "wire.h"

static int connected(int fd, const void *address, socklen_t len)
{
	struct timeval limit = { 10, 0 };

	if (fd < 0 || connect(fd, address, len) || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)))
		bench_die("no connection to the service");
	return fd;
}

int wire_local(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return connected(socket(AF_UNIX, SOCK_STREAM, 0), &address, sizeof(address));
}

static int loopback(int type, const char *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };

	address.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return connected(socket(AF_INET, type, 0), &address, sizeof(address));
}

int wire_tcp(const char *port)
{
	int fd = loopback(SOCK_STREAM, port), on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

int wire_udp(const char *port)
{
	return loopback(SOCK_DGRAM, port);
}
