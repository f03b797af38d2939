# SPDX-License-Identifier: MIT
#
# tools: the qcuda command, process 1 of its guest, and the guest's kernel.

TOOLS_QCUDA := $(wildcard tools/qcuda/*.c)
TOOLS_GUEST := $(wildcard tools/guest/*.c)

all: $(B)/bin/qcuda guest

$(B)/bin/qcuda: $(call objects,$(TOOLS_QCUDA))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# The guest has no libraries yet when it starts this, so it is static, and it is
# the same whatever CONFIG is.
build/guest/init: $(TOOLS_GUEST) $(wildcard tools/guest/*.h)
	@mkdir -p $(@D)
	$(CC) -I. -D_GNU_SOURCE -std=gnu11 -O2 $(WARN) $(WERROR) -static -s -pthread -o $@ $(TOOLS_GUEST)

# A Debian kernel, unpacked but not installed, and the headers to build qcuda.ko for it
build/guest/vmlinuz:
	tools/guest-kernel build/guest

.PHONY: guest
guest: build/guest/init build/guest/vmlinuz ## the kernel and process 1 of the throw-away guest

check-qcuda: $(B)/bin/qcuda guest ## the tests of the qcuda command
	CONFIG=$(CONFIG) tests/run-programs -t 200 -o $(B)/tests/out/qcuda tests/qcuda
.PHONY: check-qcuda
