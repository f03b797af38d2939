# SPDX-License-Identifier: MIT
# libcuda.so.1 with no GPU behind it.
#
# exec_*.c hold what instructions do.  On x86-64 they are built a second time, for x86-64-v3
# (AVX2, FMA), and isa.c chooses at run time.  -ffp-contract=off: PTX says which multiplications are
# fused.  -fno-strict-aliasing: a register is now an integer, now a float.  Nobody reads errno or the
# floating-point flags, which keeps loops over lanes free of calls and branches.

SOFTGPU   := $(B)/softgpu/libcuda.so.1
softgpu.c := $(wildcard softgpu/*.c)
softgpu.o := $(call objects,$(softgpu.c))

CFLAGS_softgpu := -ffp-contract=off -fno-strict-aliasing -fno-math-errno -fno-trapping-math
# A thread-local word costs one load, and is not freed behind a thread sanitizer's back.
CFLAGS_softgpu += -ftls-model=initial-exec

# Between the pieces of a block's memory, for the sanitizer to see a step over the edge
CPPFLAGS_softgpu := $(if $(findstring address,$(OPT)),-DSOFTGPU_GAPS)

exec.o := $(call objects,$(wildcard softgpu/exec_*.c))
ifeq ($(filter debug asan tsan fuzz,$(CONFIG)),)
exec.opt := -O3
endif
$(exec.o): CFLAGS += $(exec.opt)
ifeq ($(shell uname -m),x86_64)
softgpu.o += $(exec.o:.o=_v3.o)
# cmpxchg16b, which every x86-64 processor but the first has
$(B)/softgpu/exec_b128.o $(B)/softgpu/exec_once.o: CFLAGS += -mcx16
endif

all: $(SOFTGPU)

$(B)/softgpu/%_v3.o: softgpu/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -DEXEC_V3 $(CFLAGS) $(exec.opt) -march=x86-64-v3 $(CFLAGS_softgpu) -MMD -MP -c -o $@ $<

$(SOFTGPU): $(softgpu.o) softgpu/export.map
	$(CC) -shared -o $@ $(softgpu.o) $(LDFLAGS) -lzstd -llz4 -lm \
		-Wl,-soname,libcuda.so.1 -Wl,-Bsymbolic -Wl,-z,defs -Wl,-z,nodelete \
		-Wl,--version-script=softgpu/export.map

# The PTX engine without the driver API, for tests: "links: softgpu/engine_all.c"
engine.o := $(call objects,$(wildcard softgpu/ptx_*.c softgpu/decode*.c softgpu/program*.c softgpu/observe*.c) \
	$(addprefix softgpu/,bump.c cluster.c cta.c engine.c guest_printf.c heap.c isa.c kernel.c launch.c log.c \
	log_kept.c perf.c report.c texture_table.c warp.c warp_join.c)) $(exec.o) $(filter %_v3.o,$(softgpu.o))

$(B)/softgpu/engine_all.o: $(engine.o)
	$(LD) -r -o $@ $^

# Fuzzing: `make fuzz-softgpu FUZZ_SECONDS=600` looks for new inputs, beginning with those in
# tests/fuzz/corpus; the unit tests softgpu_fuzz_* replay these.
FUZZ_SECONDS ?= 60
fuzz.softgpu := ptx fatbin
fuzz.links = $(call objects,$(shell sed -n 's|^/\* links: \(.*\) \*/$$|\1|p' tests/unit/softgpu_fuzz_$(1).c))

define fuzz_softgpu
build/fuzz/softgpu_$(1): $(B)/tests/fuzz/$(1).o $(call fuzz.links,$(1))
	$$(CC) $$(LDFLAGS) -fsanitize=fuzzer -o $$@ $$^ -ldl -lm -lzstd -llz4
endef
ifeq ($(CONFIG),fuzz)
$(foreach f,$(fuzz.softgpu),$(eval $(call fuzz_softgpu,$(f))))
endif

.PHONY: fuzz-softgpu
fuzz-softgpu: ## fuzz softgpu's parsers for FUZZ_SECONDS each
	$(MAKE) CONFIG=fuzz $(addprefix build/fuzz/softgpu_,$(fuzz.softgpu))
	for f in $(fuzz.softgpu); do \
		mkdir -p build/fuzz/corpus/softgpu_$$f && \
		build/fuzz/softgpu_$$f -max_total_time=$(FUZZ_SECONDS) -close_fd_mask=1 \
			-artifact_prefix=build/fuzz/ $(FUZZ_FLAGS) \
			$$([ ! -f tests/fuzz/$$f.dict ] || echo -dict=tests/fuzz/$$f.dict) \
			build/fuzz/corpus/softgpu_$$f tests/fuzz/corpus/$$f || exit 1; \
	done
