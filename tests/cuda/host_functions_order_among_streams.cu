/* SPDX-License-Identifier: MIT */
/* Events and the default stream order host functions of different streams */
#include "check.h"

#define ROUNDS 30

static char order[8 * ROUNDS];
static int length;

static void CUDART_CB note(void *data)
{
	order[length++] = *(const char *)data;
}

static void CUDART_CB note_late(void *data)
{
	usleep(2000);
	note(data);
}

int main()
{
	char a = 'a', b = 'b', d = 'd', z = 'z';
	cudaStream_t first, second;
	cudaEvent_t event;

	CUDA(cudaStreamCreate(&first));
	CUDA(cudaStreamCreate(&second));
	CUDA(cudaEventCreateWithFlags(&event, cudaEventDisableTiming));
	for (int i = 0; i < ROUNDS; i++) {
		CUDA(cudaLaunchHostFunc(first, note_late, &a));
		CUDA(cudaEventRecord(event, first));
		CUDA(cudaStreamWaitEvent(second, event, 0));
		CUDA(cudaLaunchHostFunc(second, note, &b));
		/* The legacy default stream waits for both, and both for it. */
		CUDA(cudaLaunchHostFunc(0, note_late, &d));
		CUDA(cudaLaunchHostFunc(first, note, &z));
	}
	CUDA(cudaDeviceSynchronize());
	CHECK(length == 4 * ROUNDS);
	for (int i = 0; i < ROUNDS; i++)
		CHECK(!memcmp(order + 4 * i, "abdz", 4));
	puts(order);
	CUDA(cudaEventDestroy(event));
	CUDA(cudaStreamDestroy(first));
	CUDA(cudaStreamDestroy(second));
	return finish();
}
