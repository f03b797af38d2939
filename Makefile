# SPDX-License-Identifier: MIT
#
# qCUDA: everything is built from here; `make help` lists the targets.
#
# Each part has a part.mk that says what it is made of (and nothing about how C
# is compiled: that is here).  A build tree is build/$(CONFIG)/; the trees of
# different configurations do not disturb each other.

CONFIG    ?= release
CUDA_HOME ?= /usr/local/cuda
# Where there is a toolkit of CUDA 12, too, its programs are served (tools/cuda12 fetches one)
CUDA12_HOME ?= $(filter-out $(CUDA_HOME),$(firstword $(wildcard /usr/local/cuda-12 build/cuda12)))
NVCC      ?= $(CUDA_HOME)/bin/nvcc
B         := build/$(CONFIG)

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-unused-parameter
ifeq ($(CONFIG),release)
OPT := -O2 -g
# What is linked with AS_ONE is compiled as one file; the objects serve other links, too (gcc's alone).
# Tables of functions declare them without their types.
LTO := $(if $(findstring clang,$(shell $(CC) --version)),,-flto=auto -ffat-lto-objects)
else ifeq ($(CONFIG),debug)
OPT := -O0 -g3 -DQCUDA_CHECKS
else ifeq ($(CONFIG),asan)
OPT := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
else ifeq ($(CONFIG),tsan)
OPT := -O1 -g -fsanitize=thread
else ifeq ($(CONFIG),clang)
CC  := clang
OPT := -O2 -g
else ifeq ($(CONFIG),fuzz)
CC  := clang
OPT := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
else
$(error CONFIG=$(CONFIG): release, debug, asan, tsan, clang or fuzz)
endif

CPPFLAGS += -I. -D_GNU_SOURCE -isystem $(CUDA_HOME)/include
CFLAGS   += -std=gnu11 $(OPT) $(WARN) $(WERROR) -fPIC -fvisibility=hidden -pthread
LDFLAGS  += -pthread $(filter -fsanitize=%,$(OPT)) $(if $(LTO),-fno-lto)
AS_ONE    = $(CFLAGS) $(filter-out -fno-lto,$(LDFLAGS)) $(if $(LTO),$(LTO) -Wno-lto-type-mismatch)

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all
all:

# $(call objects,a.c b.c) - the objects of these sources
objects = $(patsubst %.c,$(B)/%.o,$(1))

# A part may add flags for one directory: CPPFLAGS_softgpu, CFLAGS_softgpu
dirvar = $(subst /,_,$(patsubst %/,%,$(dir $(1))))

include wire/part.mk
include $(wildcard softgpu/part.mk qcu-library/part.mk qcu-device/part.mk qcu-driver/part.mk)
include $(wildcard tools/part.mk tests/part.mk examples/part.mk bench/part.mk docs/part.mk)

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CPPFLAGS_$(call dirvar,$<)) $(CFLAGS) $(CFLAGS_$(call dirvar,$<)) -MMD -MP -c -o $@ $<

-include $(shell find $(B) -name '*.d' 2>/dev/null)

.PHONY: clean help
clean: ## remove every build tree
	rm -rf build

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | sort | expand -t 18
