/* tests/bench/services/apache.c - a client of a web server with Basic authentication: HEAD of a small
 * file, again and again on one connection.  `where` is the server's port.
 */
#include <openssl/evp.h>
#include <unistd.h>
#include "services.h"
#include "wire.h"

static void *apache_begin(const char *where)
{
	int *fd = malloc(sizeof(*fd));

	if (!fd)
		bench_die("no memory");
	*fd = wire_tcp(where);
	return fd;
}

/* An answer without a body ends with an empty line. */
static int status_of_answer(int fd)
{
	char answer[2048];
	size_t have = 0;
	ssize_t n;

	do {
		n = read(fd, answer + have, sizeof(answer) - 1 - have);
		if (n <= 0)
			bench_die("the web server does not answer");
		have += (size_t)n;
		answer[have] = '\0';
	} while (!strstr(answer, "\r\n\r\n"));
	return have > 12 ? (int)strtol(answer + 9, NULL, 10) : 0;
}

static int apache_login(void *client, const char *user, const char *password)
{
	char pair[256], coded[512], line[1024];
	int fd = *(int *)client, status, len;

	EVP_EncodeBlock((unsigned char *)coded, (unsigned char *)pair,
			snprintf(pair, sizeof(pair), "%s:%s", user, password));
	len = snprintf(line, sizeof(line), "HEAD /ok HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\n\r\n",
		       coded);
	if (write(fd, line, (size_t)len) != len)
		bench_die("the web server does not listen");
	status = status_of_answer(fd);
	if (status != 200 && status != 401)
		bench_die("the web server answers neither 200 nor 401");
	return status == 200;
}

const struct service by_apache = { .name = "apache", .begin = apache_begin, .login = apache_login };
