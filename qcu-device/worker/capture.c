/* SPDX-License-Identifier: MIT */
/* capture.c - streams whose work becomes a graph.  Faces qcu-library/cuda/capture.c. */
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/handle.h"
#include "qcu-device/worker/loan.h"

/* Succeeds also when the driver does not: a capture that went wrong has ended, too. */
CUresult host_capture_end(struct dispatch *dispatch, CUstream stream, uint64_t lent,
			  uint64_t *name, int *result)
{
	struct loan loan = { &lent, 1, 0 };
	CUgraph graph = NULL;

	if (!name || !result)
		return dispatch_refuse(dispatch);
	if (!driver.cuStreamEndCapture)
		return CUDA_ERROR_NOT_SUPPORTED;
	*result = driver.cuStreamEndCapture(stream, &graph);
	if (*result == CUDA_SUCCESS && !loan_name_any(&loan, KIND_CUgraph, graph, 0, name))
		return dispatch_refuse(dispatch);
	return CUDA_SUCCESS;
}

static CUresult name_all(struct dispatch *dispatch, const CUgraphNode *from, size_t n,
			 uint32_t capacity, struct loan *loan, uint64_t graph, uint64_t *names)
{
	for (size_t i = 0; i < n && i < capacity; i++)
		if (!loan_name(loan, KIND_CUgraphNode, from[i], graph, &names[i]))
			return dispatch_refuse(dispatch);
	return CUDA_SUCCESS;
}

CUresult host_capture_info(struct dispatch *dispatch, CUstream stream, uint32_t with_data,
			   uint64_t lent_graph, uint32_t capacity, const uint64_t *lent,
			   struct wire_capture *info, uint64_t *nodes, CUgraphEdgeData *data)
{
	struct loan for_graph = { &lent_graph, 1, 0 }, loan = { lent, capacity, 0 };
	const CUgraphEdgeData *edges = NULL;
	const CUgraphNode *dependencies = NULL;
	CUstreamCaptureStatus status;
	CUgraph graph = NULL;
	cuuint64_t id = 0;
	size_t n = 0;
	CUresult rc;

	if (!info || capacity > WIRE_MAX_NODES || (capacity && (!lent || !nodes || !data)))
		return dispatch_refuse(dispatch);
	if (!driver.cuStreamGetCaptureInfo_v3)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuStreamGetCaptureInfo_v3(stream, &status, &id, &graph, &dependencies,
					      with_data ? &edges : NULL, &n);
	if (rc != CUDA_SUCCESS)
		return rc;
	info->status = status;
	if (status != CU_STREAM_CAPTURE_STATUS_ACTIVE)
		return CUDA_SUCCESS;
	info->id = id;
	info->total = n;
	if (!loan_name_any(&for_graph, KIND_CUgraph, graph, 0, &info->graph))
		return dispatch_refuse(dispatch);
	rc = name_all(dispatch, dependencies, n, capacity, &loan, info->graph, nodes);
	info->used = loan.used;
	for (size_t i = 0; edges && i < n && i < capacity; i++)
		data[i] = edges[i];
	return rc;
}

CUresult host_capture_mode(struct dispatch *dispatch, CUstreamCaptureMode mode,
			   CUstreamCaptureMode *old)
{
	if (!old)
		return dispatch_refuse(dispatch);
	*old = mode;
	return driver.cuThreadExchangeStreamCaptureMode ?
		       driver.cuThreadExchangeStreamCaptureMode(old) :
		       CUDA_ERROR_NOT_SUPPORTED;
}
