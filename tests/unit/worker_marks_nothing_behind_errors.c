/* SPDX-License-Identifier: MIT */
/*
 * worker_marks_nothing_behind_errors.c - no word says that something is done that the driver has refused
 *
 * The test is the driver, and the guest that posts a copy, has its end marked, and waits.
 */
/* links: qcu-device/worker_calls.c tests/unit/double/guest.c tests/unit/double/regions.c */
#include "qcu-device/worker/driver.h"
#include "tests/unit/check.h"
#include "tests/unit/double/guest.h"
#include "wire/channel.h"

static bool refuses;
static uint32_t word;

static CUresult CUDAAPI copy(CUdeviceptr dst, CUdeviceptr src, size_t bytes, CUstream stream)
{
	return refuses ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

static CUresult CUDAAPI write_word(CUstream stream, CUdeviceptr addr, cuuint32_t value,
				   unsigned int flags)
{
	*(uint32_t *)addr = value;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI synchronize(CUstream stream)
{
	return CUDA_SUCCESS;
}

/* Is the end of a copy marked that is posted now? */
static bool is_marked(uint32_t mark)
{
	uint64_t dst = 0x1000, src = 0x2000, bytes = 16, stream = 0, addr = (uintptr_t)&word;
	unsigned int flags = 0;

	CHECK(!leave(CALL_cuMemcpyDtoDAsync_v2, (struct arg[]){ { &dst, 8 }, { &src, 8 },
								{ &bytes, 8 }, { &stream, 8 } }));
	CHECK(!leave(CALL_stream_mark, (struct arg[]){ { &stream, 8 }, { &addr, 8 }, { &mark, 4 },
						       { &flags, 4 } }));
	return word == mark;
}

static CUresult wait_for_stream(void)
{
	uint64_t stream = 0;
	int rc;

	CHECK(post(CALL_cuStreamSynchronize, (struct arg[]){ { &stream, 8 } }, &rc) > 0 && !rc);
	return ((struct wire_reply *)reply)->deferred;
}

int main(void)
{
	driver.cuMemcpyDtoDAsync_v2 = copy;
	driver.cuStreamWriteValue32_v2 = write_word;
	driver.cuStreamSynchronize = synchronize;
	renew();
	CHECK(is_marked(1));
	refuses = true;
	CHECK(!is_marked(2));
	refuses = false;
	/* Nor what is taken behind it, until the guest knows */
	CHECK(!is_marked(3));
	CHECK(wait_for_stream() == CUDA_ERROR_INVALID_VALUE);
	CHECK(is_marked(4));
	CHECK(wait_for_stream() == CUDA_SUCCESS);
	return 0;
}
