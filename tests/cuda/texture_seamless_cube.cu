/* SPDX-License-Identifier: MIT */
/* A seamless cube is filtered across its edges, an ordinary one is not */
#include "textures.h"
#include <cmath>

#define SIZE	8
#define POINTS	1024

struct vector {
	float x[3];
};

__global__ void look(cudaTextureObject_t texture, const vector *direction, float *out)
{
	const float *x = direction[blockIdx.x * blockDim.x + threadIdx.x].x;

	out[blockIdx.x * blockDim.x + threadIdx.x] = texCubemap<float>(texture, x[0], x[1], x[2]);
}

/* The point of a cube from -1 to 1 that (s, t) is on a face; beyond the edge the face is folded there */
static vector on_cube(int face, float s, float t)
{
	const vector at[6] = {
		{ { 1, -t, -s } }, { { -1, -t, s } }, { { s, 1, t } }, { { s, -1, -t } }, { { s, -t, 1 } }, { { -s, -t, -1 } },
	};
	vector p = at[face];

	for (int n = 0; n < 3; n++) {
		float out = std::fabs(p.x[n]) - 1;

		if (n == face / 2 || out <= 0)
			continue;
		p.x[n] = std::copysign(1.0f, p.x[n]);
		p.x[face / 2] -= std::copysign(out, p.x[face / 2]);
	}
	return p;
}

static float in_the_middle(int i)
{
	return (2 * i + 1) / (float)SIZE - 1;
}

/* The texel whose middle is nearest to @p */
static float texel_at(const float *texels, vector p)
{
	float least = 100, found = 0;

	for (int k = 0; k < 6 * SIZE * SIZE; k++) {
		vector q = on_cube(k / SIZE / SIZE, in_the_middle(k % SIZE), in_the_middle(k / SIZE % SIZE));
		float distance = 0;

		for (int n = 0; n < 3; n++)
			distance += (p.x[n] - q.x[n]) * (p.x[n] - q.x[n]);
		if (distance < least) {
			least = distance;
			found = texels[k];
		}
	}
	return found;
}

/* What is seen at (u, v), in texels of a face; where three faces meet a GPU may do as it likes */
static float expected(const float *texels, int face, float u, float v)
{
	int i = (int)std::floor(u - 0.5f), j = (int)std::floor(v - 0.5f);
	float x = u - 0.5f - i, y = v - 0.5f - j, sum = 0;

	for (int k = 0; k < 4; k++)
		sum += (k & 1 ? x : 1 - x) * (k & 2 ? y : 1 - y) *
		       texel_at(texels, on_cube(face, in_the_middle(i + (k & 1)), in_the_middle(j + (k >> 1))));
	return sum;
}

/* Away from the corners, and every second one within half a texel of an edge */
static void choose(int number, int *face, float *u, float *v)
{
	*face = number % 6;
	*u = 0.6f + (SIZE - 1.2f) * rng_below(1000) / 1000;
	*v = SIZE * (float)rng_below(1000) / 1000;
	if (number & 1)
		*v = number & 2 ? *v / SIZE / 2 : SIZE - *v / SIZE / 2;
	else if (*v < 0.6f || *v > SIZE - 0.6f)
		*v = SIZE / 2;
	if (number & 4) {
		float w = *u;

		*u = *v;
		*v = w;
	}
}

static void check_cube(cudaArray_t array, const float *texels, bool seamless)
{
	cudaTextureDesc desc = texture_desc(cudaFilterModeLinear, cudaAddressModeClamp, cudaReadModeElementType, true);
	static float want[POINTS], got[POINTS];
	static vector directions[POINTS];
	cudaTextureObject_t texture;
	int far = 0, across = 0;
	vector *dev;
	float *out;

	desc.seamlessCubemap = seamless;
	texture = texture_make(array, desc);
	for (int n = 0; n < POINTS; n++) {
		float u, v, size = 0.5f + (float)rng_below(100);
		int face;

		choose(n, &face, &u, &v);
		want[n] = expected(texels, face, u, v);
		directions[n] = on_cube(face, 2 * u / SIZE - 1, 2 * v / SIZE - 1);
		for (float &x : directions[n].x)
			x *= size;
	}
	CUDA(cudaMalloc(&dev, sizeof(directions)));
	CUDA(cudaMalloc(&out, sizeof(got)));
	CUDA(cudaMemcpy(dev, directions, sizeof(directions), cudaMemcpyDefault));
	look<<<POINTS / 128, 128>>>(texture, dev, out);
	CUDA(cudaMemcpy(got, out, sizeof(got), cudaMemcpyDefault));
	/* Weights have eight bits, and values are from -1 to 1 */
	for (int n = 0; n < POINTS; n++) {
		bool wrong = std::fabs(got[n] - want[n]) > 0.03f;

		far += wrong && !(n & 1);
		across += wrong && n & 1;
	}
	CHECK(far == 0);
	CHECK(seamless ? across == 0 : across > POINTS / 4);
	CUDA(cudaDestroyTextureObject(texture));
	CUDA(cudaFree(dev));
	CUDA(cudaFree(out));
}

int main(void)
{
	float texels[6 * SIZE * SIZE];
	cudaArray_t array;

	for (float &x : texels)
		x = rng_float();
	array = array_make<float>(make_cudaExtent(SIZE, SIZE, 6), cudaArrayCubemap, texels);
	check_cube(array, texels, true);
	puts("seamless");
	check_cube(array, texels, false);
	puts("with seams");
	CUDA(cudaFreeArray(array));
	return finish();
}
