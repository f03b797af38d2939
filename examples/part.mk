# SPDX-License-Identifier: MIT
#
# The programs of the README's demo, built as a user would build them.

examples := $(patsubst examples/%.cu,$(B)/examples/%,$(wildcard examples/*.cu))
.PHONY: examples
examples: $(examples) ## the demo programs
all: examples

$(B)/examples/%: examples/%.cu
	@mkdir -p $(@D)
	$(NVCC) -cudart shared -Xcompiler -Wall -o $@ $<
