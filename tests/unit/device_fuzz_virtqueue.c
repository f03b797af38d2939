/* SPDX-License-Identifier: MIT */
/* device_fuzz_virtqueue.c - rings that were found to be interesting, and their like */
/* links: qcu-device/common/guest_memory.c qcu-device/common/virtqueue.c */
#include "tests/fuzz/virtqueue.c"
#include "tests/fuzz/replay.h"

int main(void)
{
	return !replay(LLVMFuzzerTestOneInput, "virtqueue", 1000);
}
