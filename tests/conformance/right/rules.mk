# tests/conformance/right/rules.mk - right drivers of kinds that are easily taken for wrong ones.
RIGHT := $(BUILD)/tests/right/few.so $(BUILD)/tests/right/one.so
RIGHT_SRC := $(wildcard examples/driver_skeleton/*.[ch])
$(BUILD)/tests/right/few.so: tests/conformance/right/few.c $(RIGHT_SRC) include/idbc/driver.h $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) -std=c11 $(WARN) $(WERROR) -O1 $(SANFLAGS) -D_GNU_SOURCE -Iinclude $(EXAMPLE_SOFLAGS) -o $@ $<
	@chmod go-w $@
$(BUILD)/tests/right/one.so: tests/conformance/right/one.cc include/idbc/driver.h $(BUILD)/flags
	@mkdir -p $(@D)
	$(CXX) -std=c++17 $(WARN) $(WERROR) -O1 $(SANFLAGS) -Iinclude $(EXAMPLE_SOFLAGS) -o $@ $<
	@chmod go-w $@
right: $(RIGHT)
unit: $(RIGHT)
.PHONY: right
