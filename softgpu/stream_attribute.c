/* SPDX-License-Identifier: MIT */
/* stream_attribute.c - cuStreamGetAttribute and friends: settings that change no result */
#include <string.h>

#include "softgpu/stream.h"

static bool known(CUstreamAttrID attribute)
{
	switch (attribute) {
	case CU_STREAM_ATTRIBUTE_ACCESS_POLICY_WINDOW:
	case CU_STREAM_ATTRIBUTE_SYNCHRONIZATION_POLICY:
	case CU_STREAM_ATTRIBUTE_PRIORITY:
	case CU_STREAM_ATTRIBUTE_MEM_SYNC_DOMAIN_MAP:
	case CU_STREAM_ATTRIBUTE_MEM_SYNC_DOMAIN:
		return true;
	default:
		return false;
	}
}

CUresult cuStreamGetAttribute(CUstream hStream, CUstreamAttrID attr, CUstreamAttrValue *value)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	if (!value || !known(attr)) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else {
		memset(value, 0, sizeof(*value));
		if (attr == CU_STREAM_ATTRIBUTE_SYNCHRONIZATION_POLICY)
			value->syncPolicy = stream->sync_policy;
		else if (attr == CU_STREAM_ATTRIBUTE_PRIORITY)
			value->priority = stream->priority;
		else if (attr == CU_STREAM_ATTRIBUTE_ACCESS_POLICY_WINDOW)
			value->accessPolicyWindow = stream->access_window;
	}
	stream_put(stream);
	return result;
}

static CUresult set(struct stream *stream, CUstreamAttrID attr, const CUstreamAttrValue *value)
{
	switch (attr) {
	case CU_STREAM_ATTRIBUTE_SYNCHRONIZATION_POLICY:
		if (value->syncPolicy < CU_SYNC_POLICY_AUTO ||
		    value->syncPolicy > CU_SYNC_POLICY_BLOCKING_SYNC)
			return CUDA_ERROR_INVALID_VALUE;
		stream->sync_policy = value->syncPolicy;
		return CUDA_SUCCESS;
	case CU_STREAM_ATTRIBUTE_PRIORITY:
		stream->priority = value->priority;
		return CUDA_SUCCESS;
	case CU_STREAM_ATTRIBUTE_ACCESS_POLICY_WINDOW:
		stream->access_window = value->accessPolicyWindow;
		return CUDA_SUCCESS;
	default:
		return known(attr) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
	}
}

CUresult cuStreamSetAttribute(CUstream hStream, CUstreamAttrID attr, const CUstreamAttrValue *param)
{
	struct stream *stream;
	CUresult result = stream_resolve(hStream, &stream);

	if (result)
		return result;
	result = param ? set(stream, attr, param) : CUDA_ERROR_INVALID_VALUE;
	stream_put(stream);
	return result;
}

CUresult cuStreamCopyAttributes(CUstream dstStream, CUstream srcStream)
{
	struct stream *to, *from;
	CUresult result = stream_resolve(dstStream, &to);

	if (result)
		return result;
	result = stream_resolve(srcStream, &from);
	if (!result) {
		to->sync_policy = from->sync_policy;
		to->access_window = from->access_window;
		stream_put(from);
	}
	stream_put(to);
	return result;
}
