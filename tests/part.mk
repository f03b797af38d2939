# SPDX-License-Identifier: MIT
#
# The tests.  tests/run runs them; this file says how they are built.
#
# tests/cuda/*.cu and *.c: one program each, in build/tests/cuda, for every CONFIG the same: they
# are users' programs, linked to NVIDIA's libraries' names only, and LD_LIBRARY_PATH says whose
# libraries they get.  tests/cuda/alone/: those that need the whole device's memory, or look at it,
# and so run when no other does.  tests/cuda/parts/: sources of the few programs that have several.
#
# tests/programs/*.cu: whole programs of the usual kinds, in build/tests/programs; the same otherwise.
# tests/programs/clang_*.c: some whose kernels are compiled by clang, without any NVIDIA tool.
#
# tests/opcodes/*.c: instructions against C, a program opcodes_* for each file of rows in
# build/tests/cuda, and one unit test for all of them.
#
# tests/runner/*.sh: of the scripts that run all these; they run with tests/unit.
#
# tests/unit/*.c and tests/wire/*.c: one program each, in $(B)/tests.  One that needs objects of
# the tree says so in a comment line of its own:
#
#	/* links: wire/codec.c softgpu/ptx_lex.c */

# TESTS=build/tests/12: the same programs as a CUDA 12 toolkit builds them.  They want libcudart.so.12
# and nothing else of CUDA 12.

TESTS ?= build/tests
T := $(TESTS)/cuda
P := $(TESTS)/programs
STUBS := $(firstword $(wildcard $(CUDA_HOME)/lib64/stubs) $(B)/softgpu)

