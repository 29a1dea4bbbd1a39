// tests/conformance/right/one.cc - a right driver in C++: one user, who stands in the options.
// What C++'s library puts into the file is no state of the driver.
// Threads: nothing is written after open().
#include <idbc/driver.h>

#include <iostream>
#include <new>
#include <sstream>
#include <string>

namespace {

const char *const names[] = { "user_id", "email", "username", "phone_number" };

struct Instance {
	const idbc_host *host;
	std::string value[4], hash;
	int64_t fold[4];
	int logs_in[4];

	bool is(uint32_t by, const idbc_str &who) const
	{
		idbc_str mine = { value[by - 1].data(), value[by - 1].size() };

		return mine.len && host->same(host, uint32_t(fold[by - 1]), &mine, &who);
	}
};

struct Session {
	const Instance *in;
};

int fail(const idbc_host *host, idbc_error *err, uint32_t status, const char *code,
	 const char *text)
{
	return host->fail(host, err, status, code, "%s", text);
}

std::string setting(const idbc_host *host, const idbc_settings *settings, const char *key)
{
	idbc_str text = { nullptr, 0 };

	host->setting_str(settings, key, "", &text);
	return text.len ? std::string(text.ptr, text.len) : std::string();
}

void read(Instance &in, const idbc_settings *settings)
{
	for (int i = 0; i < 4; i++) {
		std::ostringstream fold, login;

		fold << "idbc.fold." << names[i];
		login << "idbc.login." << names[i];
		in.value[i] = setting(in.host, settings, names[i]);
		in.host->setting_i64(settings, fold.str().c_str(), IDBC_FOLD_NONE, &in.fold[i]);
		in.host->setting_bool(settings, login.str().c_str(), 0, &in.logs_in[i]);
	}
	in.hash = setting(in.host, settings, "hash");
}

int one_open(const idbc_host *host, const idbc_settings *settings, idbc_findings *,
	     void **instance, idbc_error *err)
{
	Instance *in = nullptr;

	try {
		in = new Instance();
		in->host = host;
		read(*in, settings);
		*instance = in;
		return IDBC_OK;
	} catch (const std::bad_alloc &) {
		delete in;
		return fail(host, err, IDBC_NOMEM, "", "out of memory");
	}
}

void one_close(void *instance)
{
	delete static_cast<Instance *>(instance);
}

int in_time(const Instance *in, int64_t deadline_ns, idbc_error *err)
{
	if (in->host->now_ns() >= deadline_ns)
		return fail(in->host, err, IDBC_TIMEOUT, "", "deadline passed");
	return IDBC_OK;
}

int one_connect(void *instance, int64_t deadline_ns, void **session, idbc_error *err)
{
	const Instance *in = static_cast<Instance *>(instance);
	int rc = in_time(in, deadline_ns, err);

	if (rc == IDBC_OK)
		*session = new (std::nothrow) Session{ in };
	if (rc == IDBC_OK && !*session)
		return fail(in->host, err, IDBC_NOMEM, "", "out of memory");
	return rc;
}

void one_disconnect(void *session)
{
	delete static_cast<Session *>(session);
}

int one_ping(void *session, int64_t deadline_ns, idbc_error *err)
{
	return in_time(static_cast<Session *>(session)->in, deadline_ns, err);
}

// By which of his names he is meant; 0: not he.
uint32_t match(const Instance &in, uint32_t by, const idbc_str &who)
{
	for (uint32_t i = IDBC_BY_USER_ID; i <= IDBC_BY_PHONE; i++)
		if ((by == IDBC_BY_LOGIN ? in.logs_in[i - 1] : by == i) && in.is(i, who))
			return i;
	return 0;
}

int tell(const Instance &in, uint32_t by, bool credential, idbc_sink *sink)
{
	idbc_str id = { in.value[0].data(), in.value[0].size() };
	idbc_str matched = { in.value[by - 1].data(), in.value[by - 1].size() };
	int stop = sink->row(sink, &id, &matched);
	idbc_field hash = {};

	for (int i = 1; i < 4 && !stop; i++) {
		idbc_value value = {};

		value.kind = IDBC_KIND_STR;
		value.u.str = { in.value[i].data(), in.value[i].size() };
		if (value.u.str.len)
			stop = sink->field(sink, names[i], &value);
	}
	hash.name = "hash";
	hash.value.kind = in.hash.empty() ? IDBC_KIND_NULL : IDBC_KIND_STR;
	hash.value.u.str = { in.hash.data(), in.hash.size() };
	return stop || !credential ? stop : sink->credential(sink, &hash, 1);
}

template <class Request, bool credential>
int find(void *self, const Request *req, idbc_sink *sink, idbc_error *err)
{
	const Instance &in = *static_cast<Session *>(self)->in;
	int rc = in_time(&in, req->deadline_ns, err);
	uint32_t by;

	if (rc != IDBC_OK)
		return rc;
	if (req->by > IDBC_BY_PHONE)
		return fail(in.host, err, IDBC_UNSUPPORTED, "not_mapped", "no such kind");
	by = match(in, req->by, req->identifier);
	if (!by)
		return fail(in.host, err, IDBC_NO_USER, "", "no such user");
	if (tell(in, by, credential, sink))
		return fail(in.host, err, IDBC_DRIVER, "", "the row was refused");
	return IDBC_OK;
}

// What a driver of an older kit knows of the tables; the rest is empty, however long they grow.
constexpr idbc_ops known_ops()
{
	idbc_ops known = idbc_ops();

	known.size = uint32_t(offsetof(idbc_ops, create));
	known.login = find<idbc_login_req, true>;
	known.get_user = find<idbc_user_req, false>;
	return known;
}

constexpr idbc_ops ops = known_ops();

constexpr idbc_driver known_driver()
{
	idbc_driver known = idbc_driver();

	known.size = sizeof(known);
	known.abi = IDBC_DRIVER_ABI;
	known.name = "one";
	known.version = "1";
	known.open = one_open;
	known.close = one_close;
	known.connect = one_connect;
	known.disconnect = known.abandon = one_disconnect;
	known.ping = one_ping;
	known.ops = &ops;
	return known;
}

constexpr idbc_driver driver = known_driver();

} // namespace

const idbc_driver *idbc_driver_entry(uint32_t, const idbc_host *)
{
	return &driver;
}
