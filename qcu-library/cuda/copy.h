/* SPDX-License-Identifier: MIT */
/* copy.h - what copies of one and of several dimensions have in common */
#ifndef QCU_LIBRARY_COPY_H
#define QCU_LIBRARY_COPY_H

#include "qcu-library/cuda/hold.h"

/** struct order - when a copy happens: synchronously, or in the order of a stream */
struct order {
	bool async;
	CUstream stream;
};

/** copy_host_may_go() - wait until the host may touch what earlier work of the stream touches */
CUresult copy_host_may_go(struct order order);

/**
 * copy3d_share() - a copy that runs later, with a graph
 * @holds: empty; out: what must live as long as the graph (hold.h)
 */
CUresult copy3d_share(const CUDA_MEMCPY3D *p, struct wire_copy3d *wire, struct holds *holds);

#endif
