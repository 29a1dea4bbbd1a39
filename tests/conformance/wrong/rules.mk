# tests/conformance/wrong/rules.mk - one driver for each line of `table`: the skeleton with
# that fault.
WRONG_NAMES := $(shell sed -n 's/^\([a-z][a-z0-9-]*\)[[:space:]].*/\1/p' tests/conformance/wrong/table)
# What tests/unit/conform_run.c and bulk_import.c load.
WRONG_UNITS := none many-right many-untold many-half crashes never-returns prints-stdout prints-stderr exits bad-major
WRONG := $(WRONG_NAMES:%=$(BUILD)/tests/wrong/%.so)
WRONG_SRC := $(wildcard tests/conformance/wrong/*.[ch] examples/driver_skeleton/*.[ch])
$(BUILD)/tests/wrong/%.so: $(WRONG_SRC) include/idbc/driver.h $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARN) $(WERROR) -O0 $(SANFLAGS) -D_GNU_SOURCE -Iinclude $(EXAMPLE_SOFLAGS) \
		-DFAULT_$(subst -,_,$*) -o $@ tests/conformance/wrong/wrong.c
	@chmod go-w $@
wrong: $(WRONG)
unit: $(WRONG)
.PHONY: wrong
