/* SPDX-License-Identifier: MIT */
/*
 * The runtime's graphs: which nodes there are and what they wait for, clones, children, events,
 * memory that lives in a graph, objects that a graph keeps, and what is asked of executables
 */
#include "check.h"

static void CUDART_CB add_one(void *data)
{
	++*(unsigned *)data;
}

static cudaGraphNode_t host_node(cudaGraph_t graph, const cudaGraphNode_t *after, size_t n,
				 unsigned *counter)
{
	struct cudaHostNodeParams host = { add_one, counter };
	cudaGraphNode_t node;

	CUDA(cudaGraphAddHostNode(&node, graph, after, n, &host));
	return node;
}

static void run(cudaGraph_t graph)
{
	cudaGraphExec_t exec;

	CUDA(cudaGraphInstantiate(&exec, graph, 0));
	CUDA(cudaGraphLaunch(exec, 0));
	CUDA(cudaDeviceSynchronize());
	CUDA(cudaGraphExecDestroy(exec));
}

static void edges(void)
{
	cudaGraphNode_t empty[4], from[8], to[8], found;
	size_t n = 8;
	cudaGraph_t graph, clone;

	CUDA(cudaGraphCreate(&graph, 0));
	for (int i = 0; i < 4; i++)
		CUDA(cudaGraphAddEmptyNode(&empty[i], graph, NULL, 0));
	from[0] = from[1] = empty[0];
	to[0] = empty[1];
	to[1] = empty[2];
	CUDA(cudaGraphAddDependencies(graph, from, to, NULL, 2));
	from[0] = empty[2];
	to[0] = empty[3];
	CUDA(cudaGraphAddDependencies(graph, from, to, NULL, 1));
	CUDA(cudaGraphGetEdges(graph, NULL, NULL, NULL, &n));
	CHECK(n == 3);
	CUDA(cudaGraphGetRootNodes(graph, from, &n));
	CHECK(n == 1 && from[0] == empty[0]);
	n = 8;
	CUDA(cudaGraphNodeGetDependencies(empty[3], from, NULL, &n));
	CHECK(n == 1 && from[0] == empty[2]);
	n = 8;
	CUDA(cudaGraphNodeGetDependentNodes(empty[0], to, NULL, &n));
	CHECK(n == 2);
	CUDA(cudaGraphClone(&clone, graph));
	CUDA(cudaGraphNodeFindInClone(&found, empty[2], clone));
	CHECK(found && found != empty[2]);
	CUDA(cudaGraphDestroyNode(found));
	n = 8;
	CUDA(cudaGraphGetNodes(clone, NULL, &n));
	CHECK(n == 3);
	from[0] = empty[0];
	to[0] = empty[1];
	CUDA(cudaGraphRemoveDependencies(graph, from, to, NULL, 1));
	CUDA(cudaGraphGetRootNodes(graph, NULL, &n));
	CHECK(n == 2);
	EXPECT(cudaErrorInvalidValue, cudaGraphRemoveDependencies(graph, from, to, NULL, 1));
	cudaGetLastError();
	CUDA(cudaGraphDestroy(clone));
	CUDA(cudaGraphDestroy(graph));
}

static void children(void)
{
	unsigned inner = 0, outer = 0;
	cudaGraph_t graph, child, embedded;
	cudaGraphNode_t node, in_child, after;
	cudaGraphExec_t exec;
	char file[] = "/tmp/graph_runtime_XXXXXX", line[200] = "";
	int fd = mkstemp(file);
	FILE *dot;
	size_t n;

	CHECK(fd >= 0);
	CUDA(cudaGraphCreate(&child, 0));
	in_child = host_node(child, NULL, 0, &inner);
	CUDA(cudaGraphCreate(&graph, 0));
	CUDA(cudaGraphAddChildGraphNode(&node, graph, NULL, 0, child));
	after = host_node(graph, &node, 1, &outer);
	CUDA(cudaGraphChildGraphNodeGetGraph(node, &embedded));
	CHECK(embedded != child);
	CUDA(cudaGraphGetNodes(embedded, NULL, &n));
	CHECK(n == 1);
	run(graph);
	CHECK(inner == 1 && outer == 1);
	/* What the executable's child does is taken from a graph of the same shape */
	CUDA(cudaGraphInstantiate(&exec, graph, 0));
	CUDA(cudaGraphHostNodeSetParams(in_child, &(struct cudaHostNodeParams){ add_one, &outer }));
	CUDA(cudaGraphExecChildGraphNodeSetParams(exec, node, child));
	CUDA(cudaGraphLaunch(exec, 0));
	CUDA(cudaDeviceSynchronize());
	CHECK(inner == 1 && outer == 3);
	/* Only kernels, copies and fills can be switched off */
	{
		unsigned int enabled = 0;

		CHECK(cudaGraphNodeGetEnabled(exec, after, &enabled) != cudaSuccess);
		cudaGetLastError();
	}
	CUDA(cudaGraphDebugDotPrint(graph, file, 0));
	dot = fdopen(fd, "r");
	CHECK(dot && fgets(line, sizeof(line), dot) && strstr(line, "digraph"));
	fclose(dot);
	unlink(file);
	CUDA(cudaGraphExecDestroy(exec));
	CUDA(cudaGraphDestroy(graph));
	CUDA(cudaGraphDestroy(child));
}

