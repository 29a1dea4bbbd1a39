# scripts/install.mk - what `make install` places, and where; included by the Makefile.
# What knows its place is linked once more, with the final one, before anything is copied.

# Not "install": with the build on one's PATH a folder of that name hides install(1).
HERE      = $(BUILD)/placed
PLACED   := $(shell grep -l IDBC_DRIVERDIR $(CORE_SRC) /dev/null)
PLACED_OBJ := $(PLACED:%.c=$(HERE)/obj/%.o)
KEPT_OBJ  = $(filter-out $(PLACED:%.c=$(BUILD)/obj/%.o),$(CORE_OBJ))
# The command finds the library in its own prefix; the system's folders need no help.
RPATH     = $(if $(filter /usr/lib /usr/lib/%,$(libdir)),,'-Wl,-rpath,$$ORIGIN/$(shell realpath -m --relative-to='$(bindir)' '$(libdir)')')
PLACED_DRIVERS = $(DRIVERS:%=$(HERE)/drivers/%.so)
PC        = $(patsubst pkgconfig/%.in,$(HERE)/%,$(wildcard pkgconfig/*.pc.in))
MANUAL   := 1 3 5 7
$(foreach s,$(MANUAL),$(eval MAN$(s) := $(wildcard docs/*.$(s))))

# The folders in use, so that whatever depends on them follows a change.
PLACES    = $(bindir) $(libdir) $(includedir) $(datadir)
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
# Below the prefix whatever can be: pkg-config --define-prefix moves it along.
under = $(subst ^,,$(subst ^$(prefix)/,$${prefix}/,^$(1)))
$(HERE)/%.pc: pkgconfig/%.pc.in $(HERE)/places VERSION
	sed -e 's|@prefix@|$(prefix)|' -e 's|@libdir@|$(call under,$(libdir))|' \
		-e 's|@includedir@|$(call under,$(includedir))|' \
		-e 's|@datadir@|$(call under,$(datadir))|' -e 's|@version@|$(VERSION)|' $< >$@

install: all $(HERE)/$(notdir $(LIB)) $(HERE)/idbc $(PLACED_DRIVERS) $(PC)
	install -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(libdir)/pkgconfig' '$(DESTDIR)$(driverdir)' \
		'$(DESTDIR)$(includedir)/idbc'
	install -m 755 $(HERE)/idbc '$(DESTDIR)$(bindir)'
	install -m 644 $(HERE)/$(notdir $(LIB)) '$(DESTDIR)$(libdir)'
	ln -sf $(notdir $(LIB)) '$(DESTDIR)$(libdir)/libidbc.so.$(SOVER)'
	ln -sf libidbc.so.$(SOVER) '$(DESTDIR)$(libdir)/libidbc.so'
	$(if $(PLACED_DRIVERS),install -m 644 $(SQL_LIB) '$(DESTDIR)$(libdir)/idbc')
	$(if $(PLACED_DRIVERS),install -m 644 $(PLACED_DRIVERS) '$(DESTDIR)$(driverdir)')
	install -m 644 include/idbc/*.h '$(DESTDIR)$(includedir)/idbc'
	install -m 644 $(PC) '$(DESTDIR)$(libdir)/pkgconfig'
	$(foreach s,$(MANUAL),$(if $(MAN$(s)),install -d '$(DESTDIR)$(mandir)/man$(s)' && \
		install -m 644 $(MAN$(s)) '$(DESTDIR)$(mandir)/man$(s)' &&)) :
	@# Only an administrator can, and only into the running system.
	@test -n '$(DESTDIR)' || ldconfig 2>/dev/null || :
	@# Nothing in the build stays behind that its owner cannot write again.
	@test -z "$$SUDO_UID" || chown -R "$$SUDO_UID:$$SUDO_GID" $(HERE) 2>/dev/null || :
