/* tests/bench/services/dovecot.c - a client of Dovecot's auth: its own protocol (doc/auth-protocol.txt
 * there), PLAIN, one request after the other on one connection.  `where` is the socket.
 */
#include <openssl/evp.h>
#include <unistd.h>
#include "services.h"
#include "wire.h"

struct dovecot {
	int fd;
	unsigned id;
	size_t have, used;
	char bytes[4096], line[1024];
};

/* The next line, its end cut off. */
static const char *next_line(struct dovecot *d)
{
	size_t len = 0;
	ssize_t n;

	for (;;) {
		if (d->used == d->have) {
			n = read(d->fd, d->bytes, sizeof(d->bytes));
			if (n <= 0)
				bench_die("dovecot does not answer");
			d->have = (size_t)n;
			d->used = 0;
		}
		d->line[len] = d->bytes[d->used++];
		if (d->line[len] == '\n')
			break;
		len += len < sizeof(d->line) - 1;
	}
	d->line[len] = '\0';
	return d->line;
}

static void say(struct dovecot *d, const char *text, int len)
{
	if (write(d->fd, text, (size_t)len) != len)
		bench_die("dovecot does not listen");
}

static void *dovecot_begin(const char *where)
{
	static unsigned clients;
	struct dovecot *d = calloc(1, sizeof(*d));
	char hello[64];

	if (!d)
		bench_die("no memory");
	d->fd = wire_local(where);
	/* Clients tell themselves apart by this number, which is a process's elsewhere. */
	say(d, hello, snprintf(hello, sizeof(hello), "VERSION\t1\t2\nCPID\t%u\n", 100000u + (unsigned)getpid() +
			       __atomic_add_fetch(&clients, 1, __ATOMIC_RELAXED)));
	while (strcmp(next_line(d), "DONE"))
		;
	return d;
}

static int dovecot_login(void *client, const char *user, const char *password)
{
	struct dovecot *d = client;
	unsigned char plain[256];
	char coded[512], line[1024];
	int len = snprintf((char *)plain + 1, sizeof(plain) - 1, "%s%c%s", user, '\0', password) + 1;
	const char *answer;

	plain[0] = '\0';
	EVP_EncodeBlock((unsigned char *)coded, plain, len);
	say(d, line, snprintf(line, sizeof(line), "AUTH\t%u\tPLAIN\tservice=imap\tsecured\tnologin\tresp=%s\n",
			      ++d->id, coded));
	do
		answer = next_line(d);
	while (strncmp(answer, "OK\t", 3) && strncmp(answer, "FAIL\t", 5));
	if (strtoul(strchr(answer, '\t') + 1, NULL, 10) != d->id || strstr(answer, "\ttemp"))
		bench_die(answer);
	return answer[0] == 'O';
}

const struct service by_dovecot = { .name = "dovecot", .begin = dovecot_begin, .login = dovecot_login };
