/* drivers/odbc/restore.c - what ODBC drivers change of the process as they are loaded or first
 * used, put right: psqlodbc sets the locale, libmariadb ignores SIGPIPE.
 *
 * Threads: any; another thread's setlocale() or sigaction() in that moment is taken back only
 * where the driver has changed the same.
 */
#include "handles.h"

#include <locale.h>
#include <stdlib.h>

void od_restore_before(struct od_restore *out)
{
	const char *name = setlocale(LC_ALL, NULL);

	out->locale = name ? strdup(name) : NULL;
	out->has_pipe = sigaction(SIGPIPE, NULL, &out->pipe) == 0;
}

void od_restore_after(struct od_restore *before)
{
	const char *name = setlocale(LC_ALL, NULL);
	struct sigaction now;

	if (before->locale && name && strcmp(before->locale, name))
		setlocale(LC_ALL, before->locale);
	free(before->locale);
	if (before->has_pipe && before->pipe.sa_handler != SIG_IGN &&
	    sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_IGN)
		sigaction(SIGPIPE, &before->pipe, NULL);
}
