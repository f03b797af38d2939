/* SPDX-License-Identifier: MIT */
/* A user object lives until the program and all graphs have let it go */
#include <time.h>

#include "graph.h"

static void CUDA_CB destroyed(void *data)
{
	__atomic_store_n((int *)data, 1, __ATOMIC_RELEASE);
}

/* is_destroyed() - it happens on another thread, soon */
static int is_destroyed(int *flag)
{
	const struct timespec pause = { .tv_nsec = 10000000 };

	for (int i = 0; i < 1000; i++) {
		if (__atomic_load_n(flag, __ATOMIC_ACQUIRE))
			return 1;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int main(void)
{
	const unsigned flags = CU_USER_OBJECT_NO_DESTRUCTOR_SYNC;
	int one = 0, two = 0;
	CUuserObject object;
	CUgraphExec exec;
	CUgraph graph, clone;

	graph_begin();
	puts("counts");
	CU(cuUserObjectCreate(&object, &one, destroyed, 2, flags));
	CU(cuUserObjectRetain(object, 3));
	CU(cuUserObjectRelease(object, 4));
	CHECK(!__atomic_load_n(&one, __ATOMIC_ACQUIRE));
	CU(cuUserObjectRelease(object, 1));
	CHECK(is_destroyed(&one));

	puts("graphs");
	CU(cuGraphCreate(&graph, 0));
	graph_add_step(graph, NULL, 0, 1);
	CU(cuUserObjectCreate(&object, &two, destroyed, 1, flags));
	CU(cuGraphRetainUserObject(graph, object, 1, CU_GRAPH_USER_OBJECT_MOVE));
	CU(cuGraphClone(&clone, graph));
	CU(cuGraphInstantiate(&exec, graph, 0));
	CU(cuGraphDestroy(graph));
	CU(cuGraphDestroy(clone));
	CU(cuGraphLaunch(exec, graph_stream));
	CHECK(graph_value() == 1);
	CHECK(!__atomic_load_n(&two, __ATOMIC_ACQUIRE));
	CU(cuGraphExecDestroy(exec));
	CHECK(is_destroyed(&two));

	puts("errors");
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuUserObjectCreate(NULL, &one, destroyed, 1, flags));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuUserObjectCreate(&object, &one, destroyed, 1, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuUserObjectCreate(&object, &one, NULL, 1, flags));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuUserObjectCreate(&object, &one, destroyed, 0, flags));
	CU(cuGraphCreate(&graph, 0));
	one = 0;
	CU(cuUserObjectCreate(&object, &one, destroyed, 1, flags));
	CU(cuGraphRetainUserObject(graph, object, 2, 0));
	CU(cuGraphReleaseUserObject(graph, object, 1));
	CU(cuUserObjectRelease(object, 1));
	CHECK(!__atomic_load_n(&one, __ATOMIC_ACQUIRE));
	CU(cuGraphReleaseUserObject(graph, object, 1));
	CHECK(is_destroyed(&one));
	CU(cuGraphDestroy(graph));
	return finish();
}
