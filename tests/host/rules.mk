# Hosts that tests run and watch from outside: one program a file, compiled as a stranger
# would be.  Some speak to the client libraries beside us.
HOSTS := $(patsubst tests/host/%.c,$(BUILD)/tests/host/%,$(wildcard tests/host/*.c))
HOST_CC = $(CC) $(EXAMPLE_CFLAGS) -pthread
HOST_LIBS = -L$(BUILD) -lidbc '-Wl,-rpath,$$ORIGIN/../..'
$(BUILD)/tests/host/%: tests/host/%.c $(LIB)
	@mkdir -p $(@D)
	$(HOST_CC) -o $@ $< $(HOST_LIBS)
# This one has several files.
CHAOS := $(wildcard tests/host/chaos/*.c)
$(BUILD)/tests/host/chaos_host: $(CHAOS) tests/host/chaos/chaos.h $(LIB)
	@mkdir -p $(@D)
	$(HOST_CC) -o $@ $(CHAOS) $(HOST_LIBS)
# This one loads the library itself.
$(BUILD)/tests/host/reload: tests/host/reload.c $(LIB)
	@mkdir -p $(@D)
	$(HOST_CC) -o $@ $< -ldl
# This one has state of its own in the libraries that we use.
$(BUILD)/tests/host/state: tests/host/state.c $(LIB)
	@mkdir -p $(@D)
	$(HOST_CC) $(shell $(PKG) --cflags $(mysql_PKG) $(odbc_PKG)) -o $@ $< $(HOST_LIBS) \
		$(shell $(PKG) --libs jansson libcrypto $(mysql_PKG) $(odbc_PKG))
# One plugin that is linked with the library, one that loads it.
$(BUILD)/tests/host/plugin_linked.so: tests/host/plugin/plugin.c $(LIB)
	@mkdir -p $(@D)
	$(HOST_CC) -fPIC -fvisibility=hidden -shared -o $@ $< $(HOST_LIBS)
$(BUILD)/tests/host/plugin_loads.so: tests/host/plugin/plugin.c $(LIB)
	@mkdir -p $(@D)
	$(HOST_CC) -fPIC -fvisibility=hidden -shared -DLOADS -o $@ $< -ldl
$(BUILD)/tests/host/plugins: tests/host/plugins.c $(LIB)
	@mkdir -p $(@D)
	$(HOST_CC) -o $@ $< -ldl
$(BUILD)/tests/host/cxx: tests/host/cxx.cc $(LIB)
	@mkdir -p $(@D)
	$(CXX) $(WARN) $(CFLAGS) $(SANFLAGS) -Iinclude -MMD -MP -pthread -o $@ $< $(HOST_LIBS)
HOSTS += $(BUILD)/tests/host/cxx $(BUILD)/tests/host/plugin_linked.so $(BUILD)/tests/host/plugin_loads.so \
	$(BUILD)/tests/host/chaos_host
unit: $(HOSTS)
