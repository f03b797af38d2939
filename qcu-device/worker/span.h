/* SPDX-License-Identifier: MIT */
/* span.h - parts of regions that commands name, checked */
#ifndef QCU_DEVICE_WORKER_SPAN_H
#define QCU_DEVICE_WORKER_SPAN_H

#include <stdbool.h>

#include "qcu-device/worker/region.h"
#include "wire/payload.h"

/** struct span - memory of the guest that stays mapped until span_put() */
struct span {
	struct region_ref region;
	void *base;
	size_t bytes;
};

/** span_get() - false if there is no such region or the span leaves it */
bool span_get(const struct wire_span *wire, struct span *span);
void span_put(struct span *span);

#endif
