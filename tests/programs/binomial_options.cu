/* SPDX-License-Identifier: MIT */
/*
 * American put options by binomial trees: a block an option, its threads walk the tree's levels
 * backwards in shared memory.
 */
#include "program.h"
#include <algorithm>

#define STEPS 127 /* a block has STEPS + 1 threads: the leaves */

struct option {
	float strike, up, discount, probability; /* spot 1; of a step up, after discounting */
};

/* What exercising brings at level @level, after @ups steps up; powers: of .up, from -STEPS on */
__host__ __device__ inline float exercise(const option &o, const float *powers, int level, int ups)
{
	return fmaxf(o.strike - powers[STEPS + 2 * ups - level], 0.0f);
}

__host__ __device__ inline float hold(const option &o, float down, float up)
{
	return o.discount * fmaf(o.probability, up, (1 - o.probability) * down);
}

__global__ void price(const option *options, const float *powers, float *prices)
{
	__shared__ float value[2][STEPS + 1];
	const option o = options[blockIdx.x];
	const float *mine = powers + blockIdx.x * (2 * STEPS + 1);
	int t = threadIdx.x;

	value[STEPS % 2][t] = exercise(o, mine, STEPS, t);
	for (int level = STEPS - 1; level >= 0; level--) {
		const float *after = value[(level + 1) % 2];

		__syncthreads();
		if (t <= level)
			value[level % 2][t] = fmaxf(exercise(o, mine, level, t),
						    hold(o, after[t], after[t + 1]));
	}
	if (t == 0)
		prices[blockIdx.x] = value[0][0];
}

static float price_on_cpu(const option &o, const float *powers)
{
	std::vector<float> value(STEPS + 1);

	for (int i = 0; i <= STEPS; i++)
		value[i] = exercise(o, powers, STEPS, i);
	for (int level = STEPS - 1; level >= 0; level--)
		for (int i = 0; i <= level; i++)
			value[i] = fmaxf(exercise(o, powers, level, i),
					 hold(o, value[i], value[i + 1]));
	return value[0];
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 100);
	std::vector<option> options(n);
	std::vector<float> powers, want, got;

	for (option &o : options) {
		double years = 1 + 0.9 * rng_float(), step = years / STEPS, rate = 0.03;
		double up = exp(0.25 * sqrt(step));

		o.strike = 1 + 0.3f * rng_float();
		o.up = up;
		o.discount = exp(-rate * step);
		o.probability = (exp(rate * step) - 1 / up) / (up - 1 / up);
		for (int i = -STEPS; i <= STEPS; i++)
			powers.push_back(pow(up, i));
	}
	for (int i = 0; i < n; i++)
		want.push_back(price_on_cpu(options[i], &powers[i * (2 * STEPS + 1)]));

	option *dev_options = to_device(options);
	float *dev_powers = to_device(powers), *prices = device_array<float>(n);
	price<<<n, STEPS + 1>>>(dev_options, dev_powers, prices);
	got = from_device(prices, n);
	check_equal(got, want);
	/* never less than exercising at once, never more than the strike */
	for (int i = 0; i < n; i++)
		CHECK(got[i] >= options[i].strike - 1 && got[i] < options[i].strike);
	print_checksum("prices", got);
	release(dev_options, dev_powers, prices);
	return finish();
}
