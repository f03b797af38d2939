# SPDX-License-Identifier: MIT
# The guest's two libraries.
#
# libcuda.so.1 is the program's CUDA driver: qcu-library/cuda over the wire.  It
# binds to its own symbols (a program may define a cu* of its own) and is never
# unloaded (threads carry its thread-local data to their end).

CUDA_LIBRARY := $(B)/lib/libcuda.so.1

# A batch of copies is the same over any libcuda, and so are first versions of calls,
# launches of before CUDA 4, and advice.
cuda_library.c := $(wildcard qcu-library/cuda/*.c) $(addprefix softgpu/,advice.c copy_batch.c launch_old.c old.c)

all: $(CUDA_LIBRARY)

# A call of CUDA goes through ten files; on an emulated CPU it is calls and returns that cost.  What a
# thread has of its own is a few hundred bytes, so they fit beside the program's, and no function finds them.
CFLAGS_qcu-library_cuda := $(LTO) -ftls-model=initial-exec
CFLAGS_wire := $(LTO)

$(CUDA_LIBRARY): $(call objects,$(cuda_library.c) $(wire.c)) qcu-library/cuda/export.map
	@mkdir -p $(@D)
	$(CC) -shared -o $@ $(filter %.o,$^) $(AS_ONE) -Wl,-soname,$(@F) -Wl,-Bsymbolic \
		-Wl,-z,defs -Wl,-z,nodelete -Wl,--version-script=qcu-library/cuda/export.map

# All of it but the way to the host, for tests that are the host: "links: qcu-library/cuda_library.c"
$(B)/qcu-library/cuda_library.o: $(filter-out %/transport.o,$(call objects,$(cuda_library.c) $(wire.c)))
	$(LD) -r -o $@ $^

include qcu-library/cudart/part.mk
