# IDBC: one Makefile, non-recursive; everything built lies under $(BUILD).

BUILD   ?= build
CC      ?= cc
VERSION := $(shell cat VERSION)
SOVER   := 0

prefix  ?= /usr/local
libdir  ?= $(prefix)/lib
driverdir = $(libdir)/idbc/drivers

PKG     ?= pkg-config
WARN    := -Wall -Wextra -Wpedantic
CFLAGS  ?= -O2 -g
ALL_CFLAGS = -std=c11 $(WARN) $(WERROR) $(CFLAGS) $(SANFLAGS) -fPIC -fvisibility=hidden \
	-D_GNU_SOURCE -DIDBC_VERSION='"$(VERSION)"' -Iinclude -MMD -MP -pthread
SOFLAGS  = -shared -Wl,-z,defs -Wl,-z,now -Wl,-z,relro -Wl,-z,nodelete
ifneq ($(SAN),)
SANFLAGS = -fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all
SOFLAGS  = -shared -Wl,-z,now -Wl,-z,relro -Wl,-z,nodelete
endif

CORE_SRC := $(wildcard connector/*.c connector/*/*.c)
SQL_SRC  := $(wildcard drivers/sql/*.c)
CORE_OBJ := $(CORE_SRC:%.c=$(BUILD)/obj/%.o)
SQL_OBJ  := $(SQL_SRC:%.c=$(BUILD)/obj/%.o)
CORE_LIBS = $(shell $(PKG) --libs jansson libargon2 libcrypt libcrypto) -lunistring -ldl
HAVE_MYSQL := $(shell $(PKG) --exists mysqlclient && echo yes)
HAVE_ODBC  := $(shell $(PKG) --exists odbc && echo yes)
DRIVERS  := $(if $(HAVE_MYSQL),mysql) $(if $(HAVE_ODBC),odbc)
mysql_CFLAGS = $(shell $(PKG) --cflags mysqlclient)
mysql_LIBS   = $(shell $(PKG) --libs mysqlclient)
odbc_CFLAGS  = $(shell $(PKG) --cflags odbc)
odbc_LIBS    = $(shell $(PKG) --libs odbc)

LIB      = $(BUILD)/libidbc.so.$(VERSION)

all: $(LIB) $(DRIVERS:%=$(BUILD)/drivers/%.so) $(BUILD)/idbc

$(BUILD)/obj/connector/%.o: connector/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Iconnector -DIDBC_DRIVERDIR='"$(driverdir)"' -c -o $@ $<
$(BUILD)/obj/drivers/sql/%.o: drivers/sql/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Idrivers -c -o $@ $<
define driver_rules
$(BUILD)/obj/drivers/$(1)/%.o: drivers/$(1)/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) $$($(1)_CFLAGS) -Idrivers -c -o $$@ $$<
$(BUILD)/drivers/$(1).so: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard drivers/$(1)/*.c)) $(SQL_OBJ) drivers/driver.map
	@mkdir -p $$(@D)
	$$(CC) $$(ALL_CFLAGS) $$(SOFLAGS) -Wl,--version-script=drivers/driver.map -o $$@ $$(filter %.o,$$^) $$($(1)_LIBS) $$(shell $$(PKG) --libs jansson)
endef
$(foreach d,$(DRIVERS),$(eval $(call driver_rules,$(d))))

$(LIB): $(CORE_OBJ) connector/libidbc.map
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(SOFLAGS) -Wl,--version-script=connector/libidbc.map -Wl,-soname,libidbc.so.$(SOVER) -o $@ $(CORE_OBJ) $(CORE_LIBS)
	ln -sf $(@F) $(BUILD)/libidbc.so.$(SOVER)
	ln -sf $(@F) $(BUILD)/libidbc.so

$(BUILD)/obj/tools/%.o: tools/%.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<
$(BUILD)/idbc: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tools/*.c)) $(LIB)
	$(CC) $(ALL_CFLAGS) -o $@ $(filter %.o,$^) -L$(BUILD) -lidbc '-Wl,-rpath,$$ORIGIN' $(shell $(PKG) --libs jansson)

# Unit tests see the rooms from inside: they link the objects, not the library.
$(BUILD)/tests/unit/%: tests/unit/%.c $(CORE_OBJ) $(SQL_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Iconnector -Idrivers -Itests/unit -o $@ $< $(filter %.o,$^) $(CORE_LIBS) $(shell $(PKG) --libs cunit)
unit: $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*.c))

clean:
	rm -rf $(BUILD)
.PHONY: all unit clean
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
