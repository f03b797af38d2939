/* SPDX-License-Identifier: MIT */
/* When no stream captures any more calls are posted again, whatever the program has asked meanwhile */
/* links: qcu-library/cuda_library.c tests/unit/double/host.c */
#include "qcu-library/cuda/capture.h"
#include "tests/unit/double/host.h"

static CUresult capture_info(struct arg *argv)
{
	struct wire_capture *info = argv[5].p;

	info->status = CU_STREAM_CAPTURE_STATUS_ACTIVE;
	info->graph = *(uint64_t *)argv[2].p;
	return CUDA_SUCCESS;
}

static void captures(CUstream stream, bool asks)
{
	CUstreamCaptureStatus status;
	CUgraph graph;

	CHECK(!cuStreamBeginCapture_v2(stream, CU_STREAM_CAPTURE_MODE_RELAXED) && capture_is_on());
	if (asks)
		CHECK(!cuStreamGetCaptureInfo_v3(stream, &status, NULL, NULL, NULL, NULL, NULL) &&
		      status == CU_STREAM_CAPTURE_STATUS_ACTIVE);
	CHECK(capture_is_on());
	cuStreamEndCapture(stream, &graph);
	CHECK(!capture_is_on());
}

int main(void)
{
	CUstream stream;

	host_answers[CALL_capture_info] = capture_info;
	host_start();
	CHECK(!cuStreamCreate(&stream, 0));
	for (int i = 0; i < 4; i++)
		captures(i / 2 ? CU_STREAM_PER_THREAD : stream, i % 2);
	return 0;
}
