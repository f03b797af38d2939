/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* Conditional nodes: kernels set what an IF, a WHILE and a SWITCH node read */
#include "check.h"

__global__ void set(cudaGraphConditionalHandle handle, const unsigned *value)
{
	cudaGraphSetConditional(handle, *value);
}

__global__ void count_down(cudaGraphConditionalHandle handle, unsigned *left, unsigned *sum)
{
	*sum += *left;
	cudaGraphSetConditional(handle, --*left);
}

__global__ void step(unsigned *p, unsigned x)
{
	*p = *p * 10 + x;
}

static unsigned *values;	/* [0] decides, [1] is what bodies do, [2] is added to */
static cudaStream_t stream;
static cudaGraph_t *bodies;

/* add_kernel() - behind @after, if that is not NULL */
static cudaGraphNode_t add_kernel(cudaGraph_t graph, const cudaGraphNode_t *after, void *function,
				  void **args)
{
	cudaKernelNodeParams params = {};
	cudaGraphNode_t node;

	params.func = function;
	params.gridDim = params.blockDim = dim3(1);
	params.kernelParams = args;
	CUDA(cudaGraphAddKernelNode(&node, graph, after, after != NULL, &params));
	return node;
}

static void add_step(cudaGraph_t graph, const cudaGraphNode_t *after, unsigned x)
{
	unsigned *word = &values[1];
	void *args[] = { &word, &x };

	add_kernel(graph, after, (void *)step, args);
}

/* add_conditional() - and bodies to be filled */
static cudaGraphNode_t add_conditional(cudaGraph_t graph, const cudaGraphNode_t *after,
				       cudaGraphConditionalHandle handle,
				       cudaGraphConditionalNodeType type, unsigned size)
{
	cudaGraphNodeParams params = {};
	cudaGraphNode_t node;

	params.type = cudaGraphNodeTypeConditional;
	params.conditional.handle = handle;
	params.conditional.type = type;
	params.conditional.size = size;
	CUDA(cudaGraphAddNode(&node, graph, after, NULL, after != NULL, &params));
	bodies = params.conditional.phGraph_out;
	return node;
}

static unsigned launch(cudaGraphExec_t exec, unsigned decides)
{
	unsigned host[3] = { decides, 0, 0 };

	CUDA(cudaMemcpyAsync(values, host, sizeof(host), cudaMemcpyHostToDevice, stream));
	CUDA(cudaGraphLaunch(exec, stream));
	CUDA(cudaMemcpyAsync(host, values, sizeof(host), cudaMemcpyDeviceToHost, stream));
	CUDA(cudaStreamSynchronize(stream));
	printf("%u: decides %u, steps %u, sum %u\n", decides, host[0], host[1], host[2]);
	return host[1];
}

/* try_choice() - IF or SWITCH: which body runs? */
static void try_choice(cudaGraphConditionalNodeType type, unsigned size, unsigned most)
{
	cudaGraphConditionalHandle handle;
	cudaGraphExec_t exec;
	cudaGraph_t graph;

	CUDA(cudaGraphCreate(&graph, 0));
	CUDA(cudaGraphConditionalHandleCreate(&handle, graph, 0, 0));
	void *args[] = { &handle, &values };
	cudaGraphNode_t node = add_kernel(graph, NULL, (void *)set, args);
	node = add_conditional(graph, &node, handle, type, size);
	for (unsigned i = 0; i < size; i++)
		add_step(bodies[i], NULL, i + 1);
	add_step(graph, &node, 9);
	CUDA(cudaGraphInstantiate(&exec, graph, 0));
	for (unsigned value = 0; value <= most; value++) {
		unsigned body = type == cudaGraphCondTypeSwitch ? value : !value;

		CHECK(launch(exec, value) == (body < size ? (body + 1) * 10 + 9 : 9));
	}
	CUDA(cudaGraphExecDestroy(exec));
	CUDA(cudaGraphDestroy(graph));
}

/* try_while() - with the default the loop is entered; it leaves when the body says so */
static void try_while(void)
{
	cudaGraphConditionalHandle handle;
	cudaGraphExec_t exec;
	cudaGraph_t graph;
	unsigned *sum = &values[2];

	CUDA(cudaGraphCreate(&graph, 0));
	CUDA(cudaGraphConditionalHandleCreate(&handle, graph, 1, cudaGraphCondAssignDefault));
	cudaGraphNode_t node = add_conditional(graph, NULL, handle, cudaGraphCondTypeWhile, 1);
	void *args[] = { &handle, &values, &sum };
	add_kernel(bodies[0], NULL, (void *)count_down, args);
	add_step(graph, &node, 5);
	CUDA(cudaGraphInstantiate(&exec, graph, 0));
	for (unsigned n = 1; n <= 10; n += 3)
		CHECK(launch(exec, n) == 5);
	CUDA(cudaGraphExecDestroy(exec));
	CUDA(cudaGraphDestroy(graph));
}

static void try_errors(void)
{
	cudaGraphNodeParams params = {};
	cudaGraphConditionalHandle handle;
	cudaGraphNode_t node;
	cudaGraph_t graph;

	CUDA(cudaGraphCreate(&graph, 0));
	CUDA(cudaGraphConditionalHandleCreate(&handle, graph, 0, 0));
	params.type = cudaGraphNodeTypeConditional;
	params.conditional.handle = handle;
	params.conditional.type = cudaGraphCondTypeWhile;
	params.conditional.size = 2;
	EXPECT(cudaErrorInvalidValue, cudaGraphAddNode(&node, graph, NULL, NULL, 0, &params));
	cudaGetLastError();
	CUDA(cudaGraphDestroy(graph));
}

int main()
{
	cudaGraph_t graph;

	NEEDS(cudaGraphCreate(&graph, 0));
	CUDA(cudaGraphDestroy(graph));
	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMalloc(&values, 3 * sizeof(*values)));
	try_choice(cudaGraphCondTypeIf, 1, 2);
	try_choice(cudaGraphCondTypeIf, 2, 2);
	try_choice(cudaGraphCondTypeSwitch, 4, 5);
	try_while();
	try_errors();
	CUDA(cudaFree(values));
	CUDA(cudaStreamDestroy(stream));
	return finish();
}
