/* ldap_driver.h - what the files of this driver share.
 *
 * An instance is one configured directory: read by open(), constant afterwards, used by any
 * thread.  A session is two connections of libldap: one is the service account's and reads and
 * writes, the other judges passwords by binding as the user.  One thread at a time uses a
 * session; only `stopped` and `wake` are for another one, in interrupt().
 */
#ifndef LDAP_DRIVER_H
#define LDAP_DRIVER_H

#include <ldap.h>
#include <stdatomic.h>
#include <idbc/driver.h>

#define MAX_LOGIN 4

/* How an attribute's value becomes a field's. */
enum as { AS_TEXT, AS_FLAG, AS_PRESENT, AS_TIME, AS_NUMBER, AS_JSON };

struct attr {                   /* users.profile: a field and the attribute that holds it */
	char *field, *name;
	uint32_t as, fold;
};
struct fill {                   /* users.create.set: the first of `from` that is there */
	char *name;
	char **from;
};
struct mapping {
	struct attr *attrs;
	size_t nattrs;
	struct attr key;
	uint32_t login_by[MAX_LOGIN];
	size_t nlogin;
	uint32_t unique;        /* bit 1 << enum idbc_by: no second user has this value */
	char *rdn, *parent, **classes;
	struct fill *fills;
	size_t nfills;
	int ignore_unmapped;
};

struct instance {
	const struct idbc_host *host;
	const struct idbc_settings *settings;
	struct mapping map;
	char **uris;
	int start_tls;          /* -1: where the server is another machine */
	int verify;
	char *ca, *cert, *key;
	char *bind_dn, *base, *filter, *dummy_dn;
	int scope, ignore_referrals;
	int hand_over;          /* enum hand_over */
	char **wanted;          /* attributes asked for; NULL at the end */
};
enum hand_over { HAND_OVER_AUTO, HAND_OVER_EXTENDED, HAND_OVER_ATTRIBUTE };

struct session {
	struct instance *in;
	const struct idbc_host *host;
	LDAP *ld, *judge;
	const char *uri;        /* the one that answered */
	int sealed;             /* nobody else can read: TLS, or a socket of this machine */
	int extended, asserts;  /* the server knows RFC 3062, RFC 4528 */
	int wake;               /* eventfd */
	atomic_int stopped;
};

/* options.c, mapping.c: all mistakes become findings.  IDBC_OK, CONFIG or NOMEM. */
int  options_open(const struct idbc_host *, const struct idbc_settings *,
		  struct idbc_findings *, struct instance **out, struct idbc_error *err);
void options_close(struct instance *);
struct reader {                 /* the way through the configuration */
	struct instance *in;
	struct idbc_findings *findings;
	int wrong, nomem;
};
void mistake(struct reader *, const char *code, const char *key, const char *text,
	     const char *remedy);
void mapping_read(struct reader *);
void mapping_free(struct mapping *);
const struct attr *mapping_field(const struct mapping *, const char *field);
const struct attr *mapping_by(const struct mapping *, uint32_t by);
struct json_t;
char **words_of(const struct json_t *, int *wrong);     /* a string or a list of them */
char **words_from(const char *json, size_t len, int *wrong);
void words_free(char **);

/* connect.c */
int  session_connect(struct instance *, int64_t deadline_ns, struct session **out,
		     struct idbc_error *err);
int  session_judge(struct session *, int64_t deadline_ns, struct idbc_error *err);
void session_end(struct session *);
void session_abandon(struct session *);
void session_interrupt(struct session *);

/* wire.c: one request at a time, within its deadline and until interrupt(). */
int  wire_begin(struct session *, int64_t deadline_ns, struct idbc_error *err);
int  wire_wait(struct session *, LDAP *, int msgid, int all, int64_t deadline_ns,
	       LDAPMessage **out, struct idbc_error *err);
/* Waits for nothing but time; TIMEOUT if that is over first. */
int  wire_pause(struct session *, int64_t ns, int64_t deadline_ns, struct idbc_error *err);
/* The result code of the answer, which is freed; controls if asked for. */
int  wire_code(LDAP *, LDAPMessage *, LDAPControl ***controls);
int  wire_fail(struct session *, int code, const char *what, struct idbc_error *err);
/* A write that was sent as `msgid` (`sent` is what libldap said): IDBC_OK with the server's
 * answer in *code, or what kept us from it. */
int  wire_write(struct session *, int sent, int msgid, int64_t deadline_ns, int *code,
		struct idbc_error *err);
int  wire_nomem(struct session *, struct idbc_error *err);

/* text.c: filters and names, escaped by libldap. */
struct text {
	char *s;
	size_t len, room;
	int failed;
};
void text_add(struct text *, const char *bytes, size_t len);
void text_put(struct text *, const char *word);
void text_equal(struct text *, const char *attr, const struct idbc_str *value);
char *text_dn(const char *parent, const char *attr, const struct berval *value);
struct idbc_str str_of(const struct berval *);
int  is_utf8(const struct idbc_host *, const struct idbc_str *);

