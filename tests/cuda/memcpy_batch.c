/* SPDX-License-Identifier: MIT */
/* needs: CUDA 13 */
/* cudaMemcpyBatchAsync and cudaMemcpy3DBatchAsync: all directions in one batch, in stream order; what is refused */
#include "check.h"

enum { BYTES = 40000 };

static unsigned char *want, *pinned, *pageable, *dev[2];

static void linear(cudaStream_t stream)
{
	struct cudaMemcpyAttributes attrs[2] = {
		{ .srcAccessOrder = cudaMemcpySrcAccessOrderDuringApiCall },
		{ .srcAccessOrder = cudaMemcpySrcAccessOrderStream },
	};
	size_t first[2] = { 0, 1 }, zero = 0, wrong = 1, sizes[3] = { BYTES / 2, 1000, 777 };
	const void *from[3] = { pageable, dev[1], pinned + 3 };
	void *to[3] = { dev[0], dev[0] + BYTES / 2, dev[0] + 30001 };

	CUDA(cudaMemcpy(dev[1], want + BYTES / 2, 1000, cudaMemcpyDefault));
	memcpy(pageable, want, BYTES / 2);
	memcpy(pinned + 3, want + 30001, 777);
	CUDA(cudaMemcpyBatchAsync(to, from, sizes, 3, attrs, first, 2, stream));
	/* Read during the call: it may be overwritten now. */
	memset(pageable, 0, BYTES / 2);
	CUDA(cudaMemcpyAsync(pinned, dev[0], BYTES, cudaMemcpyDefault, stream));
	CUDA(cudaStreamSynchronize(stream));
	CHECK_SAME(pinned, want, BYTES / 2 + 1000);
	CHECK_SAME(pinned + 30001, want + 30001, 777);

	EXPECT(cudaErrorInvalidValue,
	       cudaMemcpyBatchAsync(to, from, sizes, 0, attrs, &zero, 1, stream));
	EXPECT(cudaErrorInvalidValue,
	       cudaMemcpyBatchAsync(to, from, sizes, 3, attrs, &wrong, 1, stream));
	EXPECT(cudaErrorInvalidValue,
	       cudaMemcpyBatchAsync(to, from, sizes, 3, attrs, first, 2, NULL));
	attrs[0].srcAccessOrder = cudaMemcpySrcAccessOrderInvalid;
	EXPECT(cudaErrorInvalidValue,
	       cudaMemcpyBatchAsync(to, from, sizes, 3, attrs, first, 2, stream));
}

static struct cudaMemcpy3DOperand at(void *p, size_t row, size_t rows)
{
	struct cudaMemcpy3DOperand operand = { .type = cudaMemcpyOperandTypePointer };

	operand.op.ptr.ptr = p;
	operand.op.ptr.rowLength = row;
	operand.op.ptr.layerHeight = rows;
	return operand;
}

/* Two boxes of 20 x 5 x 3 bytes out of host memory with gaps, without gaps on the device, and back */
static void boxes(cudaStream_t stream)
{
	struct cudaMemcpy3DBatchOp there[2], back;

	memset(there, 0, sizeof(there));
	for (int i = 0; i < 2; i++) {
		there[i].src = at(want + i * 5000, 64, 7);
		there[i].dst = at(dev[0] + i * 300, 0, 0);
		there[i].extent = (struct cudaExtent){ 20, 5, 3 };
		there[i].srcAccessOrder = cudaMemcpySrcAccessOrderStream;
	}
	back = there[1];
	back.src = at(dev[0] + 300, 0, 0);
	back.dst = at(pinned, 32, 6);
	CUDA(cudaMemcpy3DBatchAsync(2, there, 0, stream));
	CUDA(cudaMemcpy3DBatchAsync(1, &back, 0, stream));
	CUDA(cudaStreamSynchronize(stream));
	for (int z = 0; z < 3; z++)
		for (int y = 0; y < 5; y++)
			CHECK_SAME(pinned + (z * 6 + y) * 32,
				   want + 5000 + (z * 7 + y) * 64, 20);
	there[1].extent.depth = 0;
	EXPECT(cudaErrorInvalidValue, cudaMemcpy3DBatchAsync(2, there, 0, stream));
	there[1].extent.depth = 3;
	there[1].src.op.ptr.rowLength = 19;
	EXPECT(cudaErrorInvalidValue, cudaMemcpy3DBatchAsync(2, there, 0, stream));
	EXPECT(cudaErrorInvalidValue, cudaMemcpy3DBatchAsync(1, there, 1, stream));
	EXPECT(cudaErrorInvalidValue, cudaMemcpy3DBatchAsync(0, there, 0, stream));
}

int main(void)
{
	cudaStream_t stream;

	want = rng_bytes(BYTES);
	pageable = malloc(BYTES);
	CUDA(cudaMallocHost((void **)&pinned, BYTES));
	for (int i = 0; i < 2; i++)
		CUDA(cudaMalloc((void **)&dev[i], BYTES));
	CUDA(cudaStreamCreate(&stream));
	linear(stream);
	boxes(stream);
	CUDA(cudaStreamDestroy(stream));
	return finish();
}
