/* SPDX-License-Identifier: MIT */
/* stream.c - attributes and marks of streams.  Faces qcu-library/cuda/stream.c and belt.c. */
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

/*
 * cuStreamWriteValue32(), but the guest takes the word for the end of what it has posted, and asks no
 * more.  So it is not written behind what the driver has refused: the guest waits then, and has the
 * error.
 */
CUresult host_stream_mark(struct dispatch *dispatch, CUstream stream, CUdeviceptr addr,
			  cuuint32_t value, unsigned int flags)
{
	if (dispatch->deferred != CUDA_SUCCESS)
		return dispatch->deferred;
	if (!driver.cuStreamWriteValue32_v2)
		return CUDA_ERROR_NOT_SUPPORTED;
	return driver.cuStreamWriteValue32_v2(stream, addr, value, flags);
}
