/* values.h - faults of what create stores. */

/* The right create with its fields changed one by one by `change(value, bytes)`; `bytes` has
 * room for what there is.  What comes back is what is stored. */
#if defined(FAULT_nul_cuts) || defined(FAULT_cuts_255) || defined(FAULT_latin1) || \
	defined(FAULT_empty_is_null) || defined(FAULT_numbers_32_bit) || \
	defined(FAULT_drops_fields) || defined(FAULT_flags_are_true) || defined(FAULT_trims_values) || \
	defined(FAULT_three_byte_utf8)
# define CHANGES_VALUES
#endif
#ifdef CHANGES_VALUES
static int is_text(const struct idbc_value *value)
{
	return value->kind == IDBC_KIND_STR || value->kind == IDBC_KIND_BYTES ||
	       value->kind == IDBC_KIND_JSON;
}

static void change_value(const char *name, struct idbc_value *value, char *bytes)
{
	struct idbc_str *str = &value->u.str;

	(void)name;
	(void)bytes;
	(void)str;
	(void)is_text;
# ifdef FAULT_nul_cuts
	if (is_text(value) && str->len && memchr(str->ptr, 0, str->len))
		str->len = strlen(str->ptr);
# elif defined(FAULT_cuts_255)
	if (is_text(value) && str->len > 255)
		str->len = 255;
# elif defined(FAULT_latin1)
	if (is_text(value)) {
		memcpy(bytes, str->ptr ? str->ptr : "", str->len);
		for (size_t i = 0; i < str->len; i++)
			bytes[i] = (unsigned char)bytes[i] < 0x80 ? bytes[i] : '?';
		str->ptr = bytes;
	}
# elif defined(FAULT_three_byte_utf8)
	/* As utf8mb3 does: the text ends where a character has four bytes. */
	for (size_t i = 0; is_text(value) && i < str->len; i++)
		if ((unsigned char)str->ptr[i] >= 0xf0)
			str->len = i;
# elif defined(FAULT_empty_is_null)
	if (is_text(value) && !str->len)
		value->kind = IDBC_KIND_NULL;
# elif defined(FAULT_numbers_32_bit)
	if (value->kind == IDBC_KIND_I64)
		value->u.i64 = (int32_t)(uint32_t)value->u.i64;
# elif defined(FAULT_drops_fields)
	if (!strcmp(name, "given_name") || !strcmp(name, "family_name"))
		value->kind = IDBC_KIND_NULL;
# elif defined(FAULT_flags_are_true)
	if (value->kind == IDBC_KIND_BOOL)
		value->u.i64 = 1;
# elif defined(FAULT_trims_values)
	while (is_text(value) && str->len && str->ptr[str->len - 1] == ' ')
		str->len--;
# endif
}

static int wrong_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
			struct idbc_error *err)
{
	struct idbc_field *fields = calloc(req->nfields + 1, sizeof(*fields));
	char **bytes = calloc(req->nfields + 1, sizeof(char *));
	struct idbc_create_req mine = *req;
	int rc;

	for (size_t i = 0; i < req->nfields; i++) {
		fields[i] = req->fields[i];
		if (is_text(&fields[i].value))
			bytes[i] = malloc(fields[i].value.u.str.len + 1);
		change_value(fields[i].name, &fields[i].value, bytes[i]);
	}
	mine.fields = fields;
	rc = skeleton_create(self, &mine, sink, err);
	for (size_t i = 0; i < req->nfields; i++)
		free(bytes[i]);
	free(bytes);
	free(fields);
	return rc;
}
# define CREATE wrong_create
#endif

/* What is absent is shown as empty text. */
#ifdef FAULT_null_is_empty
static int wrong_read(void *self, const struct idbc_user_req *req, struct idbc_sink *sink,
		      struct idbc_error *err)
{
	static const char *const names[] = { "username", "given_name", "nickname", "picture" };
	struct idbc_value empty = { .kind = IDBC_KIND_STR, .u.str = { "", 0 } };
	int rc = skeleton_get_user(self, req, sink, err);
	const struct user *user;

	if (rc != IDBC_OK)
		return rc;
	user = user_of(self, req->by, &req->identifier);
	for (size_t i = 0; user && i < 4; i++)
		if (!fields_get(&user->profile, names[i]))
			sink->field(sink, names[i], &empty);
	return rc;
}
static int wrong_login(void *self, const struct idbc_login_req *req, struct idbc_sink *sink,
		       struct idbc_error *err)
{
	struct idbc_user_req same = { .size = sizeof(same), .by = req->by,
		.deadline_ns = req->deadline_ns, .identifier = req->identifier };
	int rc = wrong_read(self, &same, sink, err);
	const struct user *user = rc == IDBC_OK ? user_of(self, req->by, &req->identifier) : NULL;

	if (user)
		tell_credential(sink, user);
	return rc;
}
# define LOGIN wrong_login
# define GET_USER wrong_read
#endif

/* The new user is there, and the caller is told nothing of him. */
#ifdef FAULT_create_tells_nothing
static int deaf_row(struct idbc_sink *sink, const struct idbc_str *id,
		    const struct idbc_str *matched)
{
	(void)sink;
	(void)id;
	(void)matched;
	return 0;
}
static int deaf_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	(void)sink;
	(void)name;
	(void)value;
	return 0;
}
static int wrong_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
			struct idbc_error *err)
{
	struct between b = between(self, sink);

	b.sink.row = deaf_row;
	b.sink.field = deaf_field;
	return skeleton_create(self, req, &b.sink, err);
}
# define CREATE wrong_create
#endif

/* What create shows is what was asked for, less than what getUser shows. */
#ifdef FAULT_create_differs
static int wrong_field(struct idbc_sink *sink, const char *name, const struct idbc_value *value)
{
	return strcmp(name, "created_at") ? pass_field(sink, name, value) : 0;
}
static int wrong_create(void *self, const struct idbc_create_req *req, struct idbc_sink *sink,
			struct idbc_error *err)
{
	struct between b = between(self, sink);

	b.sink.field = wrong_field;
	return skeleton_create(self, req, &b.sink, err);
}
# define CREATE wrong_create
#endif
