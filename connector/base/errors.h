/* connector/base/errors.h - OpenSSL's error queue of this thread belongs to the host:
 * what client libraries and we leave in it, or take out, is put right after a call.
 * Threads: the caller's; no lock.
 */
#ifndef CONNECTOR_BASE_ERRORS_H
#define CONNECTOR_BASE_ERRORS_H

/* Once in a process: a child can use the queue of the thread that forked. */
void errors_survive_fork(void);

struct errors {
	struct errors_one *first;       /* NULL: the queue was empty */
};
void errors_keep(struct errors *out);
void errors_put_back(struct errors *);

/* The same round a few calls of our own, for less: what they leave is taken out, and of what
 * was there nothing is moved. */
void errors_mark(void);
void errors_unmark(void);

#endif
