/* SPDX-License-Identifier: MIT */
/* 100,000 events at once: creating, recording, asking and destroying one costs what it did with few */
#include "growth.h"

#define EVENTS 100000

static cudaEvent_t events[EVENTS];
static cudaStream_t stream;

static void create(int i)
{
	CUDA(cudaEventCreateWithFlags(&events[i], i % 2 ? cudaEventDisableTiming : cudaEventDefault));
}

static void record(int i)
{
	CUDA(cudaEventRecord(events[i], stream));
}

static void wait_for(int i)
{
	CUDA(cudaStreamWaitEvent(stream, events[i], 0));
}

static void query(int i)
{
	CUDA(cudaEventQuery(events[i]));
}

static void destroy(int i)
{
	CUDA(cudaEventDestroy(events[i]));
}

int main(void)
{
	growth_begin();
	CUDA(cudaStreamCreate(&stream));
	growth_of("events created", EVENTS, create);
	growth_of("events recorded", EVENTS, record);
	growth_of("events waited for", EVENTS, wait_for);
	CUDA(cudaStreamSynchronize(stream));
	growth_of("events asked for", EVENTS, query);
	growth_of("events destroyed", EVENTS, destroy);
	CUDA(cudaStreamDestroy(stream));
	growth_end();
	return finish();
}