/* find.c */
#define KEEP_MAX 16
struct kept {
	LDAPMessage *entry;
	uint32_t exact, folded; /* bit i: in field i */
};
struct find {
	const struct attr *fields[MAX_LOGIN];
	size_t nfields;
	struct idbc_str identifier;
	const char *without;    /* an id that does not count, or NULL */
	struct kept kept[KEEP_MAX];
	size_t nkept;
	uint32_t unequal;
	LDAPMessage *entry[2];  /* the best, at most two */
	const struct attr *in[2];
	size_t n;
	struct session *s;
	int no_key;
};
int  find_by(struct session *, uint32_t by, const struct idbc_str *identifier,
	     int64_t deadline_ns, struct find *out, struct idbc_error *err);
int  find_value(struct session *, const struct idbc_str *value, const char *without,
		int64_t deadline_ns, struct find *out, struct idbc_error *err);
void find_free(struct find *);
/* NO_USER or AMBIGUOUS unless one was found. */
int  find_one(const struct find *, struct idbc_error *err);
int  entry_at(struct session *, const char *dn, int64_t deadline_ns, LDAPMessage **out,
	      struct idbc_error *err);
typedef int entry_fn(void *ctx, LDAPMessage *);         /* 1: keeps it */
int  search_run(struct session *, const char *base, int scope, const char *filter, char **attrs,
		int64_t deadline_ns, entry_fn *fn, void *ctx, struct idbc_error *err);

/* entry.c: between entries and rows.  What is given out is freed by the caller. */
struct berval *entry_value(LDAP *, LDAPMessage *, const struct attr *);
struct berval *entry_match(struct session *, LDAPMessage *, const struct attr *,
			   const struct idbc_str *);
int  entry_report(struct session *, LDAPMessage *, const struct attr *in,
		  const struct idbc_str *identifier, struct idbc_sink *, struct idbc_error *err);
/* A field's value as the attribute holds it, in memory of its own; NULL value: none.  0, -1 it
 * cannot be written, -2 no memory. */
int  entry_write(const struct attr *, const struct idbc_value *, struct berval *out);

/* judge.c */
enum verdict { VERDICT_RIGHT, VERDICT_WRONG, VERDICT_NO_PASSWORD, VERDICT_LOCKED,
	       VERDICT_EXPIRED };
int  judge_password(struct session *, const char *dn, const struct idbc_str *password,
		    int64_t deadline_ns, uint32_t *verdict, struct idbc_error *err);
int  judge_nobody(struct session *, const struct idbc_str *password, int64_t deadline_ns,
		  struct idbc_error *err);
int  password_is_safe(const struct idbc_str *);

/* draft.c: attributes to write. */
struct draft {
	LDAPMod **mods;                 /* NULL at the end */
	size_t n;
	int failed;
};
void draft_add(struct draft *, int op, const char *name, const char *bytes, size_t len);
const struct berval *draft_value(const struct draft *, const char *name);
void draft_free(struct draft *);

/* write.c: requests that change something; *code is the server's answer. */
int  write_modify(struct session *, const char *dn, const char *only_if, struct draft *,
		  int64_t deadline_ns, int *code, struct idbc_error *err);
int  write_delete(struct session *, const char *dn, const char *only_if, int64_t deadline_ns,
		  int *code, struct idbc_error *err);
int  write_password(struct session *, const char *dn, const struct idbc_str *old,
		    const struct idbc_str *made, int64_t deadline_ns, struct idbc_error *err);
int  password_part(struct session *, const struct idbc_field *, size_t n, struct idbc_str *out,
		   struct idbc_error *err);
int  password_is_extended(const struct session *);
/* EXISTS, or INVALID invalid_username, if somebody other than `own` (an id, or NULL) has the
 * value.  *older, if asked for: one of them has a lower id than `own`. */
int  taken(struct session *, uint32_t by, const struct idbc_str *value, const char *own,
	   int *older, int64_t deadline_ns, struct idbc_error *err);
/* After a write: of two who wrote at once the one with the higher id gives way, and the other
 * waits until it has. */
typedef int taken_fn(void *ctx, int *older, struct idbc_error *err);
int  stays_alone(struct session *, taken_fn *fn, void *ctx, int64_t deadline_ns,
		 struct idbc_error *err);

/* The slots. */
int  op_login(void *, const struct idbc_login_req *, struct idbc_sink *, struct idbc_error *);
int  op_get_user(void *, const struct idbc_user_req *, struct idbc_sink *, struct idbc_error *);
int  op_create(void *, const struct idbc_create_req *, struct idbc_sink *, struct idbc_error *);
int  op_verify(void *, const struct idbc_verify_req *, struct idbc_error *);
int  op_change_password(void *, const struct idbc_password_req *, struct idbc_error *);
int  op_change_email(void *, const struct idbc_email_req *, struct idbc_error *);
int  op_delete_user(void *, const struct idbc_delete_req *, struct idbc_error *);
int  op_check(void *, int64_t deadline_ns, uint32_t flags, struct idbc_findings *,
	      struct idbc_error *);

#endif
