/* SPDX-License-Identifier: MIT */
/* place.h - what a pointer of the program points to, for a copy */
#ifndef QCU_LIBRARY_PLACE_H
#define QCU_LIBRARY_PLACE_H

#include "qcu-library/cuda/api.h"

enum place_kind {
	PLACE_DEVICE,		/* memory of the device: @device */
	PLACE_REGION,		/* host memory the host sees too: @span */
	PLACE_PAGEABLE,		/* other host memory, also what several regions have parts of */
};

/*
 * @managed: a device address and a host address at once, whichever @kind is
 * @read_only: the program has said that the device does not write there
 */
struct place {
	enum place_kind kind;
	bool managed;
	bool read_only;
	CUdeviceptr device;
	struct wire_span span;
};

/** place_of() - where [@address, @address + @bytes) is; by its first byte if it is in several */
struct place place_of(uint64_t address, uint64_t bytes);

/** place_on_device() - an address as the device has it, which for registered memory may differ */
CUdeviceptr place_on_device(CUdeviceptr address);

#endif
