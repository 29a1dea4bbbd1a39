# scripts/install.mk - what `make install` places, and where; included by the Makefile after
# everything that is installed.  What knows its place is linked once more, with the final one,
# before anything is copied.  Folders may hold blanks.

# Not "install": with the build on one's PATH a folder of that name hides install(1).
HERE      = $(BUILD)/placed
PLACED   := $(shell grep -l IDBC_DRIVERDIR $(CORE_SRC) /dev/null)
PLACED_OBJ := $(PLACED:%.c=$(HERE)/obj/%.o)
KEPT_OBJ  = $(filter-out $(PLACED:%.c=$(BUILD)/obj/%.o),$(CORE_OBJ))
PLACED_DRIVERS = $(DRIVERS:%=$(HERE)/drivers/%.so)
# The commands find their library in their own prefix; the system's folders need no help.
RPATH     = $(if $(filter /usr/lib /usr/lib/%,$(libdir)),,'-Wl,-rpath,$$ORIGIN/$(shell realpath -m --relative-to='$(bindir)' '$(libdir)')')

# The folders in use, so that whatever depends on them follows a change.
PLACES    = $(prefix)|$(bindir)|$(libdir)|$(includedir)|$(datadir)
$(HERE)/places: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(PLACES)' | cmp -s - $@ || printf '%s\n' '$(PLACES)' >$@
$(HERE)/obj/connector/%.o: connector/%.c $(BUILD)/flags $(HERE)/places
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Iconnector '-DIDBC_DRIVERDIR="$(driverdir)"' -c -o $@ $<
$(HERE)/$(notdir $(LIB)): $(PLACED_OBJ) $(KEPT_OBJ) connector/libidbc.map
	$(LINK_LIB) -o $@ $(PLACED_OBJ) $(KEPT_OBJ) $(CORE_LIBS)
	ln -sf $(@F) $(HERE)/libidbc.so.$(SOVER)
	ln -sf $(@F) $(HERE)/libidbc.so
$(HERE)/idbc: $(TOOL_OBJ) $(HERE)/$(notdir $(LIB)) $(HERE)/places
	$(LINK_TOOL) -L$(HERE) -lidbc $(RPATH) $(TOOL_LIBS)
$(HERE)/drivers/%.so: $(BUILD)/drivers/%.so $(HERE)/places
	@mkdir -p $(@D)
	$(call LINK_DRIVER,$*,$(libdir)/idbc)

# ---- pkg-config -------------------------------------------------------------------------
PCS      := libidbc.pc idbc-driver.pc $(if $(CONFORM_SRC),idbc-conform.pc)
# Below the prefix whatever can be: pkg-config --define-prefix moves it along.
under     = $(subst ^,,$(subst ^$(prefix)/,$${prefix}/,^$(1)))
$(HERE)/%.pc: pkgconfig/%.pc.in $(HERE)/places VERSION
	sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(call under,$(libdir))|' \
		-e 's|@includedir@|$(call under,$(includedir))|' \
		-e 's|@driverdir@|$(call under,$(driverdir))|' -e 's|@run@||' \
		-e 's|@skeleton@|$(call under,$(datadir))/idbc/driver_skeleton|' \
		-e 's|@version@|$(VERSION)|' $< >$@
# For hosts and drivers built on a tree that nobody installed.
$(BUILD)/pkgconfig/%.pc: pkgconfig/%.pc.in VERSION
	@mkdir -p $(@D)
	@sed -e 's|@prefix@|$(CURDIR)|' -e 's|@libdir@|$(abspath $(BUILD))|' \
		-e 's|@includedir@|$${prefix}/include|' -e 's|@run@| -Wl,-rpath,"$${libdir}"|' \
		-e 's|@driverdir@|$(abspath $(BUILD))/drivers|' \
		-e 's|@skeleton@|$${prefix}/examples/driver_skeleton|' \
		-e 's|@version@|$(VERSION)|' $< >$@
all: $(PCS:%=$(BUILD)/pkgconfig/%)

# ---- the conformance kit ----------------------------------------------------------------
ifneq ($(CONFORM_SRC),)
CONFORM   = $(HERE)/$(notdir $(CONFORM_LIB)) $(HERE)/idbc-conform
CONFORM_LINKS = libidbc-conform.so.$(SOVER) libidbc-conform.so
$(HERE)/$(notdir $(CONFORM_LIB)): $(CONFORM_LIB) $(PLACED_OBJ)
	$(LINK_CONFORM) -o $@ $(CONFORM_OBJ) $(PLACED_OBJ) $(BUILD)/connector.a $(CORE_LIBS)
	for link in $(CONFORM_LINKS); do ln -sf $(@F) $(HERE)/$$link; done
$(HERE)/idbc-conform: $(BUILD)/idbc-conform $(HERE)/$(notdir $(CONFORM_LIB)) $(HERE)/places
	$(LINK_CONFORM_TOOL) -L$(HERE) -lidbc-conform $(RPATH)
endif

