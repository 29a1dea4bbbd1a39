# A bench is one file, and a folder of its name for its parts: `hash` sees the rooms from inside,
# `store` is a host like others.
BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(wildcard tests/bench/*.c))
$(BUILD)/tests/bench/hash: tests/bench/hash.c tests/bench/bench.h $(BUILD)/connector.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Iconnector -o $@ $(filter %.c %.a,$^) $(CORE_LIBS)
$(BUILD)/tests/bench/store: tests/bench/store.c $(wildcard tests/bench/store/*.[ch]) tests/bench/bench.h $(LIB)
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(ALL_CFLAGS)) $(mysql_CFLAGS) $(odbc_CFLAGS) -o $@ $(filter %.c,$^) \
		-L$(BUILD) -lidbc '-Wl,-rpath,$$ORIGIN/../..' $(mysql_LIBS) $(odbc_LIBS) -largon2 -lcrypt
benches: $(BENCHES)
bench: deps-check
	@$(MAKE) $(PARALLEL) all
	@$(MAKE) $(PARALLEL) benches
	@BUILD=$(BUILD) BENCH=$(BENCH) tests/bench/run

# Side by side with login services of others: packages and a quarter of an hour, so never part of check.
DEPS_SERVICES := libpam-mysql libpam0g-dev dovecot-core dovecot-mysql freeradius freeradius-mysql \
	apache2-bin libaprutil1-dbd-mysql mariadb-server-core mariadb-client python3 \
	$(if $(shell command -v node),,nodejs) $(if $(shell command -v npm),,npm)
$(BUILD)/tests/bench/services/client: $(wildcard tests/bench/services/*.[ch]) tests/bench/bench.h $(LIB)
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(ALL_CFLAGS)) -o $@ $(filter %.c,$^) \
		-L$(BUILD) -lidbc '-Wl,-rpath,$$ORIGIN/../../..' -lpam -lcrypto
bench-services: deps-check
	@scripts/deps $(DEPS_SERVICES)
	@$(MAKE) $(PARALLEL) all
	@$(MAKE) $(BUILD)/tests/bench/services/client
	@BUILD=$(BUILD) BENCH=$(BENCH) scripts/with-mariadb python3 tests/bench/services/services.py
