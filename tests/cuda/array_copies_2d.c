/* SPDX-License-Identifier: MIT */
/* cudaMallocArray: rectangles to it, from it, within the device and from array to array */
#include "check.h"

#define W 67
#define H 29
#define ELEMENT 4			/* uchar4 */
#define ROW (W * ELEMENT)

static cudaArray_t array_new(void)
{
	struct cudaChannelFormatDesc desc = { 8, 8, 8, 8, cudaChannelFormatKindUnsigned };
	cudaArray_t array;

	CUDA(cudaMallocArray(&array, &desc, W, H, cudaArrayDefault));
	return array;
}

/* copy_rows() - what a copy of a rectangle does, on the CPU */
static void copy_rows(unsigned char *to, size_t to_pitch, const unsigned char *from,
		      size_t from_pitch, size_t width, size_t height)
{
	for (size_t y = 0; y < height; y++)
		memcpy(to + y * to_pitch, from + y * from_pitch, width);
}

static void there_and_back(cudaArray_t array, unsigned char *image)
{
	unsigned char *got = calloc(H, ROW), *patch = rng_bytes(20 * 100);

	CHECK(got);
	CUDA(cudaMemcpy2DToArray(array, 0, 0, image, ROW, ROW, H, cudaMemcpyHostToDevice));
	CUDA(cudaMemcpy2DFromArray(got, ROW, array, 0, 0, ROW, H, cudaMemcpyDeviceToHost));
	CHECK_SAME(got, image, ROW * H);
	/* a patch of 20 elements by 11 rows, to element 7 of row 5, out of rows of 100 bytes */
	CUDA(cudaMemcpy2DToArray(array, 7 * ELEMENT, 5, patch, 100, 20 * ELEMENT, 11,
				 cudaMemcpyDefault));
	copy_rows(image + 5 * ROW + 7 * ELEMENT, ROW, patch, 100, 20 * ELEMENT, 11);
	CUDA(cudaMemcpy2DFromArray(got, ROW, array, 0, 0, ROW, H, cudaMemcpyDefault));
	CHECK_SAME(got, image, ROW * H);
	free(got);
	free(patch);
}

static void through_the_device(cudaArray_t array, const unsigned char *image)
{
	unsigned char *got = calloc(H, ROW), *want = calloc(H, ROW);
	cudaArray_t other = array_new();
	cudaStream_t stream;
	size_t pitch;
	void *dev;

	CHECK(got && want);
	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaMallocPitch(&dev, &pitch, ROW, H));
	CUDA(cudaMemcpy2DToArray(other, 0, 0, want, ROW, ROW, H, cudaMemcpyHostToDevice));
	CUDA(cudaMemcpy2DFromArrayAsync(dev, pitch, array, 0, 0, ROW, H, cudaMemcpyDeviceToDevice,
					stream));
	CUDA(cudaMemcpy2DToArrayAsync(other, 3 * ELEMENT, 2, (char *)dev + 4 * pitch, pitch,
				      30 * ELEMENT, 9, cudaMemcpyDeviceToDevice, stream));
	CUDA(cudaStreamSynchronize(stream));
	copy_rows(want + 2 * ROW + 3 * ELEMENT, ROW, image + 4 * ROW, ROW, 30 * ELEMENT, 9);
	CUDA(cudaMemcpy2DArrayToArray(other, 0, 20, array, 9 * ELEMENT, 1, 40 * ELEMENT, 8,
				      cudaMemcpyDeviceToDevice));
	copy_rows(want + 20 * ROW, ROW, image + 1 * ROW + 9 * ELEMENT, ROW, 40 * ELEMENT, 8);
	CUDA(cudaMemcpy2DFromArray(got, ROW, other, 0, 0, ROW, H, cudaMemcpyDeviceToHost));
	CHECK_SAME(got, want, ROW * H);
	CUDA(cudaFree(dev));
	CUDA(cudaFreeArray(other));
	CUDA(cudaStreamDestroy(stream));
	free(got);
	free(want);
}

static void pinned_in_a_stream(cudaArray_t array, const unsigned char *image)
{
	cudaStream_t stream;
	void *pinned;

	CUDA(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
	CUDA(cudaMallocHost(&pinned, ROW * H));
	memcpy(pinned, image, ROW * H);
	CUDA(cudaMemcpy2DToArrayAsync(array, 0, 0, pinned, ROW, ROW, H, cudaMemcpyHostToDevice,
				      stream));
	CUDA(cudaStreamSynchronize(stream));
	memset(pinned, 0, ROW * H);
	CUDA(cudaMemcpy2DFromArrayAsync(pinned, ROW, array, 0, 0, ROW, H, cudaMemcpyDeviceToHost,
					stream));
	CUDA(cudaStreamSynchronize(stream));
	CHECK_SAME(pinned, image, ROW * H);
	CUDA(cudaFreeHost(pinned));
	CUDA(cudaStreamDestroy(stream));
}

int main(void)
{
	unsigned char *image = rng_bytes(ROW * H);
	cudaArray_t array = array_new();

	there_and_back(array, image);
	through_the_device(array, image);
	pinned_in_a_stream(array, image);
	EXPECT(cudaErrorInvalidValue, cudaMemcpy2DToArray(array, ELEMENT, 0, image, ROW, ROW, H,
							  cudaMemcpyHostToDevice));
	EXPECT(cudaErrorInvalidValue, cudaMemcpy2DToArray(array, 0, 1, image, ROW, ROW, H,
							  cudaMemcpyHostToDevice));
	CUDA(cudaFreeArray(array));
	CUDA(cudaFreeArray(NULL));
	free(image);
	return finish();
}
