/* SPDX-License-Identifier: MIT */
/*
 * Random numbers of cuRAND's device functions: three generators whose bits every GPU has the same, and
 * distributions whose means are where they should be
 */
#include "program.h"
#include <curand_kernel.h>

#define SEED	1234

/* What a thread draws */
struct draws {
	float uniform, normal, log_normal;
	double normal_double;
	unsigned few, many;
};

template <typename State> __global__ void draw(unsigned *bits, draws *out, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;
	State state;

	if (i >= n)
		return;
	curand_init(SEED, i, 3, &state);
	bits[i] = curand(&state);
	out[i].uniform = curand_uniform(&state);
	out[i].normal = curand_normal(&state);
	out[i].log_normal = curand_log_normal(&state, 0.0f, 0.5f);
	out[i].normal_double = curand_normal_double(&state);
	out[i].few = curand_poisson(&state, 4.0);
	out[i].many = curand_poisson(&state, 900.0);
}

template <typename State> static void check_generator(const char *name, int n)
{
	unsigned *bits = device_array<unsigned>(n);
	draws *device = device_array<draws>(n);
	double uniform = 0, normal = 0, squares = 0, log_normal = 0, normal_double = 0, few = 0, many = 0;

	draw<State><<<blocks_for(n, 128), 128>>>(bits, device, n);
	print_checksum(name, from_device(bits, n));
	for (const draws &d : from_device(device, n)) {
		CHECK(d.uniform > 0 && d.uniform <= 1 && d.log_normal > 0);
		uniform += d.uniform / n;
		normal += d.normal / n;
		squares += (double)d.normal * d.normal / n;
		log_normal += log(d.log_normal) / n;
		normal_double += d.normal_double / n;
		few += (double)d.few / n;
		many += (double)d.many / n;
	}
	/* Five and more standard deviations */
	check_close(uniform, 0.5, 0.03);
	check_close(normal, 0, 0.08);
	check_close(squares, 1, 0.12);
	check_close(log_normal, 0, 0.04);
	check_close(normal_double, 0, 0.08);
	check_close(few, 4, 0.04);
	check_close(many, 900, 0.003);
	release(bits, device);
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 4096);

	check_generator<curandStateXORWOW_t>("XORWOW", n);
	check_generator<curandStatePhilox4_32_10_t>("Philox", n);
	check_generator<curandStateMRG32k3a_t>("MRG32k3a", n);
	return finish();
}
