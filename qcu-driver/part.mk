# SPDX-License-Identifier: MIT
#
# The guest's kernel module, build/qcu-driver/VERSION/qcuda.ko:
#
#	make driver [KDIR=/path/to/kernel/build] [W=1] [C=2]
#
# Kbuild leaves its objects beside the sources, so each kernel gets a directory
# of links to them.  KDIR may be of headers that are unpacked anywhere rather
# than installed, if the absolute path in Debian's KDIR/Makefile is made to
# follow: sed -i "s|^include /usr/src|include ROOT/usr/src|" KDIR/Makefile

KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
		    $(lastword $(wildcard /lib/modules/*/build)))

driver_version := $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' \
			$(KDIR)/include/generated/utsrelease.h 2>/dev/null)
driver_build   := build/qcu-driver/$(or $(driver_version),unknown)
driver_sources := $(wildcard qcu-driver/*.c qcu-driver/*.h) qcu-driver/Kbuild
driver_wire    := wire/protocol.h wire/qcuda_uapi.h

.PHONY: driver
driver: $(driver_build)/qcuda.ko ## build the guest's kernel module for KDIR

$(driver_build)/qcuda.ko: $(driver_sources) $(driver_wire)
	@[ -n "$(driver_version)" ] || { echo "KDIR=$(KDIR): no kernel headers there;" \
		"install linux-headers-cloud-amd64, or say KDIR=/path/to/kernel/build" >&2; exit 1; }
	@mkdir -p $(@D)
	@ln -sf $(driver_sources:%=../../../%) $(@D)
	@ln -sfn ../../../wire $(@D)/wire
	$(MAKE) -C $(KDIR) M=$(abspath $(@D)) modules
	@touch $@

# Its tests: tests/driver/run says what they are.
driver_tests := build/tests/driver
driver_backend := $(call objects,tests/driver/backend.c $(wildcard qcu-device/common/*.c) \
	$(addprefix qcu-device/daemon/,vhost_user.c queue.c loop.c listen.c))

$(driver_tests)/backend: $(driver_backend)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

# Runs in the guest, which has no libraries
$(driver_tests)/qcuda_test: tests/driver/qcuda_test.c $(wildcard tests/driver/guest*.c) \
		tests/driver/guest.h tests/driver/backend.h $(driver_wire)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -std=gnu11 -O2 $(WARN) $(WERROR) -static -pthread -o $@ $(filter %.c,$^)

.PHONY: check-driver
check-driver: $(driver_tests)/backend $(driver_tests)/qcuda_test build/guest/driver ## test the driver
	tests/driver/run
