/* connector/base/hush.h - whether the host's functions may still be called.  Around each call of
 * one that no close waits for otherwise: what a driver kept for too long comes back to a
 * connection that is closed, and to a host whose context may be gone.  Threads: any.
 */
#ifndef CONNECTOR_BASE_HUSH_H
#define CONNECTOR_BASE_HUSH_H

#include <stdatomic.h>
#include <stdint.h>

struct hush {
	_Atomic uint32_t inside, silent;
};
int  hush_enter(struct hush *);         /* 0: no longer; else hush_leave() follows */
void hush_leave(struct hush *);
/* From now on nobody enters, and when it returns nobody is inside. */
void hush_all(struct hush *);

#endif
