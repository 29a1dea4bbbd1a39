/* connector/password/gate/gate.h - how many hashes run at once, and how much memory they
 * hold together.  Threads: any.
 */
#ifndef CONNECTOR_PASSWORD_GATE_GATE_H
#define CONNECTOR_PASSWORD_GATE_GATE_H

#include "password/gate/limits.h"
#include "password/password.h"

struct gate;

/* Where a hash asks to be let in, and until when that is of use. */
struct gate_ask {
	struct gate *gate;              /* NULL: it begins at once */
	struct password_call call;
};

#endif
