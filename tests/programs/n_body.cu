/* SPDX-License-Identifier: MIT */
/*
 * Gravity between all pairs of bodies.  A block loads as many bodies at a time into shared memory
 * as it has threads, and each thread adds up what they do to its own.
 */
#include "program.h"

#define BLOCK 128
#define STEPS 5
#define TIME_STEP 0.001f
#define SOFTENING 0.01f

/* pull() - add to @a the acceleration at @p towards a body at @q of mass q.w */
__host__ __device__ inline void pull(float3 &a, float4 p, float4 q)
{
	float x = q.x - p.x, y = q.y - p.y, z = q.z - p.z;
	float square = fmaf(x, x, fmaf(y, y, fmaf(z, z, SOFTENING)));
	float strength = q.w / (square * sqrtf(square));

	a.x = fmaf(x, strength, a.x);
	a.y = fmaf(y, strength, a.y);
	a.z = fmaf(z, strength, a.z);
}

__host__ __device__ inline void move(float4 &p, float3 &v, float3 a)
{
	v.x = fmaf(a.x, TIME_STEP, v.x);
	v.y = fmaf(a.y, TIME_STEP, v.y);
	v.z = fmaf(a.z, TIME_STEP, v.z);
	p.x = fmaf(v.x, TIME_STEP, p.x);
	p.y = fmaf(v.y, TIME_STEP, p.y);
	p.z = fmaf(v.z, TIME_STEP, p.z);
}

__global__ void step(const float4 *from, float4 *to, float3 *velocity, int n)
{
	__shared__ float4 others[BLOCK];
	int i = blockIdx.x * BLOCK + threadIdx.x;
	float4 p = i < n ? from[i] : make_float4(0, 0, 0, 0);
	float3 a = make_float3(0, 0, 0);

	for (int base = 0; base < n; base += BLOCK) {
		if (base + threadIdx.x < n)
			others[threadIdx.x] = from[base + threadIdx.x];
		__syncthreads();
		for (int k = 0; k < min(BLOCK, n - base); k++)
			pull(a, p, others[k]);
		__syncthreads();
	}
	if (i < n) {
		move(p, velocity[i], a);
		to[i] = p;
	}
}

/* check_last_step() - some bodies' positions from all bodies' one step before */
static void check_last_step(const std::vector<float4> &before, const std::vector<float4> &after,
			    std::vector<float3> v_before, const std::vector<float3> &v_after)
{
	const size_t n = before.size(), stride = n > 2000 ? n / 100 : 1;

	for (size_t i = 0; i < n; i += stride) {
		float4 p = before[i];
		float3 a = make_float3(0, 0, 0);

		for (const float4 &q : before)
			pull(a, p, q);
		move(p, v_before[i], a);
		CHECK_SAME(&after[i], &p, sizeof(p));
		CHECK_SAME(&v_after[i], &v_before[i], sizeof(float3));
	}
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 1000), steps = STEPS * program_rounds(argc, argv);
	std::vector<float4> bodies(n), before;
	std::vector<float3> velocities(n, make_float3(0, 0, 0)), v_before;

	for (float4 &b : bodies)
		b = make_float4(rng_float(), rng_float(), rng_float(), 2 + rng_float());

	gpu_begin();
	float4 *at[2] = { to_device(bodies), device_array<float4>(n) };
	float3 *velocity = to_device(velocities);
	for (int s = 0; s < steps; s++) {
		if (s == steps - 1)
			v_before = from_device(velocity, n);
		step<<<blocks_for(n, BLOCK), BLOCK>>>(at[s % 2], at[(s + 1) % 2], velocity, n);
	}
	before = from_device(at[(steps - 1) % 2], n);
	bodies = from_device(at[steps % 2], n);
	velocities = from_device(velocity, n);
	gpu_end();

	check_last_step(before, bodies, v_before, velocities);
	print_checksum("positions", bodies);
	release(at[0], at[1], velocity);
	return finish();
}
