# SPDX-License-Identifier: MIT
# libcudart.so.N for the toolkit at CUDA_HOME, and libcudart.so.12 for programs of CUDA 12 where
# there is one of its toolkits at CUDA12_HOME: the same source with other headers.
cudart_major = $(shell sed -n 's/^\#define CUDART_VERSION *\([0-9]*\)[0-9][0-9][0-9]$$/\1/p' \
	$(wildcard $(1)/include/cuda_runtime_api.h) /dev/null)
CUDART_MAJOR := $(call cudart_major,$(CUDA_HOME))

# Tests are built with either (tests/part.mk); what is a driver knows CUDA 13.  Some targets need neither.
ifeq ($(CUDART_MAJOR),12)
ifneq ($(TESTS),build/tests/12)
$(error CUDA_HOME=$(CUDA_HOME) is of CUDA 12, and qCUDA is built with CUDA 13; \
	for the programs of CUDA 12 set CUDA12_HOME)
endif
endif

cudart.c := $(addprefix qcu-library/cudart/, \
	absent.c array.c compat.c context.c copy.c copy3d.c copy_array.c device.c driver.c entry.c \
	error.c event.c fatbin.c format.c function.c graph.c graph_node.c ipc.c launch.c library.c \
	memory.c memset.c pool.c properties.c stream.c symbol.c table.c texture.c twins.c)

# What only one major version has
cudart_12.c := qcu-library/cudart/first.c
CPPFLAGS_cudart = -DCUDART_MAJOR=$(1)

# The functions that the header deprecates are implemented here, and call one another.
CFLAGS_qcu-library_cudart := -Wno-deprecated-declarations $(LTO)
CPPFLAGS_qcu-library_cudart := $(call CPPFLAGS_cudart,$(CUDART_MAJOR))

$(B)/tests/unit/library_exports.o $(B)/tests/unit/library_absent_functions.o: CPPFLAGS += -DCUDA_HOME='"$(CUDA_HOME)"' \
	-DCUDART='"libcudart.so.$(CUDART_MAJOR)"' -DCUDA12_HOME='"$(abspath $(CUDA12_HOME))"'

CUDART := $(B)/lib/libcudart.so.$(CUDART_MAJOR) $(if $(CUDA12_HOME),$(B)/lib/libcudart.so.12)

# $(call cudart,MAJOR,OBJECTS)
define cudart
all: $(B)/lib/libcudart.so.$(1)

$(B)/tests/unit/library_exports $(B)/tests/unit/library_absent_functions: | $(B)/lib/libcudart.so.$(1) $(CUDA_LIBRARY)

$(B)/lib/libcudart.so.$(1): $(2) qcu-library/cudart/export.map
	@mkdir -p $$(@D) $(B)/qcu-library/cudart
	sed 's/@MAJOR@/$(1)/' qcu-library/cudart/export.map > $(B)/qcu-library/cudart/export_$(1).map
	$$(CC) -shared -o $$@ $(2) $$(AS_ONE) -ldl \
		-Wl,-soname,$$(@F) -Wl,-Bsymbolic -Wl,-z,defs -Wl,--as-needed \
		-Wl,--version-script=$(B)/qcu-library/cudart/export_$(1).map
endef

$(eval $(call cudart,$(CUDART_MAJOR),$(call objects,$(cudart.c) $(cudart_$(CUDART_MAJOR).c))))

ifneq ($(CUDA12_HOME),)
$(eval $(call cudart,12,$(patsubst qcu-library/%.c,$(B)/cuda12/%.o,$(cudart.c) $(cudart_12.c))))

$(B)/cuda12/cudart/%.o: qcu-library/cudart/%.c
	@mkdir -p $(@D)
	$(CC) -isystem $(CUDA12_HOME)/include $(CPPFLAGS) $(call CPPFLAGS_cudart,12) $(CFLAGS) \
		$(CFLAGS_qcu-library_cudart) -MMD -MP -c -o $@ $<
endif
