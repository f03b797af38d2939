/* SPDX-License-Identifier: MIT */
/* softgpu_fuzz_fatbin.c - fat binaries that nvcc made or that were found to be interesting, and their like */
/* links: softgpu/fatbin.c softgpu/log.c softgpu/log_kept.c */
#include "tests/fuzz/fatbin.c"
#include "tests/fuzz/replay.h"

int main(void)
{
	return !replay(LLVMFuzzerTestOneInput, "fatbin", 1000);
}
