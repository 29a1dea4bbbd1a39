/* tools/tool.h - what the files of the `idbc` command share: the parsed command line, a
 * password buffer, and the ways an answer leaves.  The command knows the public API alone.
 * Threads: one.
 */
#ifndef TOOLS_TOOL_H
#define TOOLS_TOOL_H

#include <idbc/idbc.h>

enum tool_option {
	OPT_CONFIG, OPT_JSON, OPT_TIMEOUT, OPT_AUDIT, OPT_LOG, OPT_HELP, OPT_VERSION,
	OPT_PRETTY, OPT_BY, OPT_IDP_TOKENS, OPT_MFA, OPT_CLIENT_IP,
	OPT_PASSWORD_FILE, OPT_PASSWORD_FD, OPT_PROFILE, OPT_EMAIL, OPT_USERNAME, OPT_SET,
	OPT_SELF_SERVICE, OPT_VERIFIED, OPT_REMOVE_COMMAND, OPT_CREATE, OPT_GRANTS, OPT_LOGIN,
	OPT_SCHEME, OPT_RATE, OPT_AFTER, OPT_STATE, OPT_DRY_RUN, OPT_HASHES, OPT_LIMIT, OPT_UPSERT,
	OPT_NEW_IDS, OPT_COUNT
};
#define OPT_BIT(option) (UINT64_C(1) << (option))

enum exit_code { EXIT_DONE, EXIT_REFUSED, EXIT_WRONG, EXIT_STORE, EXIT_OTHER };

struct tool {
	const char *command;            /* "login"; NULL until it is known */
	const char *value[OPT_COUNT];   /* NULL: not given; "" for a flag */
	char **sets;                    /* --set, in order; room for argc of them */
	int    nsets;
	char **args;                    /* after the command; room for argc of them */
	int    nargs;
	uint32_t timeout_ms;
	int    json;
	int    writes;                  /* the command changes the store */
};

#define MAY_HAVE_ONE (-1)

struct command {
	const char *name;
	uint64_t options;               /* OPT_BIT of those beside the global ones */
	int nargs;                      /* how many arguments; MAY_HAVE_ONE */
	int writes;
	int (*run)(struct tool *);      /* returns the exit status */
	const char *usage;
};

/* options.c: 0, or the exit status after saying what is wrong. */
int options_parse(struct tool *, int argc, char **argv);
int options_check(struct tool *, const struct command *);

/* The commands: login, get-user in read.c; create and what follows in write.c,
 * what a profile store has a part in in deletes.c. */
int cmd_login(struct tool *);
int cmd_get_user(struct tool *);
int cmd_create(struct tool *);
int cmd_verify(struct tool *);
int cmd_change_password(struct tool *);
int cmd_change_email(struct tool *);
int cmd_delete_user(struct tool *);
int cmd_recover(struct tool *);
int cmd_reconcile(struct tool *);
int cmd_migrate(struct tool *);
int cmd_check(struct tool *);
int cmd_drivers(struct tool *);
int cmd_password(struct tool *);
int cmd_version(struct tool *);
int cmd_export(struct tool *);
int cmd_import(struct tool *);

/* connect.c: each returns 0, or the exit status after saying what is wrong. */
int tool_config(const struct tool *, const char **path);
int tool_open(struct tool *, struct idbc **out);
int tool_by(struct tool *, uint32_t fallback, uint32_t *out);
/* Runs one request on the configured connection and prints the answer. */
int tool_call(struct tool *, struct idbc_request *);
int tool_call_on(struct tool *, struct idbc *, struct idbc_request *);
/* The same with a password, which is read first; `twice`: a new one. */
int tool_call_password(struct tool *, int twice, struct idbc_request *);

/* password_input.c: locked, wiped, NUL-terminated. */
struct password_input {
	char  *text;
	size_t len, room;
};
#define PASSWORD_INPUT_INIT { NULL, 0, 0 }
/* From --password-file, --password-fd or the terminal; `twice`: a new one. */
int  password_input_read(struct tool *, int twice, struct password_input *out);
int  password_input_given(const struct tool *);         /* by an option */
/* The same where it may be left out: text stays NULL, also for an empty line. */
int  password_input_optional(struct tool *, struct password_input *out);
void password_input_free(struct password_input *);

/* profile_input.c */
int  profile_input_read(struct tool *, struct idbc_profile **out);
int  profile_input_from_stdin(const struct tool *);

/* state_file.c: the file at `path` has this text, or what it had: 0, or -1 with errno. */
int  state_file_replace(const char *path, const char *text, size_t len);

/* remove_command.c: struct idbc_profile_store's remove() over a shell command. */
int  remove_command_run(void *command, const char *user_id);

/* output.c: each prints one answer and returns the exit status. */
int  out_usage(const struct tool *, const char *fmt, ...) IDBC_PRINTF(2, 3);
int  out_invalid(const struct tool *, const char *code, const char *fmt, ...) IDBC_PRINTF(3, 4);
int  out_failure(const struct tool *, const struct idbc_error *);
int  out_profile(const struct tool *, const struct idbc_profile *);
int  out_done(const struct tool *);
int  out_json(void *json);              /* a json_t, consumed, on one line */
int  exit_code(uint32_t status);

/* explain.c: one login walked, for `check --login`. */
int  explain_login(struct tool *);

/* findings.c: a configuration that is wrong, with everything that is wrong in it. */
int  out_config(const struct tool *, const struct idbc_error *);

#endif