# ---- what goes where --------------------------------------------------------------------
LIBS      = $(notdir $(LIB) $(if $(CONFORM),$(CONFORM_LIB)))
LIB_LINKS = libidbc.so.$(SOVER) libidbc.so $(CONFORM_LINKS)
COMMANDS  = idbc $(if $(CONFORM),idbc-conform)
HEADERS  := $(wildcard include/idbc/*.h)
MANUAL   := $(wildcard docs/*.[1357])
PAGES    := README.md CHANGES.md SECURITY.md $(wildcard docs/*.md)
HOSTS_SHOWN := $(wildcard examples/*.c)
SCHEMA   := $(wildcard examples/schema/*)
MAPPINGS := $(wildcard examples/mappings/*)
# Sources alone, whatever was built beside them.
sources   = $(wildcard $(foreach kind,Makefile *.[ch] *.md *.js *.json *.py,examples/$(1)/$(kind)))
DRIVERS_SHOWN := driver_skeleton driver_ldap
# Of an example, folder by folder.
SHOWN    := python node node/scripts
SECTIONS := $(sort $(subst .,,$(suffix $(MANUAL))))
# $(1): folder, $(2): files.  A folder for nothing is not made.
place     = $(if $(2),install -d '$(DESTDIR)$(1)' && install -m 644 $(2) '$(DESTDIR)$(1)')
# $(1): folder, $(2): names.
remove    = for file in $(notdir $(2)); do rm -f '$(DESTDIR)$(1)'/$$file; done
# Folders of ours alone, the inner ones first; each goes with the last of its files.
leave     = rmdir '$(DESTDIR)$(1)' 2>/dev/null || :

install: all $(HERE)/$(notdir $(LIB)) $(HERE)/idbc $(PLACED_DRIVERS) $(CONFORM) $(PCS:%=$(HERE)/%)
	install -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(driverdir)'
	install -m 755 $(COMMANDS:%=$(HERE)/%) '$(DESTDIR)$(bindir)'
	$(call place,$(libdir),$(LIBS:%=$(HERE)/%))
	for name in $(LIB_LINKS); do ln -sf $${name%%.so*}.so.$(VERSION) '$(DESTDIR)$(libdir)'/$$name; done
	$(call place,$(libdir)/idbc,$(if $(DRIVERS),$(SQL_LIB)))
	$(call place,$(driverdir),$(PLACED_DRIVERS))
	$(call place,$(includedir)/idbc,$(HEADERS))
	$(call place,$(libdir)/pkgconfig,$(PCS:%=$(HERE)/%))
	$(foreach s,$(SECTIONS),$(call place,$(mandir)/man$(s),$(filter %.$(s),$(MANUAL))) &&) :
	$(call place,$(docdir),$(PAGES))
	$(call place,$(docdir)/examples,$(HOSTS_SHOWN))
	$(call place,$(datadir)/idbc/schema,$(SCHEMA))
	$(call place,$(datadir)/idbc/mappings,$(MAPPINGS))
	$(foreach d,$(DRIVERS_SHOWN),$(call place,$(datadir)/idbc/$(d),$(call sources,$(d))) &&) :
	$(foreach d,$(SHOWN),$(call place,$(docdir)/examples/$(d),$(call sources,$(d))) &&) :
	@# Only an administrator can, and only into the running system.
	@test -n '$(DESTDIR)' || ldconfig 2>/dev/null || :
	@# Nothing in the build stays behind that its owner cannot write again.
	@test -z "$$SUDO_UID" || chown -R "$$SUDO_UID:$$SUDO_GID" $(HERE) 2>/dev/null || :

uninstall:
	$(call remove,$(bindir),$(COMMANDS))
	$(call remove,$(driverdir),$(ALL_DRIVERS:%=%.so))
	$(call remove,$(libdir)/idbc,$(SQL_LIB))
	$(call remove,$(includedir)/idbc,$(HEADERS))
	$(call remove,$(libdir)/pkgconfig,$(PCS))
	$(call remove,$(libdir),$(LIBS) $(LIB_LINKS))
	$(foreach s,$(SECTIONS),$(call remove,$(mandir)/man$(s),$(filter %.$(s),$(MANUAL)));)
	$(call remove,$(docdir)/examples,$(HOSTS_SHOWN))
	$(call remove,$(docdir),$(PAGES))
	$(call remove,$(datadir)/idbc/schema,$(SCHEMA))
	$(call remove,$(datadir)/idbc/mappings,$(MAPPINGS))
	$(foreach d,$(DRIVERS_SHOWN),$(call remove,$(datadir)/idbc/$(d),$(call sources,$(d)));)
	$(foreach d,$(SHOWN),$(call remove,$(docdir)/examples/$(d),$(call sources,$(d)));)
	@$(call leave,$(driverdir)); $(call leave,$(libdir)/idbc); $(call leave,$(includedir)/idbc)
	@for name in node/scripts $(SHOWN) ''; do $(call leave,$(docdir)/examples/'$$name'); done
	@$(call leave,$(docdir))
	@for name in schema mappings $(DRIVERS_SHOWN) ''; do $(call leave,$(datadir)/idbc/'$$name'); done
	@test -n '$(DESTDIR)' || ldconfig 2>/dev/null || :
.PHONY: install uninstall
