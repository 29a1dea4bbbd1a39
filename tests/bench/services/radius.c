/* tests/bench/services/radius.c - a client of a RADIUS server: PAP (RFC 2865), one request after the
 * other from one port.  `where` is the server's port; the secret is "bench".
 */
#include <openssl/evp.h>
#include <sys/random.h>
#include <sys/socket.h>
#include "services.h"
#include "wire.h"

#define SECRET "bench"
#define HEAD 20

struct radius {
	int fd;
	unsigned char id;
};

static void *radius_begin(const char *where)
{
	struct radius *r = calloc(1, sizeof(*r));

	if (!r)
		bench_die("no memory");
	r->fd = wire_udp(where);
	return r;
}

/* Blocks of 16, each hidden by the digest of the secret and the block before it. */
static size_t hidden(const char *password, const unsigned char *authenticator, unsigned char *out)
{
	unsigned char text[sizeof(SECRET) - 1 + 16], digest[EVP_MAX_MD_SIZE];
	size_t len = strlen(password), blocks = len ? (len + 15) / 16 : 1;
	const unsigned char *before = authenticator;

	memset(out, 0, blocks * 16);
	memcpy(out, password, len);
	for (size_t i = 0; i < blocks; i++, out += 16) {
		memcpy(text, SECRET, sizeof(SECRET) - 1);
		memcpy(text + sizeof(SECRET) - 1, before, 16);
		if (!EVP_Digest(text, sizeof(text), digest, NULL, EVP_md5(), NULL))
			bench_die("no MD5");
		for (int k = 0; k < 16; k++)
			out[k] ^= digest[k];
		before = out;
	}
	return blocks * 16;
}

static size_t request(struct radius *r, const char *user, const char *password, unsigned char *packet)
{
	size_t len = strlen(user), at = HEAD;

	packet[0] = 1;
	packet[1] = ++r->id;
	if (getrandom(packet + 4, 16, 0) != 16)
		bench_die("no random bytes");
	packet[at] = 1;
	packet[at + 1] = (unsigned char)(len + 2);
	memcpy(packet + at + 2, user, len);
	at += len + 2;
	len = hidden(password, packet + 4, packet + at + 2);
	packet[at] = 2;
	packet[at + 1] = (unsigned char)(len + 2);
	at += len + 2;
	packet[2] = (unsigned char)(at >> 8);
	packet[3] = (unsigned char)at;
	return at;
}

static int radius_login(void *client, const char *user, const char *password)
{
	struct radius *r = client;
	unsigned char packet[512], answer[4096];
	size_t len = request(r, user, password, packet);

	if (send(r->fd, packet, len, 0) != (ssize_t)len)
		bench_die("the RADIUS server is not there");
	do {
		if (recv(r->fd, answer, sizeof(answer), 0) < HEAD)
			bench_die("the RADIUS server does not answer");
	} while (answer[1] != r->id);
	if (answer[0] != 2 && answer[0] != 3)
		bench_die("the RADIUS server answers neither yes nor no");
	return answer[0] == 2;
}

const struct service by_radius = { .name = "radius", .begin = radius_begin, .login = radius_login };
