# IDBC: one Makefile, non-recursive; everything built lies under $(BUILD).  `make help`.

BUILD   ?= build
CC      ?= cc
VERSION := $(shell cat VERSION)
SOVER   := 0

prefix  ?= /usr/local
libdir  ?= $(prefix)/lib
bindir     ?= $(prefix)/bin
includedir ?= $(prefix)/include
datadir    ?= $(prefix)/share
mandir     ?= $(datadir)/man
docdir     ?= $(datadir)/doc/idbc
driverdir = $(libdir)/idbc/drivers

# What the host must have: to build and to run, and beside that to test.  MariaDB is the
# bare program; of PostgreSQL the package is used, never the service that it sets up.
DEPS       := gcc libc6-dev pkg-config libjansson-dev libargon2-dev libcrypt-dev libssl-dev \
	libunistring-dev libidn-dev libelf-dev default-libmysqlclient-dev unixodbc unixodbc-dev libsqliteodbc sqlite3
DEPS_CHECK := g++ clang libcunit1-dev mariadb-server-core mariadb-client odbc-mariadb \
	postgresql odbc-postgresql openssl python3 mandoc php-cli php-mysql python3-django \
	python3-mysqldb python3-argon2 python3-bcrypt abigail-tools locales libldap-dev slapd ldap-utils
# Three nodes; how one that joins gets its data is in the server's package.
DEPS_CHECK += mariadb-server galera-4 rsync
# What packs us.
DEPS_CHECK += libuv1-dev build-essential debhelper git lintian xz-utils
# A Node that did not come as a package of Debian does as well; npm, which is large, need not be there.
DEPS_CHECK += $(if $(shell command -v node),,nodejs) ca-certificates
DEPS_FUZZ  := clang libclang-rt-dev

MAKEFLAGS += --no-print-directory
JOBS    ?= $(shell nproc 2>/dev/null || echo 2)
# Builds started for somebody who gave no -j of his own.
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))

