/* connector/guess/guess_client.c - job: the part of a client's address that stays the same
 * when he takes another of his own.  Threads: any; no lock.
 */
#include <arpa/inet.h>
#include <string.h>
#include "guess/guess.h"

#define NETWORK_BYTES 8         /* of an IPv6 address: /64 */

static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static size_t put(char *out, char kind, const void *bytes, size_t len)
{
	out[0] = kind;
	memcpy(out + 1, bytes, len);
	return len + 1;
}

size_t guess_client(const struct idbc_str *client, char out[GUESS_CLIENT_MAX])
{
	char text[GUESS_CLIENT_MAX];
	unsigned char address[16];
	size_t len = client->len < sizeof(text) ? client->len : sizeof(text) - 1;

	memcpy(text, client->ptr, len);
	text[len] = '\0';
	if (inet_pton(AF_INET, text, address) == 1)
		return put(out, '4', address, 4);
	text[strcspn(text, "%")] = '\0';        /* "fe80::1%eth0": the zone is our side's */
	if (inet_pton(AF_INET6, text, address) != 1)
		return put(out, '?', client->ptr, len);
	if (!memcmp(address, mapped, sizeof(mapped)))
		return put(out, '4', address + sizeof(mapped), 4);
	return put(out, '6', address, NETWORK_BYTES);
}
