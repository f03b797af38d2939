# SPDX-License-Identifier: MIT
# libcudart.so.N for the toolkit at CUDA_HOME: its CUDART_VERSION says which N,
# so the same source is libcudart.so.13 and libcudart.so.12.
CUDART_MAJOR := $(shell sed -n 's/^\#define CUDART_VERSION *\([0-9]*\)[0-9][0-9][0-9]$$/\1/p' \
	$(CUDA_HOME)/include/cuda_runtime_api.h)
CUDART       := $(B)/lib/libcudart.so.$(CUDART_MAJOR)

cudart.c := $(addprefix qcu-library/cudart/, \
	absent.c array.c compat.c context.c copy.c copy3d.c copy_array.c device.c driver.c entry.c \
	error.c event.c fatbin.c format.c function.c graph.c graph_node.c ipc.c launch.c library.c \
	memory.c memset.c pool.c properties.c stream.c symbol.c table.c texture.c twins.c)

# The functions that the header deprecates are implemented here, and call one another.
CFLAGS_qcu-library_cudart := -Wno-deprecated-declarations

all: $(CUDART)

$(B)/tests/unit/cudart_exports: $(CUDART)

$(B)/qcu-library/cudart/export.map: qcu-library/cudart/export.map
	@mkdir -p $(@D)
	sed 's/@MAJOR@/$(CUDART_MAJOR)/' $< > $@

$(CUDART): $(call objects,$(cudart.c)) $(B)/qcu-library/cudart/export.map
	@mkdir -p $(@D)
	$(CC) -shared -o $@ $(call objects,$(cudart.c)) $(LDFLAGS) -ldl \
		-Wl,-soname,$(@F) -Wl,-Bsymbolic -Wl,-z,defs -Wl,--as-needed \
		-Wl,--version-script=$(B)/qcu-library/cudart/export.map
