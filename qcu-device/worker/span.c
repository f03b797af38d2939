/* SPDX-License-Identifier: MIT */
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/span.h"

bool span_get(const struct wire_span *wire, struct span *span)
{
	uint64_t end;

	if (__builtin_add_overflow(wire->offset, wire->bytes, &end) ||
	    !region_get(wire->region, &span->region))
		return false;
	span->runs_on = end > span->region.length;
	if (span->runs_on &&
	    !(wire->flags & WIRE_SPAN_RUN && region_run_get(&span->region, end))) {
		region_put(&span->region);
		return false;
	}
	span->base = (uint8_t *)span->region.base + wire->offset;
	span->bytes = wire->bytes;
	return true;
}

CUresult span_refuse(struct dispatch *dispatch, const struct wire_span *wire)
{
	if (wire->flags & WIRE_SPAN_LOOSE)
		return CUDA_ERROR_NOT_FOUND;
	return wire->flags & WIRE_SPAN_RUN ? CUDA_ERROR_NOT_SUPPORTED : dispatch_refuse(dispatch);
}

void span_put(struct span *span)
{
	if (span->runs_on)
		region_run_put();
	region_put(&span->region);
}
