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
