/* connector/password/class.h - one kind of stored forms: seen by the files that count them.
 * Threads: any; no lock.
 */
#ifndef CONNECTOR_PASSWORD_CLASS_H
#define CONNECTOR_PASSWORD_CLASS_H

#include "password/policy.h"

struct class {
	struct works works;
	int weak;
	double weight;
	struct idbc_field parts[3];     /* a form of it that is nobody's */
	struct secret bytes[3];
	size_t nparts;
};

/* Whose row it is taken for, where only its form counts. */
extern const struct password_subject class_nobody;

/* Of hash, salt and scheme of a row, and then nobody's; NULL: no memory. */
struct class *class_new(const struct password_policy *, const struct idbc_field *parts,
			size_t nparts, const struct works *);
void class_free(struct class *);                                /* accepts NULL */
/* The order of the line; 0: one class. */
int  class_by_works(const struct works *, const struct works *);
/* Computes it once, as a password that is wrong would; 1 if it took what it should. */
int  class_works_as_told(const struct password_policy *, const struct class *);
/* Computes nothing; 1 if nobody's form is read as the row's was. */
int  class_reads_as_told(const struct password_policy *, const struct class *);

#endif
