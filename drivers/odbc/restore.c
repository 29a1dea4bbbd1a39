/* drivers/odbc/restore.c - what ODBC drivers change of the process as they are loaded or first
 * used, put right: psqlodbc sets the locale, libmariadb ignores SIGPIPE.
 *
 * Threads: any; another thread's setlocale() in that moment is taken back only where the driver
 * has changed the locale, too.
 */
#include "handles.h"

#include <locale.h>
#include <stdlib.h>

void od_restore_before(struct od_restore *out)
{
	const char *name = setlocale(LC_ALL, NULL);

	out->locale = name ? strdup(name) : NULL;
	pipe_keep(&out->pipe);
}

void od_restore_after(struct od_restore *before)
{
	const char *name = setlocale(LC_ALL, NULL);

	if (before->locale && name && strcmp(before->locale, name))
		setlocale(LC_ALL, before->locale);
	free(before->locale);
	pipe_put_back(&before->pipe);
}
