/* SPDX-License-Identifier: MIT */
/* span.h - parts of regions that commands name, checked */
#ifndef QCU_DEVICE_WORKER_SPAN_H
#define QCU_DEVICE_WORKER_SPAN_H

#include <stdbool.h>

#include "qcu-device/worker/region.h"
#include "wire/cuda_api.h"
#include "wire/payload.h"

struct dispatch;

/** struct span - memory of the guest that stays mapped until span_put() */
struct span {
	struct region_ref region;
	void *base;
	size_t bytes;
	bool runs_on;
};

/** span_get() - false if there is no such region or the span leaves it where it may not */
bool span_get(const struct wire_span *wire, struct span *span);

/**
 * span_refuse() - what a body returns when span_get() was false
 *
 * Our library knows its regions.  It cannot know that two which meet in the guest
 * also meet here, for a span that runs on, nor when the guest's kernel takes a loose
 * one away: these are errors of the call.
 */
CUresult span_refuse(struct dispatch *dispatch, const struct wire_span *wire);
void span_put(struct span *span);

#endif
