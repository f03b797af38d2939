# SPDX-License-Identifier: MIT
# The benchmarks: each program once, the same binary for every way to run it (bench/run).  Those that
# bench/programs times are tests, too: tests/programs.
bench_programs := build/bench/copies build/bench/calls

.PHONY: bench
bench: $(bench_programs) $(programs) ## build the benchmarks; bench/run runs them

build/bench/%: bench/%.cu
	@mkdir -p $(@D)
	$(NVCC) -O2 -std=c++17 -cudart shared -o $@ $<
