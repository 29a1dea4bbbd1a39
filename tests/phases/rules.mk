# One phase of a delete at a time, as the connector would send it: tests put several processes' in order.
PHASES := $(BUILD)/tests/phases
$(PHASES): tests/phases/phases.c $(BUILD)/connector.a $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(HARDEN) -Iconnector -DIDBC_DRIVERDIR=\"$(abspath $(BUILD))/drivers\" -o $@ $< \
		$(BUILD)/connector.a $(CORE_LIBS)
unit: $(PHASES)
