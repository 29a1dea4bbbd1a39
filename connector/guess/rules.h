/* connector/guess/rules.h - what a configuration says about guessing: plain words, filled
 * by config, read by guess.
 */
#ifndef CONNECTOR_GUESS_RULES_H
#define CONNECTOR_GUESS_RULES_H

#include <stdint.h>

struct guess_rules {
	uint32_t throttled;             /* is there a "throttle" at all */
	uint32_t per_identifier;        /* failures in one window; 0: not counted */
	uint32_t per_client;
	uint32_t window_s;
};

#endif
