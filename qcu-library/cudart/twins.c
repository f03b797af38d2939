/* SPDX-License-Identifier: MIT */
/*
 * The twins of programs built for a default stream per thread.
 *
 * nvcc --default-stream per-thread renames functions by macro: cudaX_ptsz() means
 * stream 0 to be the calling thread's, and cudaX_ptds(), which takes no stream,
 * works in that stream.  Each is its plain sibling with the stream said aloud;
 * the sibling's type is the twin's, so the compiler checks the rows.
 */
#include "cudart.h"
#include "launch.h"

/* The twin's name, where the sibling's may stand for a numbered one (cudart.h) */
#define TWIN_(name, suffix) name##suffix
#define TWIN(name, suffix)  TWIN_(name, suffix)

#define DECLARE(sibling, twin)                                                                     \
	__attribute__((visibility("default"))) extern __typeof__(sibling) twin;

/* In the stream given, where 0 is the thread's. */
#define STREAM(name, params, args)                                                                 \
	DECLARE(name, TWIN(name, _ptsz))                                                           \
	cudaError_t TWIN(name, _ptsz) params                                                       \
	{                                                                                          \
		return name args;                                                                  \
	}

/* A copy: over when the call returns. */
#define COPY(name, params, call)                                                                   \
	DECLARE(name, name##_ptds)                                                                 \
	cudaError_t name##_ptds params                                                             \
	{                                                                                          \
		cudaError_t error = call;                                                          \
                                                                                                   \
		return error ? error : cudaStreamSynchronize(cudaStreamPerThread);                 \
	}

/* A fill: may be under way when the call returns. */
#define FILL(name, params, call)                                                                   \
	DECLARE(name, name##_ptds)                                                                 \
	cudaError_t name##_ptds params                                                             \
	{                                                                                          \
		return call;                                                                       \
	}

#include "twins.def"

DECLARE(cudaLaunchKernelExC, cudaLaunchKernelExC_ptsz)
cudaError_t cudaLaunchKernelExC_ptsz(const cudaLaunchConfig_t *config, const void *func,
				     void **args)
{
	cudaLaunchConfig_t threads;

	if (!config)
		return error_set(cudaErrorInvalidValue);
	threads = *config;
	threads.stream = PER_THREAD(threads.stream);
	return cudaLaunchKernelExC(&threads, func, args);
}

/* Instantiates, and uploads in the stream of the parameters if they say so. */
DECLARE(cudaGraphInstantiateWithParams, cudaGraphInstantiateWithParams_ptsz)
cudaError_t cudaGraphInstantiateWithParams_ptsz(cudaGraphExec_t *exec, cudaGraph_t graph,
						cudaGraphInstantiateParams *params)
{
	cudaGraphInstantiateParams threads;
	cudaError_t error;

	if (!params)
		return cudaGraphInstantiateWithParams(exec, graph, NULL);
	threads = *params;
	threads.uploadStream = PER_THREAD(threads.uploadStream);
	error = cudaGraphInstantiateWithParams(exec, graph, &threads);
	params->errNode_out = threads.errNode_out;
	params->result_out = threads.result_out;
	return error;
}

/* Programs built so want the driver's twins too, unless they say otherwise. */
static unsigned long long entry_flags(unsigned long long flags)
{
	return flags == cudaEnableDefault ? cudaEnablePerThreadDefaultStream : flags;
}

DECLARE(cudaGetDriverEntryPoint, cudaGetDriverEntryPoint_ptsz)
cudaError_t cudaGetDriverEntryPoint_ptsz(const char *symbol, void **funcPtr,
					 unsigned long long flags,
					 enum cudaDriverEntryPointQueryResult *driverStatus)
{
	return cudaGetDriverEntryPoint(symbol, funcPtr, entry_flags(flags), driverStatus);
}

#if CUDART_VERSION >= 12050
DECLARE(cudaGetDriverEntryPointByVersion, cudaGetDriverEntryPointByVersion_ptsz)
cudaError_t cudaGetDriverEntryPointByVersion_ptsz(const char *symbol, void **funcPtr,
						  unsigned int cudaVersion,
						  unsigned long long flags,
						  enum cudaDriverEntryPointQueryResult *status)
{
	return cudaGetDriverEntryPointByVersion(symbol, funcPtr, cudaVersion, entry_flags(flags),
						status);
}
#endif
