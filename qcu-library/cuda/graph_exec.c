/* SPDX-License-Identifier: MIT */
/*
 * graph_exec.c - executables of graphs: made, updated, launched
 *
 * Faces qcu-device/worker/graph.c.  A launch is posted and nobody waits, like that of
 * a kernel.  Only a graph that allocates memory may be launched at the wrong time
 * (while its memory is still allocated), and then the launch itself says so.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/graph.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/loan.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/stream.h"

/* The data of an executable's handle */
struct exec {
	struct holds holds;	/* under lock */
	bool allocates;
	_Atomic bool launched;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void exec_destroy(void *p)
{
	struct exec *exec = p;

	holds_bury(&exec->holds, atomic_load(&exec->launched));
	free(exec);
}

static struct exec *exec_of(uint64_t handle)
{
	return handle_find(KIND_CUgraphExec, handle);
}

CUresult exec_keep(uint64_t handle, struct holds *holds)
{
	struct exec *exec = exec_of(handle);
	CUresult rc = CUDA_SUCCESS;

	pthread_mutex_lock(&lock);
	if (exec)
		rc = holds_copy(&exec->holds, holds);
	pthread_mutex_unlock(&lock);
	holds_clear(holds);
	return rc;
}

CUresult exec_keep_as(uint64_t exec, uint64_t graph)
{
	struct holds holds = { 0 };
	CUresult rc = graph_holds(graph, &holds);

	return rc == CUDA_SUCCESS ? exec_keep(exec, &holds) : rc;
}

/* The executable's data, with all that its graph uses */
static CUresult remember(uint64_t handle, uint64_t graph, bool allocates)
{
	struct exec *exec = calloc(1, sizeof(*exec));
	CUresult rc = exec ? graph_holds(graph, &exec->holds) : CUDA_ERROR_OUT_OF_MEMORY;

	if (rc != CUDA_SUCCESS) {
		free(exec);
		return rc;
	}
	exec->allocates = allocates;
	if (handle_set_data(handle, exec, exec_destroy) != exec)
		exec_destroy(exec);
	return CUDA_SUCCESS;
}

static CUresult instantiate(CUgraphExec *exec, CUgraph graph, uint64_t flags, CUstream upload,
			    struct wire_instantiated *info)
{
	struct loan loan;
	CUgraphExec made;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !exec)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = loan_init(&loan, KIND_CUgraphNode, (uint64_t)graph, 1);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_graph_instantiate(&made, graph, flags, upload, loan.names[0], info);
	loan_finish(&loan, rc == CUDA_SUCCESS ? info->used : 0);
	if (rc != CUDA_SUCCESS)
		return rc;
	/* The command succeeds also when the driver did not, to say why. */
	if (info->result == CUDA_SUCCESS)
		info->result = remember((uint64_t)made, (uint64_t)graph, info->allocates);
	if (info->result == CUDA_SUCCESS)
		*exec = made;
	else
		handle_drop((uint64_t)made);
	return (CUresult)info->result;
}

CUresult CUDAAPI cuGraphInstantiateWithFlags(CUgraphExec *phGraphExec, CUgraph hGraph,
					     unsigned long long flags)
{
	struct wire_instantiated info = { 0 };

	/* Those that need a stream are for cuGraphInstantiateWithParams(). */
	if (flags & CUDA_GRAPH_INSTANTIATE_FLAG_UPLOAD)
		return CUDA_ERROR_INVALID_VALUE;
	return instantiate(phGraphExec, hGraph, flags, NULL, &info);
}

CUresult CUDAAPI cuGraphInstantiateWithParams(CUgraphExec *phGraphExec, CUgraph hGraph,
					      CUDA_GRAPH_INSTANTIATE_PARAMS *instantiateParams)
{
	CUDA_GRAPH_INSTANTIATE_PARAMS *params = instantiateParams;
	struct wire_instantiated info = { 0 };
	CUresult rc;

	if (!params)
		return CUDA_ERROR_INVALID_VALUE;
	rc = instantiate(phGraphExec, hGraph, params->flags, params->hUploadStream, &info);
	params->result_out = (CUgraphInstantiateResult)info.why;
	if (rc != CUDA_SUCCESS && !info.why)
		params->result_out = CUDA_GRAPH_INSTANTIATE_ERROR;
	params->hErrNode_out = (CUgraphNode)info.error_node;
	return rc;
}

CUresult CUDAAPI cuGraphExecDestroy(CUgraphExec hGraphExec)
{
	CUresult rc = send_cuGraphExecDestroy(hGraphExec);

	holds_sweep();
	return rc;
}

CUresult CUDAAPI cuGraphExecUpdate_v2(CUgraphExec hGraphExec, CUgraph hGraph,
				      CUgraphExecUpdateResultInfo *resultInfo)
{
	struct wire_updated info = { 0 };
	struct loan loan;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && !resultInfo)
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = loan_init(&loan, KIND_CUgraphNode, (uint64_t)hGraph, 2);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = send_graph_update(hGraphExec, hGraph, loan.n, loan.names, &info);
	loan_finish(&loan, rc == CUDA_SUCCESS ? info.used : 0);
	if (rc != CUDA_SUCCESS)
		return rc;
	*resultInfo = (CUgraphExecUpdateResultInfo){
		.result = (CUgraphExecUpdateResult)info.why,
		.errorNode = (CUgraphNode)info.error_node,
		.errorFromNode = (CUgraphNode)info.error_from_node,
	};
	if (info.result != CUDA_SUCCESS)
		return (CUresult)info.result;
	return exec_keep_as((uint64_t)hGraphExec, (uint64_t)hGraph);
}

CUresult CUDAAPI cuGraphLaunch(CUgraphExec hGraphExec, CUstream hStream)
{
	struct exec *exec;
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS)
		rc = stream_check(hStream);
	if (rc != CUDA_SUCCESS)
		return rc;
	exec = exec_of((uint64_t)hGraphExec);
	if (!exec)
		return CUDA_ERROR_INVALID_VALUE;
	atomic_store_explicit(&exec->launched, true, memory_order_relaxed);
	return exec->allocates ? send_graph_launch_checked(hGraphExec, hStream) :
				 send_cuGraphLaunch(hGraphExec, hStream);
}
