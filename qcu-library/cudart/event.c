/* SPDX-License-Identifier: MIT */
/* Events. */
#include "cudart.h"

static_assert(cudaEventBlockingSync == CU_EVENT_BLOCKING_SYNC &&
	      cudaEventDisableTiming == CU_EVENT_DISABLE_TIMING &&
	      cudaEventInterprocess == CU_EVENT_INTERPROCESS,
	      "flags of events are the driver's");

FORWARD(cudaEventCreate, (cudaEvent_t *event), cuEventCreate(event, CU_EVENT_DEFAULT))
FORWARD(cudaEventCreateWithFlags, (cudaEvent_t *event, unsigned int flags),
	cuEventCreate(event, flags))
FORWARD(cudaEventRecord, (cudaEvent_t event, cudaStream_t stream), cuEventRecord(event, stream))
FORWARD(cudaEventRecordWithFlags, (cudaEvent_t event, cudaStream_t stream, unsigned int flags),
	cuEventRecordWithFlags(event, stream, flags))
FORWARD(cudaEventQuery, (cudaEvent_t event), cuEventQuery(event))
FORWARD(cudaEventSynchronize, (cudaEvent_t event), cuEventSynchronize(event))
FORWARD(cudaEventDestroy, (cudaEvent_t event), cuEventDestroy(event))
FORWARD_OUT(cudaEventElapsedTime, (float *ms, cudaEvent_t start, cudaEvent_t end), ms,
	    cuEventElapsedTime(ms, start, end))
