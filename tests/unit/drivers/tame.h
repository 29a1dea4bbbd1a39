/* tests/unit/drivers/tame.h - what a test may tell the driver tame.c to do, and what it
 * counts.  The test finds the one `tame` in the loaded driver by dlsym.
 */
#ifndef TESTS_UNIT_DRIVERS_TAME_H
#define TESTS_UNIT_DRIVERS_TAME_H

#include <stdatomic.h>

struct tame {
	_Atomic int opened, closed, connects, disconnects, abandoned, pings, checks;
	_Atomic int begun, ended;       /* thread_begin, thread_end */
	_Atomic int live, most;         /* sessions now, at most */
	_Atomic int clashes;            /* a session in two threads at once */
	_Atomic int down;               /* connect() returns this status unless 0 */
	_Atomic int connect_ms;         /* connect() takes so long */
	_Atomic int connecting, most_connecting;
	_Atomic int hole;               /* connect() does not return while this is set */
	_Atomic int blocks;             /* get_user() runs until it is interrupted */
	_Atomic int deaf;               /* and does not notice that it is */
	_Atomic int interrupts, too_late;       /* the latter on a session that was ending */
	_Atomic int ping_fails;
	_Atomic int misfit;             /* check() has this many errors to report */
	_Atomic int check_status;       /* check() returns it */
	_Atomic int check_ms;
	_Atomic int bad_open;           /* open() reports a finding and CONFIG */
};

#endif
