/* SPDX-License-Identifier: MIT */
/* Kernels read and write arrays of every shape through surfaces, elements of 1 to 16 bytes */
#include "textures.h"

#define W 24
#define H 6
#define D 4
#define COUNT (W * H * D)

enum shape { ONE, TWO, THREE, ONE_LAYERED, TWO_LAYERED };

template <typename T>
__device__ T read_one(cudaSurfaceObject_t s, enum shape shape, int x, int y, int z)
{
	x *= sizeof(T);
	switch (shape) {
	case ONE:
		return surf1Dread<T>(s, x);
	case TWO:
		return surf2Dread<T>(s, x, y);
	case THREE:
		return surf3Dread<T>(s, x, y, z);
	case ONE_LAYERED:
		return surf1DLayeredread<T>(s, x, z);
	default:
		return surf2DLayeredread<T>(s, x, y, z);
	}
}

template <typename T>
__device__ void write_one(T value, cudaSurfaceObject_t s, enum shape shape, int x, int y, int z)
{
	x *= sizeof(T);
	switch (shape) {
	case ONE:
		surf1Dwrite(value, s, x);
		break;
	case TWO:
		surf2Dwrite(value, s, x, y);
		break;
	case THREE:
		surf3Dwrite(value, s, x, y, z);
		break;
	case ONE_LAYERED:
		surf1DLayeredwrite(value, s, x, z);
		break;
	default:
		surf2DLayeredwrite(value, s, x, y, z);
	}
}

/* Element x of a row of @to becomes element W - 1 - x of @from's */
template <typename T>
__global__ void turn_rows(cudaSurfaceObject_t to, cudaSurfaceObject_t from, enum shape shape,
			  int h, int d)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	int x = i % W, y = i / W % h, z = i / (W * h);

	if (z < d)
		write_one<T>(read_one<T>(from, shape, W - 1 - x, y, z), to, shape, x, y, z);
}

template <typename T>
static void run(const char *name, enum shape shape, size_t height, size_t depth,
		unsigned int flags)
{
	const struct cudaExtent extent = make_cudaExtent(W, height, depth);
	const int h = (int)or_one(height), d = (int)or_one(depth);
	T *host = (T *)rng_bytes(COUNT * sizeof(T)), got[COUNT], want[COUNT];
	cudaArray_t from = array_make<T>(extent, flags | cudaArraySurfaceLoadStore, host);
	cudaArray_t to = array_make<T>(extent, flags | cudaArraySurfaceLoadStore, host);
	cudaSurfaceObject_t read = surface_make(from), write = surface_make(to);

	for (int i = 0; i < W * h * d; i++)
		want[i] = host[i / W * W + W - 1 - i % W];
	turn_rows<T><<<(COUNT + 127) / 128, 128>>>(write, read, shape, h, d);
	CUDA(cudaDeviceSynchronize());
	array_read(to, extent, sizeof(T), got);
	CHECK_SAME(got, want, W * h * d * sizeof(T));
	printf("%s\n", name);
	CUDA(cudaDestroySurfaceObject(read));
	CUDA(cudaDestroySurfaceObject(write));
	CUDA(cudaFreeArray(from));
	CUDA(cudaFreeArray(to));
	free(host);
}

int main(void)
{
	run<unsigned char>("1D, 1 byte", ONE, 0, 0, 0);
	run<unsigned char>("2D, 1 byte", TWO, H, 0, 0);
	run<ushort1>("2D, 2 bytes", TWO, H, 0, 0);
	run<uchar4>("2D, 4 times 1 byte", TWO, H, 0, 0);
	run<float>("2D, 4 bytes", TWO, H, 0, 0);
	run<short4>("2D, 4 times 2 bytes", TWO, H, 0, 0);
	run<int2>("2D, 2 times 4 bytes", TWO, H, 0, 0);
	run<float4>("2D, 4 times 4 bytes", TWO, H, 0, 0);
	run<float>("3D", THREE, H, D, 0);
	run<float>("1D layered", ONE_LAYERED, 0, D, cudaArrayLayered);
	run<uint4>("2D layered", TWO_LAYERED, H, D, cudaArrayLayered);
	return finish();
}
