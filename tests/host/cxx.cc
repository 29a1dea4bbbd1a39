// tests/host/cxx.cc - a host in C++: our calls beside exceptions of its own, in threads, and a
// profile store whose remove() catches what it throws.
//
// usage: cxx LABEL CONFIG      the configuration has "delete": {"intents": "off"}
#include <idbc/idbc.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

struct closes { void operator()(idbc *store) const { idbc_close(store, 0); } };
struct frees { void operator()(idbc_profile *user) const { idbc_profile_free(user); } };
using connection = std::unique_ptr<idbc, closes>;
using profile = std::unique_ptr<idbc_profile, frees>;

struct refusal : std::runtime_error {
	uint32_t status;
	explicit refusal(const idbc_error &err) : std::runtime_error(err.text), status(err.status) {}
};

connection open(const char *config)
{
	idbc_error err = IDBC_ERROR_INIT;
	idbc *store = nullptr;

	if (idbc_open(config, &store, &err) != IDBC_OK)
		throw refusal(err);
	return connection(store);
}

profile login(idbc *store, const std::string &password)
{
	idbc_error err = IDBC_ERROR_INIT;
	idbc_profile *user = nullptr;

	if (idbc_login(store, "ada", password.c_str(), &user, &err) != IDBC_OK)
		throw refusal(err);
	return profile(user);
}

int removes(void *ctx, const char *)
try {
	++*static_cast<int *>(ctx);
	throw std::runtime_error("the host's profile cannot be removed");
} catch (const std::exception &) {
	return 7;
}

bool refused(idbc *store)
{
	try {
		login(store, "wrong");
	} catch (const refusal &why) {
		return why.status == IDBC_DENIED;
	}
	return false;
}

bool in_threads(idbc *store)
{
	std::vector<std::thread> threads;
	std::vector<int> good(8);

	for (int &one : good)
		threads.emplace_back([&one, store] {
			one = login(store, "Zq-secret-1") && refused(store);
		});
	for (std::thread &thread : threads)
		thread.join();
	for (int one : good)
		if (!one)
			return false;
	return true;
}

bool kept(idbc *store)
{
	idbc_error err = IDBC_ERROR_INIT;
	int asked = 0;
	idbc_profile_store mine = { sizeof(mine), 0, removes, &asked };
	profile user = login(store, "Zq-secret-1");
	std::string id = idbc_profile_get(user.get(), "user_id");

	if (idbc_set_profile_store(store, &mine, &err) != IDBC_OK)
		throw refusal(err);
	return idbc_delete_user(store, id.c_str(), &err) == IDBC_CANCELLED && err.native == 7 &&
		asked == 1 && login(store, "Zq-secret-1");
}

} // namespace

int main(int argc, char **argv)
try {
	if (argc != 3)
		return 2;
	connection store = open(argv[2]);
	bool threads = in_threads(store.get()), remove = kept(store.get());

	std::printf("%s - %s/threads\n", threads ? "ok" : "not ok", argv[1]);
	std::printf("%s - %s/profile-store\n", remove ? "ok" : "not ok", argv[1]);
	return threads && remove ? 0 : 1;
} catch (const std::exception &why) {
	std::printf("not ok - %s (%s)\n", argv[1], why.what());
	return 1;
}
