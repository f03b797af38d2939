/* SPDX-License-Identifier: MIT */
/*
 * What a synchronous copy of pageable memory has brought to the device is there for a kernel, a copy
 * and a graph on streams that do not wait for the default stream
 *
 * CUDA does not promise it (CUDA Driver API, "API synchronization behavior"), and on an H200 the copy
 * found other bytes natively.  So it does where what is copied travels in a command and the host's own
 * driver copies it: only larger ones are looked at.
 */
#include "check.h"
#include "nvidias.h"

#define WORDS_MAX (1 << 20)
#define WORDS_MIN (16 << 10)	/* more than travels in a command */
#define ROUNDS 40

static __global__ void count_same(const unsigned int *words, unsigned int n, unsigned int first,
				  unsigned int *same)
{
	for (unsigned int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
		if (words[i] == first + i * 2654435761u)
			atomicAdd(same, 1);
}

static unsigned int *host, *back, *dev, *same;
static cudaStream_t apart;

/* The whole, and then one word of it and the last, so that the last copy is a short one */
static unsigned int renew(unsigned int n)
{
	unsigned int first = (unsigned int)rng();

	for (unsigned int i = 0; i < n; i++)
		host[i] = first + i * 2654435761u;
	CUDA(cudaMemcpy(dev, host, n * sizeof(*host), cudaMemcpyHostToDevice));
	if (rng() % 2)
		CUDA(cudaMemcpy(dev + n / 2, host + n / 2, sizeof(*host), cudaMemcpyHostToDevice));
	return first;
}

static void kernel_sees(unsigned int n)
{
	unsigned int first, *counted;

	CUDA(cudaMallocHost((void **)&counted, sizeof(*counted)));
	CUDA(cudaMemset(same, 0, sizeof(*same)));
	CUDA(cudaDeviceSynchronize());
	first = renew(n);
	count_same<<<32, 128, 0, apart>>>(dev, n, first, same);
	CUDA(cudaMemcpyAsync(counted, same, sizeof(*same), cudaMemcpyDeviceToHost, apart));
	CUDA(cudaStreamSynchronize(apart));
	CHECK(*counted == n);
	CUDA(cudaFreeHost(counted));
}

/* So does a launch with attributes, and one while another stream captures. */
static void launch_sees(unsigned int n, bool captures)
{
	cudaLaunchAttribute attribute = { };
	cudaLaunchConfig_t config = { };
	cudaStream_t other;
	cudaGraph_t graph;
	unsigned int first, counted;

	CUDA(cudaStreamCreate(&other));
	CUDA(cudaMemset(same, 0, sizeof(*same)));
	attribute.id = cudaLaunchAttributeClusterDimension;
	attribute.val.clusterDim.x = attribute.val.clusterDim.y = attribute.val.clusterDim.z = 1;
	config.gridDim = dim3(32);
	config.blockDim = dim3(128);
	config.stream = apart;
	config.attrs = &attribute;
	config.numAttrs = captures ? 0 : 1;
	first = renew(n);
	if (captures)
		CUDA(cudaStreamBeginCapture(other, cudaStreamCaptureModeRelaxed));
	CUDA(cudaLaunchKernelEx(&config, count_same, (const unsigned int *)dev, n, first, same));
	if (captures) {
		CUDA(cudaStreamEndCapture(other, &graph));
		CUDA(cudaGraphDestroy(graph));
	}
	CUDA(cudaStreamSynchronize(apart));
	CUDA(cudaMemcpy(&counted, same, sizeof(counted), cudaMemcpyDeviceToHost));
	CHECK(counted == n);
	CUDA(cudaStreamDestroy(other));
}

static void copy_sees(unsigned int n, unsigned int *pinned)
{
	renew(n);
	CUDA(cudaMemcpyAsync(pinned, dev, n * sizeof(*host), cudaMemcpyDeviceToHost, apart));
	CUDA(cudaStreamSynchronize(apart));
	CHECK_SAME(pinned, host, n * sizeof(*host));
}

static void graph_sees(unsigned int n, cudaGraphExec_t exec)
{
	renew(n);
	CUDA(cudaGraphLaunch(exec, apart));
	CUDA(cudaStreamSynchronize(apart));
	CHECK_SAME(back, host, n * sizeof(*host));
}

/* A capture right behind the copy, which must not mind that it is under way */
static void captured_sees(unsigned int n)
{
	cudaStream_t blocking;
	cudaGraphExec_t exec;
	cudaGraph_t graph;

	CUDA(cudaStreamCreate(&blocking));
	renew(n);
	CUDA(cudaStreamBeginCapture(blocking, cudaStreamCaptureModeGlobal));
	CUDA(cudaMemcpyAsync(back, dev, n * sizeof(*host), cudaMemcpyDeviceToHost, blocking));
	CUDA(cudaStreamEndCapture(blocking, &graph));
	CUDA(cudaStreamDestroy(blocking));
	CUDA(cudaGraphInstantiate(&exec, graph, 0));
	CUDA(cudaGraphLaunch(exec, apart));
	CUDA(cudaStreamSynchronize(apart));
	CHECK_SAME(back, host, n * sizeof(*host));
	CUDA(cudaGraphExecDestroy(exec));
	CUDA(cudaGraphDestroy(graph));
}

static cudaGraphExec_t graph_that_reads(void)
{
	cudaGraphExec_t exec;
	cudaGraphNode_t node;
	cudaGraph_t graph;

	CUDA(cudaGraphCreate(&graph, 0));
	CUDA(cudaGraphAddMemcpyNode1D(&node, graph, NULL, 0, back, dev, WORDS_MAX * sizeof(*dev),
				      cudaMemcpyDeviceToHost));
	CUDA(cudaGraphInstantiate(&exec, graph, 0));
	CUDA(cudaGraphDestroy(graph));
	return exec;
}

int main()
{
	unsigned int *pinned;
	cudaGraphExec_t exec;

	CUDA(cudaFree(NULL));
	if (nvidias_driver())
		skip("NVIDIA's library may be back before the bytes are there");

	host = (unsigned int *)malloc(WORDS_MAX * sizeof(*host));
	CUDA(cudaMallocHost((void **)&back, WORDS_MAX * sizeof(*back)));
	CUDA(cudaMallocHost((void **)&pinned, WORDS_MAX * sizeof(*pinned)));
	CUDA(cudaMalloc((void **)&dev, WORDS_MAX * sizeof(*dev)));
	CUDA(cudaMalloc((void **)&same, sizeof(*same)));
	CUDA(cudaStreamCreateWithFlags(&apart, cudaStreamNonBlocking));
	exec = graph_that_reads();
	for (int i = 0; i < ROUNDS; i++) {
		unsigned int n = WORDS_MIN + rng() % ((WORDS_MAX - WORDS_MIN) >> rng() % 20);

		kernel_sees(n);
		launch_sees(WORDS_MAX, i % 2);
		copy_sees(n, pinned);
		graph_sees(n, exec);
		captured_sees(WORDS_MAX);
	}
	CUDA(cudaGraphExecDestroy(exec));
	CUDA(cudaStreamDestroy(apart));
	CUDA(cudaFree(same));
	CUDA(cudaFree(dev));
	CUDA(cudaFreeHost(pinned));
	CUDA(cudaFreeHost(back));
	free(host);
	return finish();
}
