/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* Green contexts: splitting a device, streams on a part of it, what belongs to whom */
#include "check.h"

static const char kernel[] = ".version 6.4\n.target sm_50\n.address_size 64\n"
			     ".visible .entry add(.param .u64 p) {\n"
			     ".reg .u64 %a;\n.reg .u32 %v;\n"
			     "ld.param.u64 %a, [p];\n"
			     "red.global.add.u32 [%a], 1;\nret;\n}\n";

static CUcontext primary;
static CUdevResource whole, groups[2], rest;

static void split(void)
{
	CUdevResource other;
	unsigned n = 0, all, least;
	int sms;

	CU(cuDeviceGetAttribute(&sms, CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 0));
	NEEDS_CU(cuDeviceGetDevResource(0, &whole, CU_DEV_RESOURCE_TYPE_SM));
	CHECK(whole.type == CU_DEV_RESOURCE_TYPE_SM && whole.sm.smCount == (unsigned)sms);
	CHECK(whole.sm.minSmPartitionSize >= 1 && whole.sm.smCoscheduledAlignment >= 1);
	CU(cuCtxGetDevResource(primary, &other, CU_DEV_RESOURCE_TYPE_SM));
	CHECK(other.sm.smCount == whole.sm.smCount);
	least = whole.sm.minSmPartitionSize;
	if (whole.sm.smCount < 3 * least)
		skip("the device is too small to be split in three");

	CU(cuDevSmResourceSplitByCount(NULL, &n, &whole, NULL, 0, least));
	all = n;
	CHECK(all >= 3 && all * least <= whole.sm.smCount);
	n = 2;
	CU(cuDevSmResourceSplitByCount(groups, &n, &whole, &rest, 0, least));
	CHECK(n == 2 && groups[0].sm.smCount == least && groups[1].sm.smCount == least);
	CHECK(rest.type == CU_DEV_RESOURCE_TYPE_SM && rest.sm.smCount == whole.sm.smCount - 2 * least);
	n = 1;
	CU(cuDevSmResourceSplitByCount(&other, &n, &whole, &rest, 0, whole.sm.smCount));
	CHECK(n == 1 && other.sm.smCount == whole.sm.smCount);
	CHECK(rest.type == CU_DEV_RESOURCE_TYPE_INVALID);
	n = 1;
	CU(cuDevSmResourceSplitByCount(&other, &n, &whole, &rest,
				       CU_DEV_SM_RESOURCE_SPLIT_IGNORE_SM_COSCHEDULING, 1));
	CHECK(n == 1 && other.sm.smCount >= 1 && other.sm.smCount <= least);
}

static void split_refused(void)
{
	CUdevResource to, bad = whole;
	unsigned n = 1, none = 0;

	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDeviceGetDevResource(0, NULL, CU_DEV_RESOURCE_TYPE_SM));
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE, cuDeviceGetDevResource(99, &to, CU_DEV_RESOURCE_TYPE_SM));
	EXPECT_CU(CUDA_ERROR_INVALID_RESOURCE_TYPE,
		  cuDeviceGetDevResource(0, &to, CU_DEV_RESOURCE_TYPE_INVALID));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDevSmResourceSplitByCount(&to, NULL, &whole, NULL, 0, 1));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDevSmResourceSplitByCount(&to, &none, &whole, NULL, 0, 1));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDevSmResourceSplitByCount(&to, &n, NULL, NULL, 0, 1));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDevSmResourceSplitByCount(&to, &n, &whole, NULL, 3, 1));
	EXPECT_CU(CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION,
		  cuDevSmResourceSplitByCount(&to, &n, &whole, NULL, 0, whole.sm.smCount + 1));
	/* What came of a split cannot be split. */
	EXPECT_CU(CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION,
		  cuDevSmResourceSplitByCount(&to, &n, &groups[0], NULL, 0, 1));
	bad.type = CU_DEV_RESOURCE_TYPE_INVALID;
	EXPECT_CU(CUDA_ERROR_INVALID_RESOURCE_TYPE,
		  cuDevSmResourceSplitByCount(&to, &n, &bad, NULL, 0, 1));
	bad = whole;
	memset(bad._internal_padding, 0, sizeof(bad._internal_padding));
	EXPECT_CU(CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION,
		  cuDevSmResourceSplitByCount(&to, &n, &bad, NULL, 0, 1));
	bad = whole;
	bad.sm.smCount /= 2;
	EXPECT_CU(CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION,
		  cuDevSmResourceSplitByCount(&to, &n, &bad, NULL, 0, 1));
}