# What CUDA 12 has not is for programs that say so in a comment line, /* needs: CUDA 13 */, and what
# it alone has for those in tests/cuda/cuda12/
ifeq ($(CUDART_MAJOR),12)
others     := $(shell grep -l '^/\* needs: CUDA 13 \*/' tests/cuda/*.c tests/cuda/*.cu)
else
others     := $(wildcard tests/cuda/cuda12/*)
endif
cu_tests   := $(patsubst tests/cuda/%.cu,$(T)/%,$(filter-out $(others),$(wildcard tests/cuda/*.cu tests/cuda/cuda12/*.cu)))
programs   := $(patsubst tests/programs/%.cu,$(P)/%,$(wildcard tests/programs/*.cu))
# where there is no clang (tools/setup says so) these are left out
CLANG      := clang
programs   += $(if $(shell command -v $(CLANG)),$(patsubst tests/programs/%.c,$(P)/%,$(wildcard tests/programs/*.c)))
c_tests    := $(patsubst tests/cuda/%.c,$(T)/%,$(filter-out $(others),$(wildcard tests/cuda/*.c tests/cuda/alone/*.c)))
# instructions against C (tests/opcodes/gpu.h); the unit test softgpu_opcodes has the same rows
rows       := async atomic cluster control conversion float half integer matrix memory special warp wide
rows.c     := $(patsubst %,tests/opcodes/%.c,$(rows))
c_tests    += $(patsubst %,$(T)/opcodes_%,$(rows))
unit_tests := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/*.c))
wire_tests := $(patsubst %.c,$(B)/%,$(wildcard tests/wire/*.c))

# The tests speak CUDA 13
NUMBERED  := $(if $(filter 12,$(CUDART_MAJOR)),-include tests/cuda/parts/numbered.h)
CUDA_LIBS := -L$(CUDA_HOME)/lib64 -L$(STUBS) -lcudart -lcuda -ldl -lpthread
NVCCFLAGS := -cudart shared -Itests/cuda -Xcompiler -Wall,-pthread -Xlinker --as-needed $(NUMBERED)

# What only some programs are built with
image_of_no_device := $(if $(NUMBERED),86,120)
NVCCFLAGS_kernel_without_image := -gencode arch=compute_$(image_of_no_device),code=sm_$(image_of_no_device)
NVCCFLAGS_cluster_launch := -gencode arch=compute_90,code=[sm_90,compute_90]
NVCCFLAGS_cluster_required_at_run_time := $(NVCCFLAGS_cluster_launch)
NVCCFLAGS_kernel_atomics_of_128_bits := $(NVCCFLAGS_cluster_launch)
NVCCFLAGS_cooperative_launch_of_clusters := $(NVCCFLAGS_cluster_launch)
NVCCFLAGS_per_thread_default_stream := --default-stream per-thread
NVCCFLAGS_cuda12/first_versions_of_the_runtime := -Xcompiler -Wno-deprecated-declarations

# What CUDA 13 begins with
CUDA13_ARCH := -arch=sm_75
$(foreach p,func_attributes kernel_warp_functions relaxed_vectors_arrive_whole double_integrals grid_reduction \
	half_matrix_vector,$(eval \
	NVCCFLAGS_$(p) := $(CUDA13_ARCH)))

NVCCFLAGS_rdc_two_objects := -rdc=true
NVCCFLAGS_graph_conditional := -rdc=true -lcudadevrt
NVCCFLAGS_functor_transform := --extended-lambda
# Without machine code, which takes long to make and which no newer GPU runs
NVCCFLAGS_thrust_algorithms := -gencode arch=compute_75,code=compute_75
LIBS_shared_libraries_with_kernels := -L$(T)/lib -lone -ltwo -Xlinker -rpath,'$$ORIGIN/lib'

# Compilers that run in the program; without them the test says so
NVRTC := $(wildcard $(CUDA_HOME)/lib64/libnvrtc.so)
NVJITLINK := $(wildcard $(CUDA_HOME)/lib64/libnvJitLink.so)
TOOLKIT_RPATH := -Wl,-rpath,$(CUDA_HOME)/lib64
# NVRTC looks for its other half by name alone
NVRTC_LIBS := $(TOOLKIT_RPATH) -lnvrtc -Wl,--no-as-needed $(firstword $(wildcard $(CUDA_HOME)/lib64/libnvrtc-builtins.so*))
CFLAGS_nvrtc_compile_and_run := $(if $(NVRTC),,-DNO_NVRTC)
LIBS_nvrtc_compile_and_run := $(if $(NVRTC),$(NVRTC_LIBS))
CFLAGS_nvrtc_link_two_programs := $(if $(and $(NVRTC),$(NVJITLINK)),,-DNO_NVRTC)
LIBS_nvrtc_link_two_programs := $(if $(and $(NVRTC),$(NVJITLINK)),-lnvJitLink $(NVRTC_LIBS))

$(T)/rdc_two_objects: tests/cuda/parts/rdc_other.cu
$(T)/shared_libraries_with_kernels $(T)/dlopen_library_with_kernels: | $(T)/lib/libone.so $(T)/lib/libtwo.so
$(T)/dlopen_before_main_uses_cuda: | $(T)/lib/libone.so
$(T)/driver_launch_from_fatbin $(T)/fatbin_registered_by_hand $(T)/kernel_handles: | $(T)/lib/kernels.fatbin

$(T)/lib/libone.so: NUMBER := 1
$(T)/lib/libtwo.so: NUMBER := 2
$(T)/lib/lib%.so: tests/cuda/parts/library.cu
	@mkdir -p $(@D)
	$(NVCC) $(NVCCFLAGS) -shared -Xcompiler -fPIC -DNUMBER=$(NUMBER) -DLIBRARY_RUN=library_$* -o $@ $<

$(T)/lib/kernels.fatbin: tests/cuda/parts/kernels.cu
	@mkdir -p $(@D)
	$(NVCC) -fatbin -o $@ $<

# Not linked with anything: it is in every program's process
CALLED := build/tests/called.so
$(CALLED): tests/called.c
	@mkdir -p $(@D)
	gcc -std=gnu11 -O1 -g -shared -fPIC $(filter-out -Wmissing-prototypes,$(WARN)) -o $@ $<

.PHONY: programs tests tests12 check check-bench check-unit check-wire check-soft check-socket check-native check-qcuda check-vm check-cuda12
programs: $(cu_tests) $(c_tests) $(programs)
tests: programs $(unit_tests) $(wire_tests) $(driver_tests)/backend $(driver_tests)/qcuda_test $(CALLED) ## build every test program

tests12: ## build the CUDA tests with the toolkit at CUDA12_HOME, if there is one
	$(if $(CUDA12_HOME),$(MAKE) CUDA_HOME=$(CUDA12_HOME) CUDA12_HOME= TESTS=build/tests/12 programs)

$(T)/%: tests/cuda/%.cu $(wildcard tests/cuda/*.h)
	@mkdir -p $(@D)
	$(NVCC) $(NVCCFLAGS) $(NVCCFLAGS_$*) -o $@ $(filter %.cu,$^) $(LIBS_$*) \
		-L$(STUBS) -lcuda -ldl

$(T)/%: tests/cuda/%.c $(wildcard tests/cuda/*.h)
	@mkdir -p $(@D)
	gcc -std=gnu11 -O1 -g -D_GNU_SOURCE $(WARN) -Itests/cuda -isystem $(CUDA_HOME)/include \
		$(NUMBERED) $(CFLAGS_$*) -o $@ $< -Wl,--as-needed $(CUDA_LIBS) $(LIBS_$*) -lm

# No contraction of products and sums, in kernels or on the CPU: tests/programs/program.h says why
PROGRAMFLAGS := -O2 -fmad=false -Itests/programs -Xcompiler -ffp-contract=off

$(patsubst %,$(T)/opcodes_%,$(rows)): $(T)/opcodes_%: tests/opcodes/%.c tests/opcodes/driver.c \
		tests/opcodes/row.c tests/opcodes/needs.c $(wildcard tests/opcodes/*.h) tests/cuda/check.h
	@mkdir -p $(@D)
	gcc -std=gnu11 -O1 -g -D_GNU_SOURCE $(WARN) -DROWS_TO_CHECK=check_$* -I. -Itests/cuda \
		-isystem $(CUDA_HOME)/include -o $@ $(filter %.c,$^) -Wl,--as-needed $(CUDA_LIBS) -lm

$(B)/tests/opcodes/engine_rows.o: $(call objects,$(addprefix tests/opcodes/,engine.c row.c needs.c coverage.c) $(rows.c))
	$(LD) -r -o $@ $^
CPPFLAGS_tests_opcodes := -Itests/unit

$(P)/%: tests/programs/%.cu $(wildcard tests/programs/*.h) tests/cuda/check.h
	@mkdir -p $(@D)
	$(NVCC) $(NVCCFLAGS) $(PROGRAMFLAGS) $(NVCCFLAGS_$*) -o $@ $<

CLANG_PTX := -x cuda --cuda-device-only --cuda-gpu-arch=sm_60 --cuda-path=/nonexistent \
	-nocudainc -nocudalib -Xclang -target-feature -Xclang +ptx70 -O2 -S

$(P)/ptx/%.ptx: tests/programs/%.c tests/programs/clang_kernels.h
	@mkdir -p $(@D)
	$(CLANG) $(CLANG_PTX) -o $@ $<

$(P)/%: tests/programs/%.c $(P)/ptx/%.ptx tests/programs/clang_kernels.h tests/cuda/check.h
	@mkdir -p $(@D)
	gcc -std=gnu11 -O1 -g -D_GNU_SOURCE $(WARN) -Itests/programs -Itests/cuda \
		-isystem $(CUDA_HOME)/include -DPTX_FILE='"$(P)/ptx/$*.ptx"' -o $@ $< \
		-Wl,--as-needed $(CUDA_LIBS) -lm

# The objects that a unit test says it links
links = $(call objects,$(shell sed -n 's|^/\* links: \(.*\) \*/$$|\1|p' $(1)))
define unit_test
$(B)/$(1:.c=): $(B)/$(1:.c=.o) $(call links,$(1))
	$$(CC) $$(LDFLAGS) -o $$@ $$^ -ldl -lm -lzstd -llz4 -lseccomp
endef
$(foreach t,$(wildcard tests/unit/*.c tests/wire/*.c),$(eval $(call unit_test,$(t))))
CPPFLAGS_tests_unit := -Itests/unit
CPPFLAGS_tests_wire := -Itests/unit

LIBRARIES := $(CUDART)
SOFT      := $(B)/softgpu/libcuda.so.1
SERVED    := $(B)/lib/libcuda.so.1 $(B)/bin/qcu-device $(SOFT)
RUN       := CONFIG=$(CONFIG) tests/run $(RUNFLAGS)

check-unit: $(unit_tests) $(wire_tests) ## the unit and wire tests
	$(RUN) unit wire

check-soft: tests $(LIBRARIES) $(SOFT) ## the CUDA tests straight on softgpu
	$(RUN) soft

check-socket: tests $(LIBRARIES) $(SERVED) ## the CUDA tests over the socket transport
	$(RUN) socket

check-native: tests ## the CUDA tests on NVIDIA's own libraries
	$(RUN) native

check-vm: all tests ## the CUDA tests in a virtual machine
	$(RUN) vm

check-cuda12: tests12 $(LIBRARIES) $(SERVED) ## programs of CUDA 12, on softgpu and over the socket
	$(RUN) cuda12

check-qcuda: all ## the tests of the qcuda command
	$(RUN) qcuda

check-bench: all bench ## the benchmarks, small: they run, and how the ways compare
	$(RUN) bench

check: all tests tests12 bench ## every test that this machine can do
	$(RUN) unit wire soft socket calls cuda12 qcuda driver vm native bench
