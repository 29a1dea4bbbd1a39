/* reads.h - faults of login and get_user. */

/* The right reads with another sink: `BETWEEN(b)` changes it. */
#define READS_BETWEEN(change) \
__attribute__((unused)) static int wrong_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink, \
		       struct idbc_error *err) \
{ \
	struct between b = between(self, sink); \
	b.asked = req->identifier; \
	change; \
	return skeleton_login(self, req, &b.sink, err); \
} \
__attribute__((unused)) static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink, \
			  struct idbc_error *err) \
{ \
	struct between b = between(self, sink); \
	b.asked = req->identifier; \
	change; \
	return skeleton_get_user(self, req, &b.sink, err); \
}

#ifdef FAULT_no_credential
static int wrong_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
	(void)sink;
	(void)parts;
	(void)n;
	return 0;
}
READS_BETWEEN(b.sink.credential = wrong_credential)
# define LOGIN wrong_login
# define GET_USER wrong_get_user
#endif

/* The credential of whoever comes first in the store. */
#ifdef FAULT_credential_of_another
static int wrong_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
	struct between *b = (struct between *)sink;
	struct instance *in = b->session->instance;
	struct user *first;
	int stop;

	(void)parts;
	(void)n;
	pthread_mutex_lock(&in->lock);
	first = in->users.n ? user_copy(in->users.items[0]) : NULL;
	pthread_mutex_unlock(&in->lock);
	stop = first ? tell_credential(b->to, first) : b->to->credential(b->to, NULL, 0);
	user_free(first);
	return stop;
}
READS_BETWEEN(b.sink.credential = wrong_credential)
# define LOGIN wrong_login
#endif

#ifdef FAULT_no_id
static int wrong_row(struct idbc_sink *sink, const struct idbc_str *id,
		     const struct idbc_str *matched)
{
	struct idbc_str none = { "", 0 };

	(void)id;
	return pass_row(sink, &none, matched);
}
READS_BETWEEN(b.sink.row = wrong_row)
# define LOGIN wrong_login
# define GET_USER wrong_get_user
#endif

/* The id says how the user was asked for. */
#ifdef FAULT_id_changes
static int wrong_row(struct idbc_sink *sink, const struct idbc_str *id,
		     const struct idbc_str *matched)
{
	char text[64];
	int len = snprintf(text, sizeof(text), "%zu-%.*s", matched->len, (int)(id->len % 48), id->ptr);

	return pass_row(sink, &(struct idbc_str){ text, (size_t)len }, matched);
}
READS_BETWEEN(b.sink.row = wrong_row)
# define LOGIN wrong_login
# define GET_USER wrong_get_user
#endif

/* What was asked for, instead of what is stored. */
#ifdef FAULT_matched_is_asked
static int wrong_row(struct idbc_sink *sink, const struct idbc_str *id,
		     const struct idbc_str *matched)
{
	(void)matched;
	return pass_row(sink, id, &((struct between *)sink)->asked);
}
READS_BETWEEN(b.sink.row = wrong_row)
# define LOGIN wrong_login
# define GET_USER wrong_get_user
#endif

#ifdef FAULT_three_rows
static int wrong_row(struct idbc_sink *sink, const struct idbc_str *id,
		     const struct idbc_str *matched)
{
	int stop = pass_row(sink, id, matched);

	if (!stop)
		stop = pass_row(sink, &(struct idbc_str){ "one", 3 }, matched);
	return stop ? stop : pass_row(sink, &(struct idbc_str){ "two", 3 }, matched);
}
READS_BETWEEN(b.sink.row = wrong_row)
# define LOGIN wrong_login
# define GET_USER wrong_get_user
#endif

#ifdef FAULT_no_user_with_row
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	int rc = skeleton_get_user(self, req, sink, err);

	return rc == IDBC_OK ? no_user(self, err) : rc;
}
# define GET_USER wrong_get_user
#endif

/* A miss is an OK without a row. */
#ifdef FAULT_ok_without_row
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	int rc = skeleton_get_user(self, req, sink, err);

	return rc == IDBC_NO_USER ? IDBC_OK : rc;
}
static int wrong_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		       struct idbc_error *err)
{
	int rc = skeleton_login(self, req, sink, err);

	return rc == IDBC_NO_USER ? IDBC_OK : rc;
}
# define GET_USER wrong_get_user
# define LOGIN wrong_login
#endif

/* A store that is down says that there is no such user; here: at a past deadline. */
#ifdef FAULT_down_is_no_user
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	int rc = skeleton_get_user(self, req, sink, err);

	return rc == IDBC_TIMEOUT ? no_user(self, err) : rc;
}
# define GET_USER wrong_get_user
#endif