static CUgreenCtx make(CUdevResource *resource)
{
	CUdevResource has;
	CUdevResourceDesc desc;
	CUgreenCtx green;

	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDevResourceGenerateDesc(NULL, resource, 1));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuDevResourceGenerateDesc(&desc, NULL, 1));
	CU(cuDevResourceGenerateDesc(&desc, resource, 1));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGreenCtxCreate(&green, desc, 0, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_DEVICE,
		  cuGreenCtxCreate(&green, desc, 99, CU_GREEN_CTX_DEFAULT_STREAM));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE,
		  cuGreenCtxCreate(NULL, desc, 0, CU_GREEN_CTX_DEFAULT_STREAM));
	CU(cuGreenCtxCreate(&green, desc, 0, CU_GREEN_CTX_DEFAULT_STREAM));
	CU(cuGreenCtxGetDevResource(green, &has, CU_DEV_RESOURCE_TYPE_SM));
	CHECK(has.sm.smCount == resource->sm.smCount);
	return green;
}

static void identity(CUgreenCtx green, CUgreenCtx other)
{
	unsigned long long a, b, c;
	CUdevResource has;
	CUcontext context, again;

	CU(cuCtxFromGreenCtx(&context, green));
	CU(cuCtxFromGreenCtx(&again, green));
	CHECK(context == again && context != primary);
	CU(cuCtxFromGreenCtx(&again, other));
	CHECK(context != again);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuCtxFromGreenCtx(NULL, green));
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuCtxFromGreenCtx(&again, NULL));
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuCtxDestroy(context));
	CU(cuCtxGetDevResource(context, &has, CU_DEV_RESOURCE_TYPE_SM));
	CHECK(has.sm.smCount == groups[0].sm.smCount);
	CU(cuGreenCtxGetId(green, &a));
	CU(cuGreenCtxGetId(other, &b));
	CU(cuCtxGetId(primary, &c));
	CHECK(a != b && a != c && b != c);
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuGreenCtxGetId(NULL, &a));
	CU(cuCtxPushCurrent(context));
	CU(cuGreenCtxGetId(NULL, &b));
	CHECK(a == b);
	CU(cuCtxPopCurrent(&again));
	CHECK(again == context);
}

static void streams(CUgreenCtx green)
{
	CUgreenCtx of;
	CUcontext context, other;
	CUstream stream, plain, inside;
	int priority, greatest;

	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuGreenCtxStreamCreate(&stream, green, 0, 0));
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT,
		  cuGreenCtxStreamCreate(&stream, NULL, CU_STREAM_NON_BLOCKING, 0));
	CU(cuGreenCtxStreamCreate(&stream, green, CU_STREAM_NON_BLOCKING, -100));
	CU(cuStreamGetPriority(stream, &priority));
	CU(cuCtxGetStreamPriorityRange(NULL, &greatest));
	CHECK(priority == greatest);
	CU(cuStreamGetGreenCtx(stream, &of));
	CHECK(of == green);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuStreamGetGreenCtx(stream, NULL));
	CU(cuCtxFromGreenCtx(&context, green));
	CU(cuStreamGetCtx(stream, &other));
	CHECK(other == context);
	CU(cuStreamGetCtx_v2(stream, &other, &of));
	CHECK(other == primary && of == green);
	CU(cuStreamCreate(&plain, 0));
	CU(cuStreamGetGreenCtx(plain, &of));
	CHECK(!of);
	CU(cuStreamGetCtx_v2(plain, &other, &of));
	CHECK(other == primary && !of);
	CU(cuCtxPushCurrent(context));
	CU(cuStreamCreate(&inside, 0));
	CU(cuStreamGetGreenCtx(inside, &of));
	CHECK(of == green);
	CU(cuStreamGetGreenCtx(NULL, &of));
	CHECK(of == green);
	EXPECT_CU(CUDA_ERROR_INVALID_HANDLE, cuStreamGetCtx_v2(CU_STREAM_PER_THREAD, &other, &of));
	CU(cuCtxPopCurrent(NULL));
	CU(cuStreamDestroy(stream));
	CU(cuStreamDestroy(plain));
	CU(cuStreamDestroy(inside));
}

