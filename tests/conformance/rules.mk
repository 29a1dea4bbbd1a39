# The conformance kit: a library over the connector's own objects, and a program over it.
CONFORM_SRC := $(wildcard tests/conformance/kit/*.c)
CONFORM_OBJ := $(CONFORM_SRC:%.c=$(BUILD)/obj/%.o)
CONFORM_LIB  = $(BUILD)/libidbc-conform.so.$(VERSION)
$(BUILD)/obj/tests/conformance/%.o: tests/conformance/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Iconnector -Itests/conformance/kit -c -o $@ $<
# As `make install` does it once more.
LINK_CONFORM = $(CC) $(ALL_CFLAGS) $(SOFLAGS) -Wl,--version-script=tests/conformance/conform.map \
	-Wl,-soname,libidbc-conform.so.$(SOVER)
LINK_CONFORM_TOOL = $(CC) $(ALL_CFLAGS) $(HARDEN) -o $@ $(BUILD)/obj/tests/conformance/main.o
$(CONFORM_LIB): $(CONFORM_OBJ) $(BUILD)/connector.a tests/conformance/conform.map
	$(LINK_CONFORM) -o $@ $(filter %.o %.a,$^) $(CORE_LIBS)
	ln -sf $(@F) $(BUILD)/libidbc-conform.so.$(SOVER)
	ln -sf $(@F) $(BUILD)/libidbc-conform.so
$(BUILD)/idbc-conform: $(BUILD)/obj/tests/conformance/main.o $(CONFORM_LIB)
	$(LINK_CONFORM_TOOL) -L$(BUILD) -lidbc-conform '-Wl,-rpath,$$ORIGIN'
all: $(BUILD)/idbc-conform
include tests/conformance/wrong/rules.mk
include tests/conformance/right/rules.mk
# As a stranger's program: the library alone.
$(BUILD)/tests/unit/conform_run: tests/unit/conform_run.c $(CONFORM_LIB) $(WRONG) $(EXAMPLE_DRIVERS)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -o $@ $< -L$(BUILD) -lidbc-conform '-Wl,-rpath,$$ORIGIN/../..' \
		$(shell $(PKG) --libs cunit)
