/* SPDX-License-Identifier: MIT */
/*
 * A process forks while its threads use CUDA: each child gets errors, frees what it inherited, and
 * exits, destructors included; the parent goes on
 */
#include <pthread.h>
#include <sys/wait.h>
#include "check.h"
#include "nvidias.h"

#define CHILDREN 100
#define THREADS 4

__global__ void add(unsigned int *p)
{
	atomicAdd(p, 1);
}

/* What a global object does at the end of whichever process it is in */
static struct object {
	unsigned int *memory;

	~object()
	{
		if (memory)
			cudaFree(memory);
	}
} object;

static volatile bool stop;
static unsigned int rounds[THREADS];

static void *work(void *argument)
{
	unsigned int *mine = (unsigned int *)argument, sum;
	unsigned int *dev;
	cudaStream_t stream;
	CUdeviceptr other;
	cudaEvent_t event;
	void *host;

	CUDA(cudaMalloc(&dev, sizeof(*dev)));
	CUDA(cudaMemset(dev, 0, sizeof(*dev)));
	do {
		CUDA(cudaStreamCreate(&stream));
		CUDA(cudaEventCreate(&event));
		CUDA(cudaMallocHost(&host, 4096));
		CU(cuMemAlloc(&other, 4096));
		add<<<1, 32, 0, stream>>>(dev);
		CUDA(cudaEventRecord(event, stream));
		CUDA(cudaStreamSynchronize(stream));
		CU(cuMemFree(other));
		CUDA(cudaFreeHost(host));
		CUDA(cudaEventDestroy(event));
		CUDA(cudaStreamDestroy(stream));
		++*mine;
	} while (!stop);
	CUDA(cudaMemcpy(&sum, dev, sizeof(sum), cudaMemcpyDeviceToHost));
	CHECK(sum == *mine * 32);
	CUDA(cudaFree(dev));
	return NULL;
}

/* Whatever another thread was about to do, nothing here waits for it. */
static int child(CUstream stream, CUevent event, void *host)
{
	unsigned int *p;
	CUdeviceptr dev;
	CUgraph graph;
	int failures = 0;

	alarm(20);
	failures += cudaMalloc(&p, 4) != cudaErrorInitializationError;
	failures += cuMemAlloc(&dev, 4) == CUDA_SUCCESS;
	failures += cuStreamDestroy(stream) == CUDA_SUCCESS;
	failures += cuEventDestroy(event) == CUDA_SUCCESS;
	failures += cuMemFree((CUdeviceptr)object.memory) == CUDA_SUCCESS;
	failures += cuMemFreeHost(host) == CUDA_SUCCESS;
	failures += cuGraphCreate(&graph, 0) == CUDA_SUCCESS;
	failures += cuCtxSynchronize() == CUDA_SUCCESS;
	return failures;
}

int main()
{
	pthread_t threads[THREADS];
	cudaStream_t stream;
	cudaEvent_t event;
	void *host;
	int status;

	CUDA(cudaMalloc(&object.memory, 4096));
	if (nvidias_driver())
		skip("a child of NVIDIA's library may hang: on an H200 the first did");
	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaEventCreate(&event));
	CUDA(cudaMallocHost(&host, 4096));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, work, &rounds[i]));
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid;

		fflush(NULL);
		pid = fork();
		if (!pid)
			exit(child(stream, event, host));
		CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			fprintf(stderr, "child %d: status %#x\n", i, status);
		CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
		CUDA(cudaMemset(object.memory, i, 4096));
	}
	stop = true;
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CUDA(cudaEventDestroy(event));
	CUDA(cudaStreamDestroy(stream));
	CUDA(cudaFreeHost(host));
	printf("%d children, and the parent went on\n", CHILDREN);
	return finish();
}
