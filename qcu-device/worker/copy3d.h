/* SPDX-License-Identifier: MIT */
/* copy3d.h - 2D and 3D copies as the driver wants them told */
#ifndef QCU_DEVICE_WORKER_COPY3D_H
#define QCU_DEVICE_WORKER_COPY3D_H

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/span.h"

/** struct copy3d - @params, and the guest's memory it names, mapped until copy3d_put() */
struct copy3d {
	CUDA_MEMCPY3D params;
	struct span src, dst;
	bool has_src, has_dst;
};

/** copy3d_get() - CUDA_SUCCESS: copy3d_put() must follow; else what the body returns */
CUresult copy3d_get(struct dispatch *dispatch, const struct wire_copy3d *wire,
		    struct copy3d *copy);
void copy3d_put(struct copy3d *copy);

/** copy3d_describe() - for the guest: without a pointer or object of this process in it */
bool copy3d_describe(const CUDA_MEMCPY3D *params, struct wire_copy3d *wire);

#endif
