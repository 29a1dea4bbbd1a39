# The library, the drivers and the command once more with failpoints: what names one is compiled
# anew, the rest is what everybody gets.  Crash tests run these, with BUILD=$(FAULTS).
FAULTS       = $(BUILD)/faults
FAULTY      := $(shell grep -l -e base/failpoint.h -e IDBC_DRIVERDIR $(CORE_SRC) $(SQL_SRC))
FAULTY_OBJ   = $(FAULTY:%.c=$(FAULTS)/obj/%.o) $(FAULTS)/obj/tests/faults/failpoint.o
# $(1): all objects of a library, $(2): its folder
FAULTY_OF    = $(filter-out $(FAULTY:%.c=$(BUILD)/obj/%.o),$(1)) $(filter $(FAULTS)/obj/$(2)/% %/failpoint.o,$(FAULTY_OBJ))
FAULTS_LIB   = $(FAULTS)/$(notdir $(LIB))
FAULTS_SQL   = $(FAULTS)/$(notdir $(SQL_LIB))

$(FAULTS)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -DIDBC_FAILPOINTS -Iconnector -Idrivers -I$(BUILD)/gen \
		-DIDBC_DRIVERDIR=\"$(abspath $(FAULTS))/drivers\" -c -o $@ $<
$(FAULTS_LIB): $(CORE_OBJ) $(FAULTY_OBJ) connector/libidbc.map
	$(LINK_LIB) -o $@ $(call FAULTY_OF,$(CORE_OBJ),connector) $(CORE_LIBS)
	ln -sf $(@F) $(FAULTS)/libidbc.so.$(SOVER)
	ln -sf $(@F) $(FAULTS)/libidbc.so
$(FAULTS_SQL): $(SQL_OBJ) $(FAULTY_OBJ) $(BUILD)/gen/sql.map
	$(call LINK_SQL,$(call FAULTY_OF,$(SQL_OBJ),drivers/sql))
# They find the library above their own folder.
$(FAULTS)/drivers/%.so: $(BUILD)/drivers/%.so
	@mkdir -p $(@D)
	$(LINK_FAULTY_DRIVER)
LINK_FAULTY_DRIVER = $(CC) $(ALL_CFLAGS) $(SOFLAGS) -Wl,--version-script=drivers/driver.map -o $@ \
	$($*_OBJ) $(FAULTS_SQL) $($*_LIBS) '-Wl,--enable-new-dtags,-rpath,$(abspath $(FAULTS))' && chmod go-w $@
$(DRIVERS:%=$(FAULTS)/drivers/%.so): $(FAULTS_SQL)
$(FAULTS)/idbc: $(TOOL_OBJ) $(FAULTS_LIB)
	$(LINK_TOOL) -L$(FAULTS) -lidbc '-Wl,-rpath,$$ORIGIN' $(TOOL_LIBS)
$(FAULTS)/crash: tests/faults/crash.c $(FAULTS_LIB)
	$(HOST_CC) -o $@ $< -L$(FAULTS) -lidbc '-Wl,-rpath,$$ORIGIN'
faults: $(DRIVERS:%=$(FAULTS)/drivers/%.so) $(FAULTS)/idbc $(FAULTS)/crash
unit: $(if $(SAN),,faults)
.PHONY: faults
