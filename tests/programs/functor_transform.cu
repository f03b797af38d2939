/* SPDX-License-Identifier: MIT */
/*
 * Algorithms as templates: transform and reduce take the operation as an argument, a class or a
 * lambda expression, for whatever type.
 */
#include "program.h"

template <typename In, typename Out, typename F>
__global__ void transform_kernel(const In *in, Out *out, int n, F f)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		out[i] = f(in[i]);
}

template <typename T, typename F> __global__ void reduce_kernel(const T *in, T *out, int n, F f)
{
	__shared__ T s[128];
	T mine = in[threadIdx.x < n ? threadIdx.x : 0];

	for (int i = threadIdx.x + 128; i < n; i += 128)
		mine = f(mine, in[i]);
	s[threadIdx.x] = mine;
	for (int half = 64; half > 0; half /= 2) {
		__syncthreads();
		if (threadIdx.x < half && threadIdx.x + half < n)
			s[threadIdx.x] = f(s[threadIdx.x], s[threadIdx.x + half]);
	}
	if (threadIdx.x == 0)
		*out = s[0];
}

template <typename Out, typename In, typename F>
std::vector<Out> transform(const std::vector<In> &in, F f)
{
	In *dev_in = to_device(in);
	Out *out = device_array<Out>(in.size());
	std::vector<Out> result;

	transform_kernel<<<blocks_for(in.size(), 128), 128>>>(dev_in, out, in.size(), f);
	result = from_device(out, in.size());
	release(dev_in, out);
	return result;
}

template <typename T, typename F> T reduce(const std::vector<T> &in, F f)
{
	T *dev_in = to_device(in), *out = device_array<T>(1), result;

	reduce_kernel<<<1, 128>>>(dev_in, out, in.size(), f);
	result = from_device(out, 1)[0];
	release(dev_in, out);
	return result;
}

struct scale {
	double factor;

	__host__ __device__ double operator()(int x) const
	{
		return factor * x;
	}
};

struct maximum {
	template <typename T> __host__ __device__ T operator()(T a, T b) const
	{
		return a > b ? a : b;
	}
};

struct plus {
	template <typename T> __host__ __device__ T operator()(T a, T b) const
	{
		return a + b;
	}
};

int main(int argc, char **argv)
{
	std::vector<int> in = random_numbers<int>(program_size(argc, argv, 10000), 2000000);
	std::vector<double> scaled(in.size());
	std::vector<uint8_t> odd(in.size());
	int greatest = 0, count = 0, modulus = 7;

	for (size_t i = 0; i < in.size(); i++) {
		scaled[i] = scale{ 0.1 }(in[i]);
		odd[i] = in[i] % modulus & 1;
		greatest = in[i] > greatest ? in[i] : greatest;
		count += odd[i];
	}
	check_equal(transform<double>(in, scale{ 0.1 }), scaled);
	check_equal(transform<uint8_t>(in, [modulus] __device__(int x) { return x % modulus & 1; }),
		    odd);
	CHECK(reduce(in, maximum()) == greatest);
	CHECK(reduce(transform<int>(odd, [] __device__(uint8_t x) { return (int)x; }), plus()) ==
	      count);
	CHECK(reduce(scaled, maximum()) == 0.1 * greatest);
	printf("greatest %d, odd %d\n", greatest, count);
	return finish();
}
