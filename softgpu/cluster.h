/* SPDX-License-Identifier: MIT */
/*
 * cluster.h - blocks that run together and reach each other's shared memory
 *
 * Theory of operation
 *
 * One thread of the pool runs all blocks of a cluster, in turns, so nothing here needs a lock.
 * A launch without clusters has clusters of one block.  Blocks that have ended wait for the
 * others before they are used again, since these may still read their shared memory.
 *
 * An address in the shared memory of a cluster (PTX: .shared::cluster) is an offset in the own
 * block's, or has 1 + the rank of a block in its upper byte.  Its generic address is where it lies
 * in the host, as always.
 */
#ifndef SOFTGPU_CLUSTER_H
#define SOFTGPU_CLUSTER_H

#include "softgpu/exec.h"

#define CLUSTER_RANK_SHIFT	24

/* cluster_start() - begin the blocks of cluster number @index in @ctas, job->cluster_blocks of them */
void cluster_start(struct cta *const *ctas, uint64_t index);

/* cluster_run() - a turn for each block; as cta_run() */
enum cta_result cluster_run(struct cta *const *ctas);

/* cluster_check() - threads arrived or ended: release whoever waits if nobody is missing */
void cluster_check(struct cluster *cluster);

/* cluster_exit() - threads of @w ended while others wait */
void cluster_exit(struct warp *w);

/* cluster_waits() - does a thread of the block wait for those of others? */
bool cluster_waits(const struct cta *cta);

/* cluster_shared() - the block whose shared memory holds generic @address; NULL: none of the cluster */
const struct cta *cluster_shared(const struct cta *cta, uint64_t address);

#endif /* SOFTGPU_CLUSTER_H */
