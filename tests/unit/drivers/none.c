/* tests/unit/drivers/none.c - a library that is no driver. */
int none_at_all(void);

int none_at_all(void)
{
	return 0;
}
