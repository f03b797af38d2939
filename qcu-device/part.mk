# SPDX-License-Identifier: MIT
# The host side: the daemon, and the worker that runs a session.
device.common := $(wildcard qcu-device/common/*.c)
device.daemon := $(device.common) $(wildcard qcu-device/daemon/*.c)
device.worker := $(device.common) $(wildcard qcu-device/worker/*.c) $(wire.c)

all: $(B)/bin/qcu-device $(B)/bin/qcu-worker

$(B)/bin/qcu-device: $(call objects,$(device.daemon))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

$(B)/bin/qcu-worker: $(call objects,$(device.worker))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -ldl

# For the tests: the worker without CUDA, see tests/unit/double
device.double := $(device.common) wire/ring.c tests/unit/double/dispatch.c \
	$(addprefix qcu-device/worker/,main.c region.c channel.c job.c) \
	$(wildcard qcu-device/worker/control*.c)

$(B)/tests/double/qcu-worker: $(call objects,$(device.double))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

$(patsubst %.c,$(B)/%,$(wildcard tests/unit/device_session_*.c)): | \
	$(B)/bin/qcu-device $(B)/tests/double/qcu-worker
