/* connector/base/failpoint.h - places between two steps of what must survive a crash.  Nothing
 * at all, but in a build of the tests: tests/faults/failpoint.c says what may happen there.
 * Threads: any, no lock.
 */
#ifndef CONNECTOR_BASE_FAILPOINT_H
#define CONNECTOR_BASE_FAILPOINT_H

#ifdef IDBC_FAILPOINTS
void failpoint(const char *name);
#define FAILPOINT(name) failpoint(name)
#else
#define FAILPOINT(name) ((void)0)
#endif

#endif
