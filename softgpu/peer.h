/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_PEER_H
#define SOFTGPU_PEER_H

#include <stdbool.h>

struct context;
struct memory_block;

/* peer_may_use() - may kernels of this context touch the block, whatever device it is on? */
bool peer_may_use(const struct context *context, const struct memory_block *block);

#endif /* SOFTGPU_PEER_H */
