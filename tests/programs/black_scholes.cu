/* SPDX-License-Identifier: MIT */
/* Prices of European options after Black and Scholes, checked with double precision */
#include "program.h"

#define RATE 0.02
#define VOLATILITY 0.3

struct option {
	float spot, strike, years;
};

/* call and put; T is the precision */
template <typename T> struct prices {
	T call, put;
};

template <typename T> __host__ __device__ inline T normal(T x)
{
	return (T)0.5 * erfc(-x * (T)0.70710678118654752440);
}

template <typename T> __host__ __device__ inline prices<T> price(option o)
{
	T root = (T)VOLATILITY * sqrt((T)o.years), r = (T)RATE, v = (T)VOLATILITY;
	T d1 = (log((T)o.spot / o.strike) + (r + v * v / 2) * o.years) / root;
	T discounted = o.strike * exp(-r * o.years);
	T call = o.spot * normal(d1) - discounted * normal(d1 - root);

	return { call, call + discounted - o.spot };
}

template <typename T> __global__ void price_all(const option *options, prices<T> *result, int n)
{
	for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
		result[i] = price<T>(options[i]);
}

template <typename T> static void run(const std::vector<option> &options, double tolerance)
{
	const int n = options.size();
	option *dev = to_device(options);
	prices<T> *result = device_array<prices<T>>(n);
	std::vector<prices<T>> got;

	price_all<<<32, 128>>>(dev, result, n);
	got = from_device(result, n);
	for (int i = 0; i < n; i++) {
		prices<double> want = price<double>(options[i]);

		check_close(got[i].call, want.call, tolerance);
		check_close(got[i].put, want.put, tolerance);
	}
	printf("%d options within %g\n", n, tolerance);
	release(dev, result);
}

int main(int argc, char **argv)
{
	std::vector<option> options(program_size(argc, argv, 20000));

	for (option &o : options)
		o = { 50 + 40 * rng_float(), 50 + 40 * rng_float(), 5 + 4 * rng_float() };
	run<float>(options, 3e-4);
	run<double>(options, 1e-12);
	return finish();
}