static void events(void)
{
	cudaGraphNode_t record, wait;
	cudaEvent_t first, second, said;
	cudaGraphExec_t exec;
	cudaGraph_t graph;

	CUDA(cudaEventCreateWithFlags(&first, cudaEventDisableTiming));
	CUDA(cudaEventCreateWithFlags(&second, cudaEventDisableTiming));
	CUDA(cudaGraphCreate(&graph, 0));
	CUDA(cudaGraphAddEventRecordNode(&record, graph, NULL, 0, first));
	CUDA(cudaGraphAddEventWaitNode(&wait, graph, &record, 1, first));
	CUDA(cudaGraphEventRecordNodeGetEvent(record, &said));
	CHECK(said == first);
	CUDA(cudaGraphEventWaitNodeGetEvent(wait, &said));
	CHECK(said == first);
	CUDA(cudaGraphEventRecordNodeSetEvent(record, second));
	CUDA(cudaGraphEventWaitNodeSetEvent(wait, second));
	CUDA(cudaGraphEventRecordNodeGetEvent(record, &said));
	CHECK(said == second);
	CUDA(cudaGraphInstantiate(&exec, graph, 0));
	CUDA(cudaGraphExecEventRecordNodeSetEvent(exec, record, first));
	CUDA(cudaGraphExecEventWaitNodeSetEvent(exec, wait, first));
	CUDA(cudaGraphUpload(exec, 0));
	CUDA(cudaGraphLaunch(exec, 0));
	CUDA(cudaEventSynchronize(first));
	CUDA(cudaEventRecordWithFlags(second, 0, cudaEventRecordDefault));
	CUDA(cudaEventSynchronize(second));
	CUDA(cudaGraphExecDestroy(exec));
	CUDA(cudaGraphDestroy(graph));
	CUDA(cudaEventDestroy(first));
	CUDA(cudaEventDestroy(second));
}

static void memory(void)
{
	struct cudaMemAllocNodeParams alloc = {
		.poolProps = { .allocType = cudaMemAllocationTypePinned,
			       .location = { cudaMemLocationTypeDevice, 0 } },
		.bytesize = 1 << 20,
	}, said;
	struct cudaMemsetParams fill = { .value = 0x5a, .elementSize = 1, .width = 1000, .height = 1 };
	cudaGraphNode_t allocate, set, get, give_back;
	uint64_t used = 1, high = 0, zero = 0;
	unsigned char got[1000];
	cudaGraph_t graph;
	void *freed;

	CUDA(cudaGraphCreate(&graph, 0));
	CUDA(cudaGraphAddMemAllocNode(&allocate, graph, NULL, 0, &alloc));
	fill.dst = alloc.dptr;
	CUDA(cudaGraphAddMemsetNode(&set, graph, &allocate, 1, &fill));
	CUDA(cudaGraphAddMemcpyNode1D(&get, graph, &set, 1, got, alloc.dptr, sizeof(got),
				      cudaMemcpyDeviceToHost));
	CUDA(cudaGraphAddMemFreeNode(&give_back, graph, &get, 1, alloc.dptr));
	CUDA(cudaGraphMemAllocNodeGetParams(allocate, &said));
	CHECK(said.dptr == alloc.dptr && said.bytesize == alloc.bytesize);
	CUDA(cudaGraphMemFreeNodeGetParams(give_back, &freed));
	CHECK(freed == alloc.dptr);
	run(graph);
	for (size_t i = 0; i < sizeof(got); i++)
		CHECK(got[i] == 0x5a);
	CUDA(cudaDeviceGetGraphMemAttribute(0, cudaGraphMemAttrUsedMemHigh, &high));
	CHECK(high >= alloc.bytesize);
	CUDA(cudaDeviceSetGraphMemAttribute(0, cudaGraphMemAttrUsedMemHigh, &zero));
	CUDA(cudaGraphDestroy(graph));
	CUDA(cudaDeviceGraphMemTrim(0));
	CUDA(cudaDeviceGetGraphMemAttribute(0, cudaGraphMemAttrUsedMemCurrent, &used));
	CHECK(used <= high);
}