/* Memory, modules and events that are made in a green context are the primary one's. */
static void work(CUgreenCtx green)
{
	CUcontext context, of;
	CUdeviceptr word;
	CUstream stream, inside;
	CUmodule module;
	CUfunction add;
	CUevent event;
	unsigned value;
	void *params[] = { &word };

	CU(cuCtxFromGreenCtx(&context, green));
	CU(cuGreenCtxStreamCreate(&stream, green, CU_STREAM_NON_BLOCKING, 0));
	CU(cuCtxPushCurrent(context));
	CU(cuMemAlloc(&word, sizeof(value)));
	CU(cuPointerGetAttribute(&of, CU_POINTER_ATTRIBUTE_CONTEXT, word));
	CHECK(of == primary);
	CU(cuMemsetD32(word, 0, 1));
	CU(cuStreamCreate(&inside, 0));
	CU(cuEventCreate(&event, 0));
	CU(cuModuleLoadData(&module, kernel));
	CU(cuModuleGetFunction(&add, module, "add"));
	CU(cuLaunchKernel(add, 10, 1, 1, 32, 1, 1, 0, stream, params, NULL));
	CU(cuLaunchKernel(add, 10, 1, 1, 32, 1, 1, 0, inside, params, NULL));
	CU(cuLaunchKernel(add, 10, 1, 1, 32, 1, 1, 0, NULL, params, NULL));
	CU(cuEventRecord(event, stream));
	CU(cuEventSynchronize(event));
	CU(cuCtxSynchronize());
	CU(cuCtxPopCurrent(NULL));
	CU(cuLaunchKernel(add, 10, 1, 1, 32, 1, 1, 0, stream, params, NULL));
	CU(cuLaunchKernel(add, 10, 1, 1, 32, 1, 1, 0, NULL, params, NULL));
	CU(cuStreamSynchronize(stream));
	CU(cuCtxSynchronize());
	CU(cuMemcpyDtoH(&value, word, sizeof(value)));
	printf("%u\n", value);
	CHECK(value == 5 * 320);
	CU(cuStreamDestroy(stream));
	CU(cuStreamDestroy(inside));
	CU(cuEventDestroy(event));
	CU(cuModuleUnload(module));
	CU(cuMemFree(word));
}

/* All of one green context waits for all of another. */
static void wait_for_all(CUgreenCtx one, CUgreenCtx two)
{
	CUdeviceptr word, gate;
	CUstream first, second;
	CUevent event;
	unsigned *open;

	CU(cuMemHostAlloc((void **)&open, sizeof(*open), CU_MEMHOSTALLOC_DEVICEMAP));
	CU(cuMemHostGetDevicePointer(&gate, open, 0));
	*open = 0;
	CU(cuMemAlloc(&word, 4));
	CU(cuEventCreate(&event, CU_EVENT_DISABLE_TIMING));
	CU(cuGreenCtxStreamCreate(&first, one, CU_STREAM_NON_BLOCKING, 0));
	CU(cuGreenCtxStreamCreate(&second, two, CU_STREAM_NON_BLOCKING, 0));
	CU(cuStreamWaitValue32(first, gate, 1, CU_STREAM_WAIT_VALUE_EQ));
	CU(cuGreenCtxRecordEvent(one, event));
	EXPECT_CU(CUDA_ERROR_NOT_READY, cuEventQuery(event));
	EXPECT_CU(CUDA_SUCCESS, cuStreamQuery(second));
	CU(cuGreenCtxWaitEvent(two, event));
	CU(cuMemsetD32Async(word, 1, 1, second));
	EXPECT_CU(CUDA_ERROR_NOT_READY, cuStreamQuery(second));
	__atomic_store_n(open, 1, __ATOMIC_SEQ_CST);
	CU(cuEventSynchronize(event));
	CU(cuStreamSynchronize(second));
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuGreenCtxRecordEvent(NULL, event));
	EXPECT_CU(CUDA_ERROR_INVALID_HANDLE, cuGreenCtxRecordEvent(one, NULL));
	CU(cuStreamDestroy(first));
	CU(cuStreamDestroy(second));
	CU(cuEventDestroy(event));
	CU(cuMemFree(word));
	CU(cuMemFreeHost(open));
}

int main(void)
{
	unsigned long long id;
	CUgreenCtx one, two;
	CUstream left_behind;

	CU(cuInit(0));
	CU(cuDevicePrimaryCtxRetain(&primary, 0));
	CU(cuCtxSetCurrent(primary));
	split();
	split_refused();
	one = make(&groups[0]);
	two = make(&groups[1]);
	identity(one, two);
	streams(one);
	work(one);
	wait_for_all(one, two);
	CU(cuGreenCtxDestroy(two));
	EXPECT_CU(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuGreenCtxDestroy(two));
	EXPECT_CU(CUDA_ERROR_INVALID_CONTEXT, cuGreenCtxDestroy(NULL));
	CU(cuGreenCtxStreamCreate(&left_behind, one, CU_STREAM_NON_BLOCKING, 0));
	CU(cuGreenCtxDestroy(one));
	EXPECT_CU(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuGreenCtxGetId(one, &id));
	EXPECT_CU(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuStreamQuery(left_behind));
	EXPECT_CU(CUDA_ERROR_CONTEXT_IS_DESTROYED, cuStreamSynchronize(left_behind));
	CU(cuCtxSynchronize());
	CU(cuDevicePrimaryCtxRelease(0));
	return finish();
}
