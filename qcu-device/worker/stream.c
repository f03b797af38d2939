/* SPDX-License-Identifier: MIT */
/* stream.c - attributes of streams.  Faces qcu-library/cuda/stream.c. */
#include "qcu-device/worker/attribute.h"
#include "qcu-device/worker/body.h"

CUresult host_stream_get_attribute(struct dispatch *dispatch, CUstream stream,
				   CUstreamAttrID attr, CUstreamAttrValue *value)
{
	if (!value)
		return dispatch_refuse(dispatch);
	if (!driver.cuStreamGetAttribute)
		return CUDA_ERROR_NOT_SUPPORTED;
	return attribute_is_plain(attr) ? driver.cuStreamGetAttribute(stream, attr, value) :
					  CUDA_ERROR_INVALID_VALUE;
}

CUresult host_stream_set_attribute(struct dispatch *dispatch, CUstream stream,
				   CUstreamAttrID attr, CUstreamAttrValue value)
{
	if (!driver.cuStreamSetAttribute)
		return CUDA_ERROR_NOT_SUPPORTED;
	return attribute_is_plain(attr) ? driver.cuStreamSetAttribute(stream, attr, &value) :
					  CUDA_ERROR_INVALID_VALUE;
}
