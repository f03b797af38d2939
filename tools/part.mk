# SPDX-License-Identifier: MIT
#
# tools: the qcuda command, process 1 of its guest, and the guest's kernel.

TOOLS_QCUDA := $(wildcard tools/qcuda/*.c)
TOOLS_GUEST := $(wildcard tools/guest/*.c)

# For the results of a copy that is tested or measured where there is no git (tools/commit)
$(if $(wildcard .git),$(shell mkdir -p build && tools/commit >build/commit))

all: $(B)/bin/qcuda build/guest/init build/guest/vmlinuz build/guest/driver

$(B)/bin/qcuda: $(call objects,$(TOOLS_QCUDA))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# The guest has no libraries yet when it starts this, so it is static, and it is
# the same whatever CONFIG is.
build/guest/init: $(TOOLS_GUEST) $(wildcard tools/guest/*.h)
	@mkdir -p $(@D)
	$(CC) -I. -D_GNU_SOURCE -std=gnu11 -O2 $(WARN) $(WERROR) -static -s -pthread -o $@ $(TOOLS_GUEST)

# A Debian kernel, unpacked but not installed, and the headers to build qcuda.ko with
build/guest/vmlinuz:
	tools/guest-kernel build/guest

# The version is known only when the kernel is there, hence a make of its own
build/guest/driver: build/guest/vmlinuz $(driver_sources) $(driver_wire)
	+$(MAKE) --no-print-directory driver KDIR=$(CURDIR)/build/guest/headers
	@touch $@

.PHONY: guest
guest: build/guest/init build/guest/vmlinuz build/guest/driver ## what the throw-away guest is made of