#if defined(FAULT_status_999) || defined(FAULT_status_negative)
# ifdef FAULT_status_999
#  define STATUS 999
# else
#  define STATUS -1
# endif
static int wrong_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		       struct idbc_error *err)
{
	(void)skeleton_login(self, req, sink, err);
	return STATUS;
}
# define LOGIN wrong_login
#endif

/* STATE is the connector's own. */
#ifdef FAULT_status_of_others
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	int rc = skeleton_get_user(self, req, sink, err);

	return rc == IDBC_NO_USER ? fail(self, err, IDBC_STATE, "", "nobody") : rc;
}
# define GET_USER wrong_get_user
#endif

#if defined(FAULT_text_not_utf8) || defined(FAULT_text_not_ended)
static int wrong_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		       struct idbc_error *err)
{
	int rc = skeleton_login(self, req, sink, err);

	if (rc != IDBC_OK)
# ifdef FAULT_text_not_utf8
		strcpy(err->text, "niemand hei\xdft so");
# else
		memset(err->text, 'x', sizeof(err->text));
# endif
	return rc;
}
# define LOGIN wrong_login
#endif

#ifdef FAULT_code_too_long
static int wrong_verify(void *self, const struct idbc_verify_req *req, struct idbc_error *err)
{
	int rc = skeleton_verify(self, req, err);

	if (rc == IDBC_CONFLICT)
		memcpy(err->code, "the_address_is_not_the_one_stored", sizeof(err->code));
	return rc;
}
# define VERIFY wrong_verify
#endif

/* Clears an error with its size. */
#ifdef FAULT_clears_error
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	memset(err, 0, sizeof(*err));
	return skeleton_get_user(self, req, sink, err);
}
# define GET_USER wrong_get_user
#endif

/* Goes on when the sink has refused, and says that all went well. */
#ifdef FAULT_deaf
static int deaf_row(struct idbc_sink *sink, const struct idbc_str *id,
		    const struct idbc_str *matched)
{
	pass_row(sink, id, matched);
	return 0;
}
static int deaf_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	pass_field(sink, name, value);
	return 0;
}
static int deaf_credential(struct idbc_sink *sink, const struct idbc_field *parts, size_t n)
{
	pass_credential(sink, parts, n);
	return 0;
}
READS_BETWEEN(b.sink.row = deaf_row; b.sink.field = deaf_field; b.sink.credential = deaf_credential)
# define LOGIN wrong_login
# define GET_USER wrong_get_user
#endif

#ifdef FAULT_get_user_differs
static int wrong_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	return strcmp(name, "email_verified") && strcmp(name, "name") &&
	       strcmp(name, "created_at") ? pass_field(sink, name, value) : 0;
}
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	struct between b = between(self, sink);

	b.sink.field = wrong_field;
	return skeleton_get_user(self, req, &b.sink, err);
}
# define GET_USER wrong_get_user
#endif

/* A flag as the text that a database sent. */
#ifdef FAULT_flag_is_text
static int wrong_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	struct idbc_value text = { .kind = IDBC_KIND_STR };

	if (value->kind != IDBC_KIND_BOOL)
		return pass_field(sink, name, value);
	text.u.str = (struct idbc_str){ value->u.i64 ? "t" : "f", 1 };
	return pass_field(sink, name, &text);
}
READS_BETWEEN(b.sink.field = wrong_field)
# define LOGIN wrong_login
# define GET_USER wrong_get_user
#endif

/* --- who is found ------------------------------------------------------------------------------ */

/* The identifier changed on its way in; `how` writes into bytes[1024]. */
#define READS_ASKING(how) \
__attribute__((unused)) static int wrong_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink, \
		       struct idbc_error *err) \
{ \
	struct idbc_login_req mine = *req; \
	char bytes[IDBC_ID_MAX + 1]; \
	mine.identifier = how(self, &req->identifier, bytes); \
	return skeleton_login(self, &mine, sink, err); \
} \
__attribute__((unused)) static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink, \
			  struct idbc_error *err) \
{ \
	struct idbc_user_req mine = *req; \
	char bytes[IDBC_ID_MAX + 1]; \
	mine.identifier = how(self, &req->identifier, bytes); \
	return skeleton_get_user(self, &mine, sink, err); \
}

static inline struct idbc_str copied(const struct idbc_str *from, char *bytes)
{
	size_t len = from->len < IDBC_ID_MAX ? from->len : IDBC_ID_MAX;

	memcpy(bytes, from->ptr, len);
	return (struct idbc_str){ bytes, len };
}

