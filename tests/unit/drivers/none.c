/* tests/unit/drivers/none.c - a library that is no driver, and that nobody may load. */
#include <unistd.h>

__attribute__((constructor)) static void loaded(void)
{
	_exit(99);
}

__attribute__((visibility("default"))) int none_of_ours(void)
{
	return 1;
}