PKG_CONFIG ?= pkg-config
PKG     ?= $(PKG_CONFIG)
WARN    := -Wall -Wextra -Wpedantic
CFLAGS  ?= -O2 -g
FORTIFY  = $(if $(SAN),,$(if $(filter -O1 -O2 -O3 -Os,$(CFLAGS)),-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
ALL_CFLAGS = -std=c11 $(WARN) $(WERROR) $(CFLAGS) $(CPPFLAGS) $(SANFLAGS) -fPIC -fno-plt \
	-fvisibility=hidden -fstack-protector-strong $(FORTIFY) -D_GNU_SOURCE -DIDBC_VERSION=\"$(VERSION)\" -Iinclude \
	-MMD -MP -pthread
HARDEN   = $(LDFLAGS) -Wl,-z,now -Wl,-z,relro
SOFLAGS  = -shared -Wl,-z,defs $(HARDEN) -Wl,-z,nodelete
ifneq ($(SAN),)
SANFLAGS = -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
SOFLAGS  = -shared $(HARDEN) -Wl,-z,nodelete
endif

CORE_SRC := $(wildcard connector/*.c connector/*/*.c connector/*/*/*.c)
SQL_SRC  := $(wildcard drivers/sql/*.c drivers/sql/*/*.c)
# The stacked driver is part of the library.
MIGRATE_SRC := $(wildcard drivers/migrate/*.c)
CORE_OBJ := $(CORE_SRC:%.c=$(BUILD)/obj/%.o) $(MIGRATE_SRC:%.c=$(BUILD)/obj/%.o)
SQL_OBJ  := $(SQL_SRC:%.c=$(BUILD)/obj/%.o)
TOOL_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tools/*.c))
CORE_LIBS = $(shell $(PKG) --libs jansson libargon2 libcrypt libcrypto libidn libelf) -lunistring -ldl

# Lazy or silent, all of it: `make deps` runs before there is a pkg-config.
have = $(shell $(PKG) --exists $(1) 2>/dev/null && echo $(1))
ALL_DRIVERS := mysql odbc
mysql_PKG   := $(firstword $(foreach p,mysqlclient libmariadb,$(call have,$(p))))
odbc_PKG    := $(call have,odbc)
DRIVERS     := $(foreach d,$(ALL_DRIVERS),$(if $($(d)_PKG),$(d)))

LIB      = $(BUILD)/libidbc.so.$(VERSION)
# The one with an event loop where libuv is there.
EXAMPLES := $(patsubst %.c,$(BUILD)/%,$(filter-out $(if $(call have,libuv),,examples/event_loop.c),$(wildcard examples/*.c)))
UNIT     := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*.c))

all: $(LIB) $(DRIVERS:%=$(BUILD)/drivers/%.so) $(BUILD)/idbc $(EXAMPLES)
	@$(foreach d,$(filter-out $(DRIVERS),$(ALL_DRIVERS)),echo "driver $(d): its client library is not here, skipped";)
	@$(if $(call have,libuv),,echo "examples/event_loop: libuv is not here, skipped")

help:
	@echo 'make            build/libidbc.so, build/drivers/, build/idbc, build/examples/'
	@echo 'make demo       all seven operations on a fresh SQLite store'
	@echo 'make check      every test; needs the packages of deps-check, and installs them'
	@echo 'make check-asan, check-tsan, check-valgrind   the same tests under a watch'
	@echo 'make unit       build the unit tests; tests/run PATTERN... runs some'
	@echo 'make fuzz       each parser under libFuzzer, FUZZ_SECONDS=20 each; FUZZ="stored recipe" for some'
	@echo 'make bench      ours against loops by hand: a table, and build/bench.json; BENCH_QUICK=1: one look'
	@echo 'make chaos      servers killed, stopped, cut off and delayed under load, CHAOS_S=150 seconds for each driver'
	@echo 'make crash      deletes and migrations whose process, server or connection dies at every step and at random'
	@echo 'make bench-services   side by side with login services of others; installs them'
	@echo 'make abi-check  the ABI of library and headers against the one recorded; abi-record: anew'
	@echo 'make lint       include table, shell syntax, white space, cppcheck if present'
	@echo 'make install, uninstall   DESTDIR= prefix= libdir='
	@echo 'make dist       build/idbc-VERSION.tar.xz, the same bytes from the same commit'
	@echo 'make deps, deps-check   Debian packages to build and run, to test'
	@echo 'make clean'
	@echo 'Variables: BUILD=dir CC=gcc|clang SAN=address,undefined WERROR=-Werror CFLAGS='

# ---- packages ---------------------------------------------------------------------------
deps:
	@scripts/deps $(DEPS)
deps-check:
	@scripts/deps $(DEPS) $(DEPS_CHECK)

# ---- building ---------------------------------------------------------------------------
# Changes when compiler or flags do, and everything compiled follows.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(CC) $(ALL_CFLAGS)' | cmp -s - $@ || printf '%s\n' '$(CC) $(ALL_CFLAGS)' >$@

# An uninstalled library looks for drivers beside itself; `install` compiles the files that
# know the folder once more, with the real one.
$(BUILD)/obj/connector/%.o: connector/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Iconnector -DIDBC_DRIVERDIR=\"$(abspath $(BUILD))/drivers\" -c -o $@ $<
$(BUILD)/obj/drivers/migrate/%.o: drivers/migrate/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(BUILD)/obj/drivers/sql/%.o: drivers/sql/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Idrivers -I$(BUILD)/gen -c -o $@ $<
# examples/schema/ENGINE.sql as C strings, one a statement: what `idbc check --create` runs.
$(BUILD)/obj/drivers/sql/call/schema.o: $(BUILD)/gen/own_schema.h
$(BUILD)/gen/own_schema.h: $(wildcard examples/schema/*.sql) scripts/schema-strings
	@mkdir -p $(@D)
	scripts/schema-strings $(wildcard examples/schema/*.sql) >$@
$(BUILD)/obj/tools/%.o: tools/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# What the SQL drivers share, once: a private library.  Soname and version node carry the whole
# version, so a driver never meets another version's.
SQL_LIB  = $(BUILD)/libidbc-sql.so.$(VERSION)
$(BUILD)/gen/sql.map: drivers/sql.map.in VERSION
	@mkdir -p $(@D)
	sed 's|@version@|$(VERSION)|' $< >$@
# The loader refuses what others may write.  $(1): objects
LINK_SQL = $(CC) $(ALL_CFLAGS) $(SOFLAGS) -Wl,-Bsymbolic-functions -Wl,--version-script=$(BUILD)/gen/sql.map \
	-Wl,-soname,$(@F) -o $@ $(1) $(shell $(PKG) --libs jansson) && chmod go-w $@
$(SQL_LIB): $(SQL_OBJ) $(BUILD)/gen/sql.map
	$(call LINK_SQL,$(SQL_OBJ))
# A driver looks for it in the absolute folder first: it may be copied away, and a privileged
# host honours $ORIGIN only below the system's own folders.  $(1): driver, $(2): that folder.
LINK_DRIVER = $(CC) $(ALL_CFLAGS) $(SOFLAGS) -Wl,--version-script=drivers/driver.map -o $@ \
	$($(1)_OBJ) $(SQL_LIB) $($(1)_LIBS) '-Wl,--enable-new-dtags,-rpath,$(2):$$ORIGIN/..' && chmod go-w $@

define driver_rules
$(1)_OBJ := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard drivers/$(1)/*.c))
$(1)_CFLAGS = $$(shell $$(PKG) --cflags $$($(1)_PKG))
$(1)_LIBS   = $$(shell $$(PKG) --libs $$($(1)_PKG))
$(BUILD)/obj/drivers/$(1)/%.o: drivers/$(1)/%.c $(BUILD)/flags
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) $$($(1)_CFLAGS) -Idrivers -c -o $$@ $$<
$(BUILD)/drivers/$(1).so: $$($(1)_OBJ) $(SQL_LIB) drivers/driver.map
	@mkdir -p $$(@D)
	$$(call LINK_DRIVER,$(1),$(abspath $(BUILD)))
endef
$(foreach d,$(ALL_DRIVERS),$(eval $(call driver_rules,$(d))))

LINK_LIB = $(CC) $(ALL_CFLAGS) $(SOFLAGS) -Wl,--version-script=connector/libidbc.map \
	-Wl,-soname,libidbc.so.$(SOVER)
$(LIB): $(CORE_OBJ) connector/libidbc.map
	$(LINK_LIB) -o $@ $(CORE_OBJ) $(CORE_LIBS)
	ln -sf $(@F) $(BUILD)/libidbc.so.$(SOVER)
	ln -sf $(@F) $(BUILD)/libidbc.so

LINK_TOOL = $(CC) $(ALL_CFLAGS) $(HARDEN) -o $@ $(TOOL_OBJ)
TOOL_LIBS = $(shell $(PKG) --libs jansson)
$(BUILD)/idbc: $(TOOL_OBJ) $(LIB)
	$(LINK_TOOL) -L$(BUILD) -lidbc '-Wl,-rpath,$$ORIGIN' $(TOOL_LIBS)

# Examples are compiled as a stranger would: public headers, one library or none.
EXAMPLE_CFLAGS = -std=c11 $(WARN) $(WERROR) $(CFLAGS) $(SANFLAGS) -D_GNU_SOURCE -Iinclude -MMD -MP
$(BUILD)/examples/dlopen_%: examples/dlopen_%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(EXAMPLE_CFLAGS) -o $@ $< -ldl '-Wl,-rpath,$$ORIGIN/..'
$(BUILD)/examples/event_loop: examples/event_loop.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(EXAMPLE_CFLAGS) $(shell $(PKG) --cflags libuv jansson) -o $@ $< -L$(BUILD) -lidbc \
		$(shell $(PKG) --libs libuv jansson) '-Wl,-rpath,$$ORIGIN/..'
$(BUILD)/examples/%: examples/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(EXAMPLE_CFLAGS) -o $@ $< -L$(BUILD) -lidbc '-Wl,-rpath,$$ORIGIN/..'
include examples/rules.mk

# ---- tests ------------------------------------------------------------------------------
# Unit tests see the rooms from inside: they link the objects, not the library.
$(BUILD)/connector.a: $(CORE_OBJ)
$(BUILD)/sql.a: $(SQL_OBJ)
$(BUILD)/connector.a $(BUILD)/sql.a:
	@rm -f $@
	ar rcs $@ $^
UNIT_CFLAGS = $(ALL_CFLAGS) -Iconnector -Idrivers -Itests/unit \
	-DTEST_BUILD=\"$(abspath $(BUILD))\" -DTEST_SOURCE=\"$(CURDIR)\"
UNIT_LIBS   = $(CORE_LIBS) $(shell $(PKG) --libs cunit)
$(BUILD)/tests/unit/%: tests/unit/%.c $(BUILD)/sql.a $(BUILD)/connector.a
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $< $(filter %.a,$^) $(UNIT_LIBS)
# One file of the command, by itself.
$(BUILD)/tests/unit/tools_state: tests/unit/tools_state.c $(BUILD)/obj/tools/state_file.o
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -Itools -o $@ $^ $(UNIT_LIBS)
# A backend's tests see their driver's room as well.
define backend_test_rules
$(BUILD)/tests/unit/$(1)_%: tests/unit/$(1)_%.c $$(filter-out %/driver.o,$$($(1)_OBJ)) $(BUILD)/sql.a
	@mkdir -p $$(@D)
	$$(CC) $$(UNIT_CFLAGS) $$($(1)_CFLAGS) -o $$@ $$< $$(filter %.o,$$^) $(BUILD)/sql.a \
		$$($(1)_LIBS) $$(shell $$(PKG) --libs jansson cunit)
endef
$(foreach d,$(ALL_DRIVERS),$(eval $(call backend_test_rules,$(d))))
unit: $(filter-out $(patsubst %,$(BUILD)/tests/unit/%_%,$(filter-out $(DRIVERS),$(ALL_DRIVERS))),$(UNIT))

# ---- fuzzing ----------------------------------------------------------------------------
# A target is one file.  With driver/replay.c it reads files: its corpus in the tree, as
# every check does under the sanitizers.  With clang's libFuzzer it looks for new ones.
FUZZ    ?= $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c))
FUZZ_SECONDS ?= 20
FUZZ_DIR = $(BUILD)/fuzz
FUZZ_FLAGS = $(ALL_CFLAGS) -Iconnector -Idrivers -DTEST_SOURCE=\"$(CURDIR)\"
$(BUILD)/tests/fuzz/%: tests/fuzz/%.c tests/fuzz/driver/replay.c $(BUILD)/connector.a $(BUILD)/sql.a
	@mkdir -p $(@D)
	$(CC) $(FUZZ_FLAGS) -o $@ $(filter %.c %.a,$^) $(CORE_LIBS)
$(BUILD)/tests/fuzzer/%: tests/fuzz/%.c $(BUILD)/connector.a $(BUILD)/sql.a
	@mkdir -p $(@D)
	$(CC) $(FUZZ_FLAGS) -fsanitize=fuzzer -o $@ $(filter %.c %.a,$^) $(CORE_LIBS)
fuzz-replay: $(FUZZ:%=$(BUILD)/tests/fuzz/%)
fuzzers: $(FUZZ:%=$(BUILD)/tests/fuzzer/%)
fuzz:
	@scripts/deps $(DEPS) $(DEPS_FUZZ)
	@$(MAKE) $(PARALLEL) BUILD=$(FUZZ_DIR) CC=$(FUZZ_CC) SAN=address,undefined,fuzzer-no-link fuzzers
	@BUILD=$(FUZZ_DIR) FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run $(FUZZ)
FUZZ_CC ?= clang

# ---- benchmarks -------------------------------------------------------------------------
include tests/bench/rules.mk

# WordPress says itself whether it accepts what we wrote; Django comes with the packages.
WORDPRESS = $(BUILD)/wordpress/usr/share/wordpress/wp-settings.php
referees: $(WORDPRESS)
$(WORDPRESS):
	-scripts/unpack wordpress $(BUILD)/wordpress

WITH_SERVERS = scripts/with-sqlite scripts/with-mariadb scripts/with-postgres

demo: deps
	@$(MAKE) $(PARALLEL) all
	@BUILD=$(BUILD) examples/demo.sh

# What the sanitizers see of the rooms belongs to every check; the whole under them is
# check-asan.  -O1, since that compiles in half the time; of the wrong drivers those that unit
# tests load.
check: deps-check
	@$(MAKE) $(PARALLEL) all unit referees
	@$(MAKE) $(PARALLEL) BUILD=$(BUILD)/asan SAN=address,undefined CFLAGS='-O1 -g' \
		WRONG_NAMES='$(WRONG_UNITS)' unit fuzz-replay
	@BUILD=$(BUILD) TEST_UNITS='$(BUILD)/tests/unit $(BUILD)/asan/tests/unit $(BUILD)/asan/tests/fuzz' $(WITH_SERVERS) tests/run
check-asan: deps-check
	@$(MAKE) $(PARALLEL) BUILD=$(BUILD)/asan SAN=address,undefined all unit faults referees
	@BUILD=$(BUILD)/asan TEST_SLOWER=3 $(WITH_SERVERS) tests/run
check-tsan: deps-check
	@$(MAKE) $(PARALLEL) BUILD=$(BUILD)/tsan SAN=thread all unit faults referees
	@BUILD=$(BUILD)/tsan TEST_SLOWER=10 setarch -R $(WITH_SERVERS) tests/run
check-valgrind: deps-check
	@scripts/deps valgrind
	@$(MAKE) $(PARALLEL) all unit referees
	@scripts/valgrind-build $(BUILD) $(BUILD)/valgrind
	@BUILD=$(BUILD)/valgrind TEST_SLOWER=20 TEST_WRAPPER=scripts/valgrind $(WITH_SERVERS) tests/run

# Of this a check has a few seconds; CHAOS_SEED=N for the same dice again.
CHAOS_S ?= 150
chaos: deps-check
	@$(MAKE) $(PARALLEL) all $(BUILD)/tests/host/chaos_host
	@BUILD=$(BUILD) CHAOS_S=$(CHAOS_S) CHAOS_SEED=$(CHAOS_SEED) tests/integration/chaos.sh

# Of this too: CRASH_N deletes and as many first logins for each of three stores.
CRASH_N ?= 2000
CRASH_BULK_N ?= 40
crash: deps-check
	@$(MAKE) $(PARALLEL) all faults
	@BUILD=$(BUILD) CRASH_N=$(CRASH_N) CRASH_STRIDE=1 CRASH_CUTS= CRASH_BULK_N=$(CRASH_BULK_N) CRASH_SEED=$(CRASH_SEED) tests/integration/crash.sh

# What binds hosts and drivers to us, against what was recorded last: docs/abi.md.
abi-check: $(LIB)
	@scripts/deps abigail-tools python3
	@BUILD=$(BUILD) CC='$(CC)' scripts/abi-check
abi-record: $(LIB)
	@BUILD=$(BUILD) CC='$(CC)' scripts/abi-record

lint:
	@scripts/lint

# The tests of loader and pool bring drivers of their own.
TEST_DRIVERS := $(patsubst tests/unit/drivers/%.c,$(BUILD)/tests/drivers/%.so,$(wildcard tests/unit/drivers/*.c))
$(BUILD)/tests/drivers/%.so: tests/unit/drivers/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -shared -o $@ $<
	@chmod go-w $@
$(BUILD)/tests/unit/link_files $(BUILD)/tests/unit/link_pool \
	$(BUILD)/tests/unit/run_faults $(BUILD)/tests/unit/run_stack: $(TEST_DRIVERS)
$(BUILD)/tests/unit/bulk_import: | $(addprefix $(BUILD)/tests/wrong/,none.so many-right.so many-untold.so many-half.so)
# These open real stores.
$(BUILD)/tests/unit/run_stack $(BUILD)/tests/unit/run_two_stores: | $(DRIVERS:%=$(BUILD)/drivers/%.so)

# Writes down what drivers prepare and what is logged.  Not beside a sanitizer, which must be loaded first.
STATEMENTS := $(BUILD)/tests/statements.so
$(STATEMENTS): tests/integration/lib/statements.c tests/integration/lib/logs.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -shared -o $@ $(filter %.c,$^) -ldl
ifeq ($(SAN),)
unit: $(STATEMENTS)
endif

include tests/host/rules.mk
include tests/faults/rules.mk
include tests/phases/rules.mk

include tests/conformance/rules.mk

# ---- installing -------------------------------------------------------------------------
include scripts/install.mk
include scripts/release.mk

clean:
	rm -rf $(BUILD)

FORCE:
.PHONY: all abi-check abi-record chaos crash help deps deps-check unit referees demo check check-asan check-tsan check-valgrind lint \
	fuzz fuzzers fuzz-replay bench benches bench-services \
	clean FORCE
.DELETE_ON_ERROR:
-include $(shell find $(BUILD)/obj $(BUILD)/faults $(BUILD)/tests $(BUILD)/examples $(HERE)/obj -name '*.d' 2>/dev/null)