/* Trailing blanks do not count, as under many collations. */
#ifdef FAULT_trims_blanks
static struct idbc_str trimmed(void *self, const struct idbc_str *from, char *bytes)
{
	struct idbc_str str = copied(from, bytes);

	(void)self;
	while (str.len && str.ptr[str.len - 1] == ' ')
		str.len--;
	return str;
}
READS_ASKING(trimmed)
# define LOGIN wrong_login
# define GET_USER wrong_get_user
#endif

/* Accents do not count: "jos\u00e9" finds "jose". */
#ifdef FAULT_folds_accents
static struct idbc_str plain(void *self, const struct idbc_str *from, char *bytes)
{
	struct instance *in = ((struct session *)self)->instance;
	struct idbc_str str = copied(from, bytes);
	int64_t len;
	int ascii = 1;

	for (size_t i = 0; i < from->len; i++)
		ascii &= (unsigned char)from->ptr[i] < 0x80;
	if (ascii)
		return str;
	len = in->host->fold(in->host, IDBC_FOLD_LETTERS, from, bytes, IDBC_ID_MAX);
	return len < 0 ? str : (struct idbc_str){ bytes, (size_t)len };
}
READS_ASKING(plain)
# define LOGIN wrong_login
# define GET_USER wrong_get_user
#endif

/* "%" in an identifier stands for anything, as after LIKE. */
#ifdef FAULT_pattern
static struct idbc_str any(void *self, const struct idbc_str *from, char *bytes)
{
	struct session *s = self;
	const struct user *user;

	if (!memchr(from->ptr, '%', from->len) && !memchr(from->ptr, '*', from->len))
		return *from;
	pthread_mutex_lock(&s->instance->lock);
	user = s->instance->users.n ? s->instance->users.items[0] : NULL;
	if (user)
		copied(&user->id, bytes);
	pthread_mutex_unlock(&s->instance->lock);
	return user ? (struct idbc_str){ bytes, user->id.len } : *from;
}
static int wrong_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		       struct idbc_error *err)
{
	struct idbc_login_req mine = *req;
	char bytes[IDBC_ID_MAX + 1];

	mine.identifier = any(self, &req->identifier, bytes);
	if (mine.identifier.ptr == bytes)
		mine.by = IDBC_BY_USER_ID;
	return skeleton_login(self, &mine, sink, err);
}
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	struct idbc_user_req mine = *req;
	char bytes[IDBC_ID_MAX + 1];

	mine.identifier = any(self, &req->identifier, bytes);
	if (mine.identifier.ptr == bytes)
		mine.by = IDBC_BY_USER_ID;
	return skeleton_get_user(self, &mine, sink, err);
}
# define LOGIN wrong_login
# define GET_USER wrong_get_user
#endif

/* Identifiers are compared up to their 64th byte. */
#ifdef FAULT_cuts_identifiers
static struct idbc_str cut(void *self, const struct idbc_str *from, char *bytes)
{
	struct session *s = self;
	struct idbc_str str = copied(from, bytes);

	pthread_mutex_lock(&s->instance->lock);
	for (size_t i = 0; from->len > 64 && i < s->instance->users.n; i++)
		for (uint32_t f = IDBC_BY_EMAIL; f < NFIELDS; f++) {
			struct idbc_str text = fields_text(&s->instance->users.items[i]->profile,
							   field_of[f]);

			if (text.len >= 64 && !memcmp(text.ptr, from->ptr, 64))
				str = copied(&text, bytes);
		}
	pthread_mutex_unlock(&s->instance->lock);
	return str;
}
READS_ASKING(cut)
# define LOGIN wrong_login
# define GET_USER wrong_get_user
#endif

/* An address is found in the very letters that are stored. */
#ifdef FAULT_email_by_letters
static int wrong_open(const struct idbc_host *host, const struct idbc_settings *settings,
		      struct idbc_findings *findings, void **instance, struct idbc_error *err)
{
	int rc = skeleton_open(host, settings, findings, instance, err);

	if (rc == IDBC_OK)
		((struct instance *)*instance)->fold[IDBC_BY_EMAIL] = IDBC_FOLD_NONE;
	return rc;
}
# define OPEN wrong_open
#endif

/* By e-mail address user names are found as well. */
#ifdef FAULT_any_kind
static int wrong_get_user(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
			  struct idbc_error *err)
{
	struct idbc_user_req mine = *req;

	if (req->by != IDBC_BY_USER_ID)
		mine.by = IDBC_BY_LOGIN;
	return skeleton_get_user(self, &mine, sink, err);
}
# define GET_USER wrong_get_user
#endif
