/* SPDX-License-Identifier: MIT */
/* Cooperative launches are captured, and their grids synchronise in the graph */
#include <cooperative_groups.h>

#include "check.h"

namespace cg = cooperative_groups;

#define BLOCKS	6
#define THREADS	64
#define ROUNDS	3

/* Each block adds up what all blocks have written, ROUNDS times over */
__global__ void mix(unsigned *values, unsigned short salt, unsigned long long factor)
{
	cg::grid_group grid = cg::this_grid();
	unsigned sum;

	if (!grid.is_valid())
		return;
	for (int round = 0; round < ROUNDS; round++) {
		sum = salt;
		for (unsigned i = 0; i < gridDim.x; i++)
			sum += values[i] * (unsigned)factor;
		grid.sync();
		if (!threadIdx.x)
			values[blockIdx.x] = sum + blockIdx.x;
		grid.sync();
	}
}

static unsigned *values;
static unsigned short salt;
static unsigned long long factor;

static void mix_here(unsigned *words)
{
	for (int round = 0; round < ROUNDS; round++) {
		unsigned sum = salt;

		for (unsigned i = 0; i < BLOCKS; i++)
			sum += words[i] * (unsigned)factor;
		for (unsigned i = 0; i < BLOCKS; i++)
			words[i] = sum + i;
	}
}

static void launch(cudaStream_t stream, bool by_attributes)
{
	void *params[] = { &values, &salt, &factor };
	cudaLaunchAttribute attributes[2] = {};
	cudaLaunchConfig_t config = {};
	int lowest, highest;

	if (!by_attributes) {
		CUDA(cudaLaunchCooperativeKernel((const void *)mix, BLOCKS, THREADS, params, 0, stream));
		return;
	}
	CUDA(cudaDeviceGetStreamPriorityRange(&lowest, &highest));
	attributes[0].id = cudaLaunchAttributePriority;
	attributes[0].val.priority = highest;
	attributes[1].id = cudaLaunchAttributeCooperative;
	attributes[1].val.cooperative = 1;
	config.gridDim = BLOCKS;
	config.blockDim = THREADS;
	config.stream = stream;
	config.attrs = attributes;
	config.numAttrs = 2;
	CUDA(cudaLaunchKernelEx(&config, mix, values, salt, factor));
}

static void check(bool by_attributes)
{
	unsigned before[BLOCKS], got[BLOCKS];
	cudaStream_t stream;
	cudaGraph_t graph;
	cudaGraphExec_t exec;

	for (unsigned &x : before)
		x = (unsigned)rng();
	salt = (unsigned short)rng();
	factor = rng();
	CUDA(cudaMemcpy(values, before, sizeof(before), cudaMemcpyHostToDevice));
	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
	launch(stream, by_attributes);
	CUDA(cudaStreamEndCapture(stream, &graph));
	CUDA(cudaGraphInstantiate(&exec, graph, 0));
	for (int i = 0; i < 2; i++) {
		CUDA(cudaGraphLaunch(exec, stream));
		mix_here(before);
	}
	CUDA(cudaStreamSynchronize(stream));
	CUDA(cudaMemcpy(got, values, sizeof(got), cudaMemcpyDeviceToHost));
	CHECK_SAME(got, before, sizeof(got));
	CUDA(cudaGraphExecDestroy(exec));
	CUDA(cudaGraphDestroy(graph));
	CUDA(cudaStreamDestroy(stream));
}

int main()
{
	CUDA(cudaMalloc((void **)&values, BLOCKS * sizeof(*values)));
	check(false);
	check(true);
	CUDA(cudaFree(values));
	return finish();
}
