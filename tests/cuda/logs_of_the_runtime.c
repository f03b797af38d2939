/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* cudaLogs*: what has been logged since a place; and functions that the runtime would tell of news */
#include "check.h"

static void CUDART_CB note_log(void *data, cudaLogLevel level, char *message, size_t length)
{
	++*(int *)data;
}

static void note_news(cudaAsyncNotificationInfo_t *info, void *data, cudaAsyncCallbackHandle_t handle)
{
	++*(int *)data;
}

static void callbacks(void)
{
	cudaAsyncCallbackHandle_t of_device;
	cudaLogsCallbackHandle of_log;
	int logs = 0, news = 0;
	CUmodule module;

	CUDA(cudaLogsRegisterCallback(note_log, &logs, &of_log));
	CHECK(cuModuleLoadData(&module, ".version 6.4\n.target sm_50\nnonsense") != CUDA_SUCCESS);
	CHECK(logs > 0);
	CUDA(cudaLogsUnregisterCallback(of_log));
	CUDA(cudaDeviceRegisterAsyncNotification(0, note_news, &news, &of_device));
	CUDA(cudaDeviceUnregisterAsyncNotification(0, of_device));
	CHECK(!news);
}

int main(void)
{
	char text[25600], path[] = "/tmp/logs_of_the_runtime_XXXXXX";
	size_t size = sizeof(text);
	cudaLogIterator start, at;
	int fd = mkstemp(path);
	CUmodule module;

	CUDA(cudaFree(0));
	NEEDS(cudaLogsCurrent(&start, 0));
	CHECK(cuModuleLoadData(&module, ".version 6.4\n.target sm_50\nnonsense") != CUDA_SUCCESS);
	at = start;
	EXPECT(cudaSuccess, cudaLogsDumpToMemory(&at, text, &size, 0));
	CHECK(size < sizeof(text) && strlen(text) == size);
	size = sizeof(text);
	EXPECT(cudaSuccess, cudaLogsDumpToMemory(&at, text, &size, 0));
	CHECK(!size);
	CHECK(fd >= 0);
	EXPECT(cudaSuccess, cudaLogsDumpToFile(&start, path, 0));
	unlink(path);
	callbacks();
	EXPECT(cudaErrorInvalidValue, cudaLogsCurrent(NULL, 0));
	cudaGetLastError();
	return finish();
}
