/* tests/unit/drivers/patient.h - what a test may tell the driver patient.c to do, and what it
 * counts.  The test finds the one `patient` in the loaded driver by dlsym.
 */
#ifndef TESTS_UNIT_DRIVERS_PATIENT_H
#define TESTS_UNIT_DRIVERS_PATIENT_H

#include <stdatomic.h>

struct patient {
	_Atomic int hold;               /* calls wait until it is 0, or they are interrupted */
	_Atomic int hold_connect;       /* connects do, and nothing interrupts them */
	_Atomic int hold_begin;         /* threads wait before their first call */
	_Atomic int deaf;               /* interrupts are not heard */
	_Atomic int late;               /* a write waits after it is done, not before */
	_Atomic int inside, connecting; /* calls, connects now */
	_Atomic int reads, writes, applied, interrupts;
	_Atomic int begun, ended, live, opened, closed;
	_Atomic int unmasked;           /* calls on a thread that can be signalled */
};

#endif
