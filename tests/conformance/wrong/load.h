/* load.h - faults of the table itself and of the file. */
#ifdef FAULT_bad_major
# define ABI ((IDBC_DRIVER_ABI_MAJOR + 1) << 16)
#endif
#ifdef FAULT_short_table
# define SIZE 16
#endif
#ifdef FAULT_short_operations
# define OPS_SIZE 16
#endif
#ifdef FAULT_no_ping
# define PING NULL
#endif
#ifdef FAULT_no_login
# define LOGIN NULL
#endif
#ifdef FAULT_no_name
# define NAME ""
#endif
#ifdef FAULT_no_table
# define THE_TABLE NULL
#endif
#ifdef FAULT_unknown_cap
# define CAPS (IDBC_CAP_TRANSACTIONS | IDBC_CAP_INTERRUPT | 1u << 30)
#endif
#ifdef FAULT_no_interrupt
# define INTERRUPT NULL
#endif

#ifdef FAULT_second_symbol
IDBC_API int md5(void);
int md5(void)
{
	return 0;
}
#endif

/* Every instance has the same users: the store is a static of the file. */
#ifdef FAULT_global_store
static struct instance *the_store;

static int wrong_open(const struct idbc_host *host, const struct idbc_settings *settings,
		      struct idbc_findings *findings, void **instance, struct idbc_error *err)
{
	int rc = IDBC_OK;

	if (!the_store)
		rc = skeleton_open(host, settings, findings, (void **)&the_store, err);
	else
		the_store->host = host;
	if (rc == IDBC_OK)
		*instance = the_store;
	return rc;
}
static void wrong_close(void *instance)
{
	(void)instance;
}
# define OPEN wrong_open
# define CLOSE wrong_close
#endif
