/* connector/password/input.h - what an application does to a password before hashing:
 * chains such as "trim|addslashes".  Threads: a chain is immutable once parsed; no lock.
 */
#ifndef CONNECTOR_PASSWORD_INPUT_H
#define CONNECTOR_PASSWORD_INPUT_H

#include "base/secret.h"
#include "password/password.h"

#define INPUT_STEPS 8u
#define INPUT_MAX   8u          /* chains of one policy */

struct input_chain {
	uint8_t step[INPUT_STEPS];
	size_t  n;
	int     by_username;    /* needs to know whose it is */
	int     digested;       /* ends in a digest: nothing of the password can be cut off */
};

enum input_error { INPUT_OK, INPUT_UNKNOWN, INPUT_NO_PEPPER };

/* `word` is set to the step that is wrong, within `text`. */
enum input_error input_parse(const char *text, int has_pepper, struct input_chain *out,
			     struct idbc_str *word);
/* The password as the application hashes it, `fresh`: to store it.  0; -1: no memory; it
 * cannot be of it: 1, not UTF-8 where a normal form is asked for; 2, characters that the
 * preparation forbids. */
int input_apply(const struct input_chain *, const struct idbc_str *pepper,
		const struct password_subject *, const struct idbc_str *password, int fresh,
		struct secret *out);

#endif
