# examples/rules.mk - drivers among the examples, built in our own tree as well: as a stranger
# would, from public headers alone.
EXAMPLE_SOFLAGS = -fPIC -fvisibility=hidden -pthread -shared $(HARDEN) -Wl,-z,nodelete $(if $(SAN),,-Wl,-z,defs)
EXAMPLE_DRIVERS := $(BUILD)/examples/skeleton.so
# Where OpenLDAP's library is there.
EXAMPLE_DRIVERS += $(if $(call have,ldap),$(BUILD)/examples/ldap.so)
all: $(EXAMPLE_DRIVERS)

SKELETON := examples/driver_skeleton
$(BUILD)/examples/skeleton.so: $(wildcard $(SKELETON)/*.[ch]) include/idbc/driver.h $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(EXAMPLE_CFLAGS)) $(EXAMPLE_SOFLAGS) -o $@ $(filter %.c,$^)
	@chmod go-w $@

LDAP_DRIVER := examples/driver_ldap
$(BUILD)/examples/ldap.so: $(wildcard $(LDAP_DRIVER)/*.[ch]) include/idbc/driver.h $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(EXAMPLE_CFLAGS)) $(EXAMPLE_SOFLAGS) -o $@ $(filter %.c,$^) \
		$(shell $(PKG) --libs ldap jansson)
	@chmod go-w $@
