# SPDX-License-Identifier: MIT
# libcuda.so.1 with no GPU behind it.
#
# Files named *_v3.c are built for x86-64-v3 (AVX2, FMA); the engine runs them only where the
# processor has that.  -ffp-contract=off: PTX says which multiplications are fused.

SOFTGPU   := $(B)/softgpu/libcuda.so.1
softgpu.c := $(wildcard softgpu/*.c)

CFLAGS_softgpu := -ffp-contract=off

all: $(SOFTGPU)

$(B)/softgpu/%_v3.o: CFLAGS += -march=x86-64-v3

$(SOFTGPU): $(call objects,$(softgpu.c)) softgpu/export.map
	$(CC) -shared -o $@ $(call objects,$(softgpu.c)) $(LDFLAGS) -lzstd -llz4 -lm \
		-Wl,-soname,libcuda.so.1 -Wl,-Bsymbolic -Wl,-z,defs -Wl,-z,nodelete \
		-Wl,--version-script=softgpu/export.map