static void objects(void)
{
	unsigned destroyed = 0;
	cudaUserObject_t object;
	cudaGraph_t graph;

	CUDA(cudaUserObjectCreate(&object, &destroyed, add_one, 1, cudaUserObjectNoDestructorSync));
	CUDA(cudaUserObjectRetain(object, 2));
	CUDA(cudaGraphCreate(&graph, 0));
	CUDA(cudaGraphRetainUserObject(graph, object, 2, 0));
	CUDA(cudaGraphReleaseUserObject(graph, object, 1));
	CUDA(cudaUserObjectRelease(object, 3));
	CHECK(!__atomic_load_n(&destroyed, __ATOMIC_ACQUIRE));
	CUDA(cudaGraphDestroy(graph));
	for (int i = 0; i < 1000 && !__atomic_load_n(&destroyed, __ATOMIC_ACQUIRE); i++)
		usleep(10000);
	CHECK(__atomic_load_n(&destroyed, __ATOMIC_ACQUIRE) == 1);
	EXPECT(cudaErrorInvalidValue, cudaUserObjectCreate(NULL, &destroyed, add_one, 1,
							   cudaUserObjectNoDestructorSync));
	cudaGetLastError();
}

static void executables(void)
{
	struct cudaMemsetParams fill = { .value = 1, .elementSize = 4, .width = 100, .height = 1 };
	cudaGraphInstantiateParams params = { .flags = cudaGraphInstantiateFlagUpload };
	cudaGraphExecUpdateResultInfo updated;
	unsigned int enabled = 7;
	unsigned long long flags = 99;
	cudaGraphNode_t node;
	cudaGraphExec_t exec;
	cudaGraph_t graph;
	unsigned *dev, got;

	CUDA(cudaMalloc((void **)&dev, 400));
	CUDA(cudaMemset(dev, 0, 400));
	fill.dst = dev;
	CUDA(cudaGraphCreate(&graph, 0));
	CUDA(cudaGraphAddMemsetNode(&node, graph, NULL, 0, &fill));
	CUDA(cudaGraphInstantiateWithParams(&exec, graph, &params));
	CHECK(params.result_out == cudaGraphInstantiateSuccess);
	CUDA(cudaGraphExecGetFlags(exec, &flags));
	printf("flags %llu\n", flags);
	CUDA(cudaGraphNodeGetEnabled(exec, node, &enabled));
	CHECK(enabled == 1);
	CUDA(cudaGraphNodeSetEnabled(exec, node, 0));
	CUDA(cudaGraphNodeGetEnabled(exec, node, &enabled));
	CHECK(enabled == 0);
	CUDA(cudaGraphLaunch(exec, 0));
	CUDA(cudaMemcpy(&got, dev + 50, 4, cudaMemcpyDeviceToHost));
	CHECK(got == 0);
	CUDA(cudaGraphNodeSetEnabled(exec, node, 1));
	fill.value = 77;
	CUDA(cudaGraphMemsetNodeSetParams(node, &fill));
	CUDA(cudaGraphExecUpdate(exec, graph, &updated));
	CHECK(updated.result == cudaGraphExecUpdateSuccess);
	CUDA(cudaGraphLaunch(exec, 0));
	CUDA(cudaMemcpy(&got, dev + 50, 4, cudaMemcpyDeviceToHost));
	CHECK(got == 77);
	CUDA(cudaGraphExecDestroy(exec));
	CUDA(cudaGraphDestroy(graph));
	CUDA(cudaFree(dev));
}

static void capture(void)
{
	enum cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
	enum cudaStreamCaptureStatus status;
	const cudaGraphNode_t *waits;
	const cudaGraphEdgeData *data;
	unsigned first = 0, second = 0;
	unsigned long long id = 0;
	cudaGraph_t graph, captured, ended;
	cudaGraphNode_t before, alone;
	cudaStream_t stream;
	size_t n;

	CUDA(cudaThreadExchangeStreamCaptureMode(&mode));
	CHECK(mode == cudaStreamCaptureModeGlobal);
	CUDA(cudaThreadExchangeStreamCaptureMode(&mode));
	CHECK(mode == cudaStreamCaptureModeRelaxed);
	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaGraphCreate(&graph, 0));
	before = host_node(graph, NULL, 0, &first);
	CUDA(cudaStreamBeginCaptureToGraph(stream, graph, &before, NULL, 1,
					   cudaStreamCaptureModeThreadLocal));
	CUDA(cudaLaunchHostFunc(stream, add_one, &second));
	CUDA(cudaStreamGetCaptureInfo(stream, &status, &id, &captured, &waits, &data, &n));
	CHECK(status == cudaStreamCaptureStatusActive && id && captured == graph && n == 1);
	CUDA(cudaGraphAddEmptyNode(&alone, graph, NULL, 0));
	CUDA(cudaStreamUpdateCaptureDependencies(stream, &alone, NULL, 1,
						 cudaStreamAddCaptureDependencies));
	CUDA(cudaLaunchHostFunc(stream, add_one, &second));
	CUDA(cudaStreamEndCapture(stream, &ended));
	CHECK(ended == graph);
	CUDA(cudaGraphGetEdges(graph, NULL, NULL, NULL, &n));
	CHECK(n == 3);
	run(graph);
	CHECK(first == 1 && second == 2);
	CUDA(cudaGraphDestroy(graph));
	CUDA(cudaStreamDestroy(stream));
}

int main(void)
{
	CUDA(cudaFree(0));
	edges();
	children();
	events();
	memory();
	objects();
	executables();
	capture();
	return finish();
}
