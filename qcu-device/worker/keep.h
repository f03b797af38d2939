/* SPDX-License-Identifier: MIT */
/* keep.h - module images on their way to the daemon, which keeps them for the machine's next process */
#ifndef QCU_DEVICE_WORKER_KEEP_H
#define QCU_DEVICE_WORKER_KEEP_H

#include "qcu-device/worker/image_memory.h"

struct keep;

/** keep_begin() - write an image of @bytes into a file, meanwhile; NULL: it is not to be kept */
struct keep *keep_begin(struct image_memory *memory, uint64_t bytes);

/** keep_end() - the driver has loaded it, or (@good false) not; NULL is fine */
void keep_end(struct keep *keep, bool good);

#endif
