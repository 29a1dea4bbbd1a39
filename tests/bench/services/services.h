/* tests/bench/services/services.h - one way in which hosts let people log in: how a client of
 * it begins, and one login of that client.  Every file has one of them.
 */
#ifndef TESTS_BENCH_SERVICES_H
#define TESTS_BENCH_SERVICES_H

#include <stddef.h>
#include <stdint.h>
#include "../bench.h"

#define CLIENTS_MAX 16

/* `where` is the configuration, socket, port or folder that the service has. */
struct service {
	const char *name;
	int forked;             /* its clients are processes, as such hosts' are */
	void (*open)(const char *where);
	void *(*begin)(const char *where);
	int (*login)(void *client, const char *user, const char *password);     /* 1 yes, 0 no */
	/* Instead of clients: so many under way. */
	unsigned long (*run)(size_t under_way, int64_t until_ns);
};

extern const struct service ours, submitted, by_pam, by_dovecot, by_radius, by_apache;

struct asking {
	unsigned long users, asked;
	const char *password;
	char user[64];
};

const char *asking_next(struct asking *a);
extern struct asking common_asking;     /* of `run` */

#endif
