/* tests/conformance/kit/inside.h - what the files of the kit share and cases do not see.
 *
 * One program, one page of memory shared with the children, one child at a time.  The
 * program never loads the driver.
 */
#ifndef TESTS_CONFORMANCE_KIT_INSIDE_H
#define TESTS_CONFORMANCE_KIT_INSIDE_H

#include <idbc/conform.h>
#include <pthread.h>
#include "kit.h"
#include "base/findings.h"
#include "link/inside.h"

/* --- slots ---------------------------------------------------------------------------- */
#define SLOTS(X) \
	X(entry) X(open) X(close) X(thread_begin) X(thread_end) X(connect) X(disconnect) \
	X(abandon) X(ping) X(interrupt) X(login) X(get_user) X(create) X(verify) \
	X(change_password) X(delete_user) X(change_email) X(proven) X(list) X(intents) \
	X(check) X(failed) X(settle) X(moved) X(migrate) X(create_many)
enum slot {
#define SLOT_ENUM(name) SLOT_##name,
	SLOTS(SLOT_ENUM)
#undef SLOT_ENUM
	SLOT_COUNT
};
const char *slot_name(uint32_t slot);

/* --- the page --------------------------------------------------------------------------- */
#define TEXT_ROOM    1024
#define MAX_SECRETS  512
#define SECRET_ROOM  200
#define MAX_MADE     1024
#define ID_ROOM      256
#define MAX_NOTES    64

struct note { char name[64], text[400]; };
struct facts {
	uint32_t adopted, caps, needs;          /* needs: what can be satisfied */
	uint32_t kinds;                         /* 1u << enum idbc_by */
	uint32_t accepts;                       /* places in field_names */
	uint32_t given_ids;
	char why[TEXT_ROOM];                    /* why it is not adopted */
	char no_user[TEXT_ROOM];                /* why nobody can be made */
};
enum state { STATE_RUNS, STATE_JUDGED };
struct page {
	/* of the case that runs */
	_Atomic uint32_t judging, state;
	uint32_t result;
	char asked[TEXT_ROOM], wanted[TEXT_ROOM], got[TEXT_ROOM];
	_Atomic uint32_t inside[SLOT_COUNT];
	_Atomic uint32_t nmade;
	struct { uint32_t len; char id[ID_ROOM]; } made[MAX_MADE];
	/* of the run */
	_Atomic uint32_t nsecrets;
	struct { uint32_t len; char bytes[SECRET_ROOM]; } secrets[MAX_SECRETS];
	uint32_t stuck[SLOT_COUNT];
	_Atomic uint32_t nnotes;
	struct note notes[MAX_NOTES];
	struct facts facts;
};
const char *page_note(const struct page *, const char *name);   /* its text, or NULL */
void page_add_note(struct page *, const char *name, const char *text);
/* Secrets out, one line of UTF-8. */
void page_scrub(const struct page *, const char *in, size_t len, char *out, size_t cap);
int  page_has_secret(const struct page *, const char *text, size_t len);

/* --- quirks ------------------------------------------------------------------------------- */
struct quirk_pair { const char *name, *value; };
struct quirk_user {
	const char *identifier, *password, *user_id, *email, *username, *phone;
};
struct quirks {
	struct json_t *root;
	const char *seed, *clean, *break_it, *mend;
	struct json_t *silent;                  /* options that lead to $PORT */
	struct quirk_user *users;
	size_t nusers;
	struct quirk_pair *skip;                /* pattern, reason */
	size_t nskip;
	struct idbc_field *create;              /* strings, booleans, integers, JSON */
	size_t ncreate;
	uint32_t capabilities, has_capabilities;
};
int  quirks_open(const char *path, struct quirks *, struct idbc_error *err);
void quirks_close(struct quirks *);

/* --- a run and a case of it ------------------------------------------------------------------ */
struct run {
	const struct idbc_conform_plan *plan;
	uint32_t limit_ms;
	char *driver, *folder, *config, *json;  /* absolute paths; the text with the driver */
	struct quirks quirks;
	struct page *page;
	char tag[8];                            /* in every name of this run */
};
struct kit {
	const struct run *run;
	const struct kit_case *self;
	struct page *page;
	unsigned number;
	const struct idbc_driver *raw;
	void *handle;                           /* of dlopen */
	const struct driver *driver;            /* as adopted and watched */
	struct idbc *store;
	_Atomic int64_t deadline_ms;
	_Atomic uint32_t names;
	_Atomic int sessions;                   /* connected, the pool's among them */
	pthread_mutex_t lock;                   /* round the pages of kit_keep() */
	char *keep;
	size_t keep_left;
	_Atomic uint64_t lent;
	_Atomic uint64_t kept_bytes;            /* mapped by the kit and never given back */
	uint32_t longer;                        /* bytes of each request that nobody knows */
	uint32_t loose;                         /* of each struct kit_rows from now on */
	_Atomic uint32_t log_lines;
};

/* What became of a child. */
struct outcome {
	uint32_t result, took_ms;
	char asked[TEXT_ROOM], wanted[TEXT_ROOM], got[TEXT_ROOM];
	char out[TEXT_ROOM], err[TEXT_ROOM];    /* what was printed, scrubbed */
	size_t out_bytes, err_bytes;
	int ended;                              /* by itself, with a verdict */
};
void child_run(struct run *, const struct kit_case *, unsigned number, struct outcome *);
/* A shell command of the quirks; its status. */
int  child_command(const struct run *, const char *command);

extern const struct kit_case kit_probe_case, kit_clean_case;
const struct kit_case *kit_case_at(size_t i);   /* NULL at the end */

/* load.c: 0, or -1 with *why filled. */
int  kit_load(struct kit *, struct driver_fault *why);
int  kit_adopt(struct kit *, struct driver_fault *why);
void *kit_entry(struct kit *);                  /* the symbol; the driver is loaded */
/* watch.c: puts the kit between the connector and the driver's slots. */
void watch(struct kit *, struct driver *);
void watch_enter(struct kit *, uint32_t slot);
void watch_leave(struct kit *, uint32_t slot);
void kit_judge_error(struct kit *, const char *slot, int rc, const struct idbc_error *err);
void kit_log(void *ctx, uint32_t level, uint32_t op, uint64_t op_id, const char *origin,
	     const char *text);

/* lend.c: bytes that can be read during one call alone. */
struct loan {
	struct kit *kit;
	struct { char *base; size_t bytes; } page[320];
	size_t n;
};
void *lend(struct loan *, const void *bytes, size_t len);
struct idbc_str lend_str(struct loan *, struct idbc_str);
const struct idbc_field *lend_fields(struct loan *, const struct idbc_field *, size_t n);
void lend_end(struct loan *);
/* The call is over: nobody touches these pages again. */
void lend_close(struct kit *, char *base, size_t bytes);
/* A request as a later connector has it, with `kit->longer` bytes more. */
void *lend_req(struct loan *, const void *req, size_t len);

/* guard.c: error and sink of one call; `sink` may be NULL. */
struct guard {
	struct kit *kit;
	char *base;
	size_t bytes;
	struct idbc_error *caller, *err;        /* handed over: err and sink */
	struct idbc_sink *sink, as_lent;
};
void guard_begin(struct guard *, struct kit *, struct idbc_sink *, struct idbc_error *);
void guard_end(struct guard *, const char *slot);

/* The fields whose acceptance is asked for, in the order of facts.accepts. */
extern const struct idbc_field field_samples[];
extern const size_t field_sample_count;

#endif
