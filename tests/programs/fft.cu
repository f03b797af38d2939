/* SPDX-License-Identifier: MIT */
/*
 * Fast Fourier transform by Stockham's radix-2 method: no bit reversal, each pass reads one array
 * and writes the other.  The roots of unity come from a table, so that CPU and GPU agree bit for
 * bit; against the definition, and back again by the inverse, they agree within rounding.
 */
#include "program.h"

/*
 * Pass with runs of length @run (1, 2, 4 ...): butterfly @i of n/2 takes elements i and i + n/2 and
 * puts their sum and their turned difference side by side, run elements apart.
 */
__host__ __device__ inline void butterfly(const float2 *in, float2 *out, const float2 *roots, int n,
					  int run, int i)
{
	int k = i & (run - 1);
	float2 a = in[i], b = in[i + n / 2], w = roots[k * (n / 2 / run)];
	float2 t = make_float2(fmaf(w.x, b.x, -(w.y * b.y)), fmaf(w.x, b.y, w.y * b.x));
	int to = 2 * i - k;

	out[to] = make_float2(a.x + t.x, a.y + t.y);
	out[to + run] = make_float2(a.x - t.x, a.y - t.y);
}

__global__ void pass(const float2 *in, float2 *out, const float2 *roots, int n, int run)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n / 2)
		butterfly(in, out, roots, n, run, i);
}

/* transform() - @a in place, using @b; returns where the result is */
static float2 *transform(float2 *a, float2 *b, const float2 *roots, int n)
{
	for (int run = 1; run < n; run *= 2) {
		pass<<<blocks_for(n / 2, 256), 256>>>(a, b, roots, n, run);
		std::swap(a, b);
	}
	return a;
}

static std::vector<float2> roots_of_unity(int n)
{
	std::vector<float2> roots(n / 2);

	for (int k = 0; k < n / 2; k++)
		roots[k] = make_float2(cos(2 * M_PI * k / n), -sin(2 * M_PI * k / n));
	return roots;
}

/* check_by_definition() - some frequencies, summed up in double precision */
static void check_by_definition(const std::vector<float2> &in, const std::vector<float2> &out)
{
	const size_t n = in.size();

	for (size_t f = 0; f < n; f += n / 4 + 1) {
		double x = 0, y = 0, turn_x = cos(2 * M_PI * f / n), turn_y = -sin(2 * M_PI * f / n);
		double root_x = 1, root_y = 0;

		for (size_t t = 0; t < n; t++) {
			double turned = root_x * turn_x - root_y * turn_y;

			x += in[t].x * root_x - in[t].y * root_y;
			y += in[t].x * root_y + in[t].y * root_x;
			root_y = root_x * turn_y + root_y * turn_x;
			root_x = turned;
		}
		check_close(out[f].x, x, 4e-6 * sqrt(n));
		check_close(out[f].y, y, 4e-6 * sqrt(n));
	}
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 1 << 14), rounds = program_rounds(argc, argv);
	std::vector<float2> in(n), a, b(n), spectrum, back;
	std::vector<float2> roots = roots_of_unity(n), roots_back = roots;

	CHECK(n >= 2 && !(n & (n - 1)));
	for (float2 &x : in)
		x = make_float2(rng_float(), rng_float());
	for (float2 &root : roots_back)
		root.y = -root.y;

	gpu_begin();
	float2 *start = to_device(in), *one = device_array<float2>(n), *two = device_array<float2>(n);
	float2 *dev_roots = to_device(roots), *dev_roots_back = to_device(roots_back);
	float2 *there, *again = NULL;
	for (int r = 0; r < rounds; r++) {
		again_from(one, start, n);
		there = transform(one, two, dev_roots, n);
		if (r == rounds - 1)
			spectrum = from_device(there, n);
		again = transform(there, there == one ? two : one, dev_roots_back, n);
	}
	back = from_device(again, n);
	gpu_end();

	a = in;
	for (int run = 1; run < n; run *= 2) {
		for (int i = 0; i < n / 2; i++)
			butterfly(a.data(), b.data(), roots.data(), n, run, i);
		std::swap(a, b);
	}
	check_equal(spectrum, a);
	check_by_definition(in, spectrum);
	for (int i = 0; i < n; i++) {
		check_close(back[i].x / n, in[i].x, 1e-5);
		check_close(back[i].y / n, in[i].y, 1e-5);
	}
	print_checksum("spectrum", spectrum);
	release(start, one, two, dev_roots, dev_roots_back);
	return finish();
}
