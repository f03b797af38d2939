/* SPDX-License-Identifier: MIT */
/* softgpu_fuzz_ptx.c - texts that compilers made or that were found to be interesting, and their like */
/* links: softgpu/engine_all.c */
#include "tests/fuzz/ptx.c"
#include "tests/fuzz/replay.h"

int main(void)
{
	return !replay(LLVMFuzzerTestOneInput, "ptx", 300);
}
