# scripts/release.mk - what is made to be given away; included by the Makefile.

# What the tests of both need beside everything else.
DEPS_CHECK += debhelper dpkg-dev lintian fakeroot xz-utils

DIST = $(BUILD)/idbc-$(VERSION).tar.xz
dist:
	@scripts/dist $(DIST)
	@echo $(DIST)
.PHONY: dist
