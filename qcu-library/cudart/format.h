/* SPDX-License-Identifier: MIT */
/* Formats of array elements: the runtime's bits per channel, the driver's format and count. */
#ifndef QCUDA_CUDART_FORMAT_H
#define QCUDA_CUDART_FORMAT_H

#include "cudart.h"

struct format {
	CUarray_format format;
	unsigned int channels;
};

cudaError_t format_from_desc(const struct cudaChannelFormatDesc *desc, struct format *format);
struct cudaChannelFormatDesc format_to_desc(struct format format);
size_t format_size(struct format format);

#endif
