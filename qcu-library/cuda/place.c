/* SPDX-License-Identifier: MIT */
#include "qcu-library/cuda/place.h"
#include "qcu-library/cuda/ranges.h"
#include "qcu-library/cuda/reserve.h"

struct place place_of(uint64_t address, uint64_t bytes)
{
	struct place place = { .kind = PLACE_PAGEABLE, .device = address };
	struct range range;

	if (!ranges_find(address, &range)) {
		/* Freed device memory is device memory: the host says it is invalid. */
		if (reserved(address))
			place.kind = PLACE_DEVICE;
		return place;
	}
	place.managed = range_is_managed(&range);
	place.read_only = range.kind == RANGE_REGISTERED &&
			  range.flags & CU_MEMHOSTREGISTER_READ_ONLY;
	place.device = range.device + (address - range.start);
	if (!range_is_host(&range)) {
		place.kind = PLACE_DEVICE;
	} else if (range.whole && bytes <= range.bytes - (address - range.start)) {
		place.kind = PLACE_REGION;
		place.span = (struct wire_span){ .region = range.region,
						 .offset = range.offset + (address - range.start),
						 .bytes = bytes };
	}
	return place;
}

CUdeviceptr place_on_device(CUdeviceptr address)
{
	struct range range;

	if (!ranges_find(address, &range) || !range_is_host(&range))
		return address;
	return range.device + (address - range.start);
}
