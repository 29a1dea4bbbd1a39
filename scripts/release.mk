# scripts/release.mk - what is made to be given away; included by the Makefile.

DIST = $(BUILD)/idbc-$(VERSION).tar.xz
dist:
	@scripts/dist $(DIST)
	@echo $(DIST)
.PHONY: dist
