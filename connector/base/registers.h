/* connector/base/registers.h - vector registers, which a core file shows. */
#ifndef CONNECTOR_BASE_REGISTERS_H
#define CONNECTOR_BASE_REGISTERS_H

/* Forgets what strings and digests left there.  For a thread of ours that begins, or
 * that has nothing to do. */
void registers_clear(void);

#endif
