/* SPDX-License-Identifier: MIT */
/*
 * A picture turned by an angle: the texture unit fetches between the pixels and beyond the border,
 * and the result is written through a surface.  Its interpolation has 8 bits of fraction, so the
 * result is near the exact one, not equal.
 */
#include "program.h"

#define ANGLE 0.5f

/* Where pixel (x, y) of the result comes from, in pixels; centre: of both pictures */
__host__ __device__ inline float2 source(int x, int y, float2 centre, float sine, float cosine)
{
	float dx = x + 0.5f - centre.x, dy = y + 0.5f - centre.y;

	return make_float2(fmaf(cosine, dx, fmaf(sine, dy, centre.x)),
			   fmaf(cosine, dy, fmaf(-sine, dx, centre.y)));
}

__global__ void rotate(cudaTextureObject_t from, cudaSurfaceObject_t to, int width, int height,
		       float sine, float cosine)
{
	int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
	float2 at = source(x, y, make_float2(width / 2.0f, height / 2.0f), sine, cosine);

	if (x < width && y < height)
		surf2Dwrite(tex2D<float>(from, at.x, at.y), to, x * (int)sizeof(float), y);
}

/* Pixels outside are black */
static double pixel(const std::vector<float> &in, int x, int y, int width, int height)
{
	return x >= 0 && x < width && y >= 0 && y < height ? in[y * width + x] : 0;
}

/* Between four pixels, whose centres are at halves */
static double between(const std::vector<float> &in, float2 at, int width, int height)
{
	double x = at.x - 0.5, y = at.y - 0.5, fx = x - floor(x), fy = y - floor(y);
	int i = (int)floor(x), j = (int)floor(y);

	return (1 - fy) * ((1 - fx) * pixel(in, i, j, width, height) +
			   fx * pixel(in, i + 1, j, width, height)) +
	       fy * ((1 - fx) * pixel(in, i, j + 1, width, height) +
		     fx * pixel(in, i + 1, j + 1, width, height));
}

int main(int argc, char **argv)
{
	const int width = program_size(argc, argv, 150), height = width - 30;
	const size_t row = width * sizeof(float);
	const float sine = sin(ANGLE), cosine = cos(ANGLE);
	std::vector<float> in = random_floats(width * height), out(width * height);
	cudaChannelFormatDesc format = cudaCreateChannelDesc<float>();
	cudaResourceDesc resource = {};
	cudaTextureDesc how = {};
	cudaArray_t from, to;
	cudaTextureObject_t texture;
	cudaSurfaceObject_t surface;

	NEEDS(cudaMallocArray(&from, &format, width, height));
	CUDA(cudaMallocArray(&to, &format, width, height, cudaArraySurfaceLoadStore));
	CUDA(cudaMemcpy2DToArray(from, 0, 0, in.data(), row, row, height, cudaMemcpyHostToDevice));
	resource.resType = cudaResourceTypeArray;
	resource.res.array.array = from;
	how.addressMode[0] = how.addressMode[1] = cudaAddressModeBorder;
	how.filterMode = cudaFilterModeLinear;
	CUDA(cudaCreateTextureObject(&texture, &resource, &how, NULL));
	resource.res.array.array = to;
	CUDA(cudaCreateSurfaceObject(&surface, &resource));

	rotate<<<dim3(blocks_for(width, 16), blocks_for(height, 8)), dim3(16, 8)>>>(
		texture, surface, width, height, sine, cosine);
	CUDA(cudaGetLastError());
	CUDA(cudaMemcpy2DFromArray(out.data(), row, to, 0, 0, row, height, cudaMemcpyDeviceToHost));
	for (int i = 0; i < width * height; i++) {
		float2 at = source(i % width, i / width, make_float2(width / 2.0f, height / 2.0f),
				   sine, cosine);

		check_close(out[i], between(in, at, width, height), 0.02);
	}
	printf("%d x %d pixels\n", width, height);
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaDestroySurfaceObject(surface));
	CUDA(cudaFreeArray(from));
	CUDA(cudaFreeArray(to));
	return finish();
}
