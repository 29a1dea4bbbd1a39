/* tests/host/drivers.c - what drivers are there, asked by a program that may have more rights
 * than its caller.  Exit status 3: it has not.  One thread.
 */
#include <idbc/idbc.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

int main(void)
{
	struct idbc_error err = IDBC_ERROR_INIT;
	char *drivers = NULL;

	if (!getauxval(AT_SECURE))
		return 3;
	if (idbc_drivers(&drivers, &err) != IDBC_OK) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	puts(drivers);
	idbc_free(drivers);
	return 0;
}
