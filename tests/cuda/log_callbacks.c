/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* cuLogsRegisterCallback: functions are told of an error in the thread that made it, before it returns */
#include <pthread.h>

#include "check.h"

struct told {
	int times;
	pthread_t by;
};

static void CUDA_CB note(void *data, CUlogLevel level, char *message, size_t length)
{
	struct told *told = (struct told *)data;

	CHECK(level == CU_LOG_LEVEL_ERROR || level == CU_LOG_LEVEL_WARNING);
	CHECK(length && strlen(message) == length);
	told->times++;
	told->by = pthread_self();
}

static void fail(void)
{
	CUmodule module;

	CHECK(cuModuleLoadData(&module, ".version 6.4\n.target sm_50\nnonsense") != CUDA_SUCCESS);
}

int main(void)
{
	struct told first = { 0 }, second = { 0 };
	CUlogsCallbackHandle one, two;
	CUcontext context;
	int before;

	CU(cuInit(0));
	CU(cuDevicePrimaryCtxRetain(&context, 0));
	CU(cuCtxSetCurrent(context));
	NEEDS_CU(cuLogsRegisterCallback(note, &first, &one));
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuLogsRegisterCallback(NULL, NULL, &two));
	/* That refusal may be told, too */
	first.times = 0;
	fail();
	CHECK(first.times && pthread_equal(first.by, pthread_self()));
	CU(cuLogsRegisterCallback(note, &second, &two));
	CHECK(one != two);
	before = first.times;
	fail();
	CHECK(first.times > before && second.times == first.times - before);
	CU(cuLogsUnregisterCallback(one));
	before = first.times;
	fail();
	CHECK(first.times == before && second.times);
	EXPECT_CU(CUDA_ERROR_INVALID_VALUE, cuLogsUnregisterCallback(NULL));
	CU(cuLogsUnregisterCallback(two));
	before = second.times;
	fail();
	CHECK(second.times == before);
	return finish();
}
