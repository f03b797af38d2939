# SPDX-License-Identifier: MIT
# The host side: the daemon, and the worker that runs a session.
device.common := $(wildcard qcu-device/common/*.c)
device.daemon := $(device.common) $(wildcard qcu-device/daemon/*.c) wire/digest.c
device.crew   := qcu-library/cuda/crew.c	# threads that copy are the same at both ends
device.worker := $(device.common) $(wildcard qcu-device/worker/*.c) $(device.crew) $(wire.c)

all: $(B)/bin/qcu-device $(B)/bin/qcu-worker

$(B)/bin/qcu-device: $(call objects,$(device.daemon))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^

$(B)/bin/qcu-worker: $(call objects,$(device.worker))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -ldl -lseccomp

# For the tests: what runs calls, without what brings them: "links: qcu-device/worker_calls.c"
device.calls := $(filter-out $(addprefix qcu-device/worker/,main.c cage.c region.c channel.c job.c) \
	qcu-device/worker/control%,$(wildcard qcu-device/worker/*.c)) qcu-device/common/log.c \
	qcu-device/common/message.c qcu-device/common/version.c $(device.crew) $(wire.c)

$(B)/qcu-device/worker_calls.o: $(call objects,$(device.calls))
	$(LD) -r -o $@ $^

# For the tests: the worker without CUDA, see tests/unit/double
device.double := $(device.common) wire/ring.c tests/unit/double/dispatch.c \
	$(addprefix qcu-device/worker/,main.c cage.c exchange.c region.c space.c channel.c job.c \
	crowd.c) $(wildcard qcu-device/worker/control*.c)

$(B)/tests/double/qcu-worker: $(call objects,$(device.double))
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ -lseccomp

$(B)/tests/unit/device_old_guest_new_host: | $(B)/bin/qcu-device $(B)/bin/qcu-worker $(B)/softgpu/libcuda.so.1
$(patsubst %.c,$(B)/%,$(wildcard tests/unit/device_session_*.c tests/unit/device_command_line.c)): | \
	$(B)/bin/qcu-device $(B)/tests/double/qcu-worker

# Fuzzing: `make fuzz-device FUZZ_SECONDS=600` looks for new inputs and keeps them in build/fuzz;
# what is worth keeping goes to tests/fuzz/corpus, which the unit tests device_fuzz_* replay.
FUZZ_SECONDS ?= 60
fuzz.device := vhost_user virtqueue
fuzz.sources := $(device.common) $(filter-out %/main.c,$(wildcard qcu-device/daemon/*.c)) wire/digest.c

build/fuzz/device_%: tests/fuzz/%.c $(fuzz.sources)
	@mkdir -p $(@D)
	clang $(CPPFLAGS) -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined $(WARN) -o $@ $^

.PHONY: fuzz-device
fuzz-device: $(addprefix build/fuzz/device_,$(fuzz.device)) ## fuzz the daemon for FUZZ_SECONDS each
	for f in $(fuzz.device); do \
		mkdir -p build/fuzz/corpus/device_$$f && \
		build/fuzz/device_$$f -max_total_time=$(FUZZ_SECONDS) -close_fd_mask=1 \
			-artifact_prefix=build/fuzz/ build/fuzz/corpus/device_$$f \
			tests/fuzz/corpus/$$f || exit 1; \
	done
