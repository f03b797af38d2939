/* SPDX-License-Identifier: MIT */
/* device_fuzz_vhost_user.c - vhost-user messages that were found to be interesting, and their like */
/* links: qcu-device/common/guest_memory.c qcu-device/common/log.c qcu-device/common/message.c qcu-device/common/virtqueue.c qcu-device/daemon/admin.c qcu-device/daemon/device.c qcu-device/daemon/loop.c qcu-device/daemon/queue.c qcu-device/daemon/session.c qcu-device/daemon/vhost_user.c qcu-device/daemon/worker.c qcu-device/daemon/exchange.c qcu-device/daemon/image.c wire/digest.c qcu-device/common/version.c */
#include "tests/fuzz/vhost_user.c"
#include "tests/fuzz/replay.h"

int main(void)
{
	return !replay(LLVMFuzzerTestOneInput, "vhost_user", 500);
}
