# SPDX-License-Identifier: MIT
# The benchmarks: each program once, the same binary for every way to run it (bench/run); host_memory
# is for itself.  Those that bench/programs times are tests, too: tests/programs.
bench_programs := $(addprefix build/bench/,calls copies growth host_memory modules wakeups)

.PHONY: bench
bench: $(bench_programs) $(programs) ## build the benchmarks; bench/run runs them

# How fast softgpu runs kernels, and instructions: no CUDA programs, but its engine alone
engine_bench := $(addprefix $(B)/bench/,softgpu softgpu_decode softgpu_instruction)
bench: $(engine_bench) $(B)/bench/thrust_algorithms.ptx
$(engine_bench): %: %.o $(B)/softgpu/engine_all.o
	$(CC) $(LDFLAGS) -o $@ $^ -lm

# Large kernels, to decode
$(B)/bench/%.ptx: tests/programs/%.cu
	$(NVCC) -std=c++17 -arch=compute_75 -Itests/programs -Itests/cuda -ptx -o $@ $<

# A GPU that takes turns, in software: bench/run -g
bench: $(B)/bench/turns.so
$(B)/bench/turns.so: $(B)/bench/turns.o $(SOFTGPU)
	$(CC) $(LDFLAGS) -shared -o $@ $< -Wl,--no-as-needed $(SOFTGPU) -Wl,-rpath,'$$ORIGIN/../softgpu'

LIBS_modules := -L$(STUBS) -lcuda

build/bench/%: bench/%.cu bench/measure.h
	@mkdir -p $(@D)
	$(NVCC) -O2 -std=c++17 -cudart shared -o $@ $< $(LIBS_$*)
