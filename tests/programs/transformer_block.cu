/* SPDX-License-Identifier: MIT */
/*
 * A block of a transformer, forward: normalize each token, attend to the tokens before it with
 * several heads, and a layer of neurons, each added to what came in.
 */
#include "program.h"

#define MODEL 64 /* numbers a token */
#define HEADS 4
#define HEAD (MODEL / HEADS)
#define HIDDEN (4 * MODEL)

/* weights, a row an output */
struct weights {
	float *q, *k, *v, *out, *up, *down;
};

__device__ float block_sum(float x)
{
	__shared__ float s[MODEL];

	__syncthreads();
	s[threadIdx.x] = x;
	for (int half = MODEL / 2; half > 0; half /= 2) {
		__syncthreads();
		if (threadIdx.x < half)
			s[threadIdx.x] += s[threadIdx.x + half];
	}
	__syncthreads();
	return s[0];
}

/* A block a token: mean 0, variance 1 */
__global__ void normalize(const float *in, float *out)
{
	float x = in[blockIdx.x * MODEL + threadIdx.x];
	float mean = block_sum(x) / MODEL;
	float variance = block_sum((x - mean) * (x - mean)) / MODEL;

	out[blockIdx.x * MODEL + threadIdx.x] = (x - mean) * rsqrtf(variance + 1e-5f);
}

/* A thread a number of the result: a row of @w times a token, perhaps more; a block a token */
__global__ void linear(const float *in, const float *w, const float *add, float *out, int n,
		       bool gelu)
{
	extern __shared__ float token[];
	float sum = 0;

	for (int i = threadIdx.x; i < n; i += blockDim.x)
		token[i] = in[blockIdx.x * n + i];
	__syncthreads();
	for (int i = 0; i < n; i++)
		sum = fmaf(token[i], w[threadIdx.x * n + i], sum);
	if (gelu)
		sum *= 0.5f * (1 + erff(sum * 0.70710678f));
	if (add)
		sum += add[blockIdx.x * blockDim.x + threadIdx.x];
	out[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

/*
 * A warp: one token, one head.  The greatest score is kept along the way, and what was summed
 * up is scaled when there is a greater one, so that no score is stored.  Lane l has the tokens
 * l, l + 32 ...; at the end the lanes' sums are joined.
 */
__global__ void attend(const float *q, const float *k, const float *v, float *out, int tokens)
{
	int warp = (blockIdx.x * blockDim.x + threadIdx.x) / 32, lane = threadIdx.x % 32;
	int token = warp / HEADS, base = warp % HEADS * HEAD;
	float sum[HEAD] = {}, total = 0, greatest = -INFINITY, whole, scale;

	if (token >= tokens)
		return;
	for (int t = lane; t <= token; t += 32) {
		float score = 0, more;

		for (int i = 0; i < HEAD; i++)
			score = fmaf(q[token * MODEL + base + i], k[t * MODEL + base + i], score);
		score *= rsqrtf(HEAD);
		more = fmaxf(greatest, score);
		scale = expf(greatest - more);
		greatest = more;
		score = expf(score - greatest);
		total = fmaf(total, scale, score);
		for (int i = 0; i < HEAD; i++)
			sum[i] = fmaf(sum[i], scale, score * v[t * MODEL + base + i]);
	}
	whole = greatest;
	for (int d = 16; d > 0; d /= 2)
		whole = fmaxf(whole, __shfl_xor_sync(~0u, whole, d));
	scale = expf(greatest - whole);
	total *= scale;
	for (int d = 16; d > 0; d /= 2)
		total += __shfl_xor_sync(~0u, total, d);
	for (int i = 0; i < HEAD; i++) {
		float x = sum[i] * scale;

		for (int d = 16; d > 0; d /= 2)
			x += __shfl_xor_sync(~0u, x, d);
		if (lane == 0)
			out[token * MODEL + base + i] = x / total;
	}
}

static void forward(const weights &w, float *x, float **tmp, int tokens)
{
	const int model_bytes = MODEL * sizeof(float), hidden_bytes = HIDDEN * sizeof(float);
	float *normal = tmp[0], *q = tmp[1], *k = tmp[2], *v = tmp[3], *hidden = tmp[4];

	normalize<<<tokens, MODEL>>>(x, normal);
	linear<<<tokens, MODEL, model_bytes>>>(normal, w.q, NULL, q, MODEL, false);
	linear<<<tokens, MODEL, model_bytes>>>(normal, w.k, NULL, k, MODEL, false);
	linear<<<tokens, MODEL, model_bytes>>>(normal, w.v, NULL, v, MODEL, false);
	attend<<<blocks_for(tokens * HEADS, 4), 128>>>(q, k, v, normal, tokens);
	linear<<<tokens, MODEL, model_bytes>>>(normal, w.out, x, x, MODEL, false);
	normalize<<<tokens, MODEL>>>(x, normal);
	linear<<<tokens, HIDDEN, model_bytes>>>(normal, w.up, NULL, hidden, MODEL, true);
	linear<<<tokens, MODEL, hidden_bytes>>>(hidden, w.down, x, x, HIDDEN, false);
}

/* The same on the CPU, in double precision and as it is written in books, for some tokens */
namespace reference
{
typedef std::vector<double> token;

static token normalized(const token &x)
{
	double mean = 0, variance = 0;
	token out(x.size());

	for (double v : x)
		mean += v / x.size();
	for (double v : x)
		variance += (v - mean) * (v - mean) / x.size();
	for (size_t i = 0; i < x.size(); i++)
		out[i] = (x[i] - mean) / sqrt(variance + 1e-5);
	return out;
}

static token times(const std::vector<float> &w, const token &x)
{
	token out(w.size() / x.size(), 0.0);

	for (size_t i = 0; i < w.size(); i++)
		out[i / x.size()] += w[i] * x[i % x.size()];
	return out;
}

/* What token @t of @x becomes; @w: q, k, v, out, up, down */
static token forward(const std::vector<float> *w, const std::vector<float> &x, int t)
{
	std::vector<token> normal, k, v;
	token q, attended(MODEL, 0.0), here, hidden;

	for (int i = 0; i <= t; i++) {
		normal.push_back(normalized(token(&x[i * MODEL], &x[i * MODEL] + MODEL)));
		k.push_back(times(w[1], normal[i]));
		v.push_back(times(w[2], normal[i]));
	}
	q = times(w[0], normal[t]);
	for (int base = 0; base < MODEL; base += HEAD) {
		token p(t + 1, 0.0);
		double total = 0;

		for (int i = 0; i <= t; i++) {
			for (int j = base; j < base + HEAD; j++)
				p[i] += q[j] * k[i][j] / sqrt(HEAD);
			total += p[i] = exp(p[i]);
		}
		for (int i = 0; i <= t; i++)
			for (int j = base; j < base + HEAD; j++)
				attended[j] += p[i] / total * v[i][j];
	}
	here = times(w[3], attended);
	for (int j = 0; j < MODEL; j++)
		here[j] += x[t * MODEL + j];
	hidden = times(w[4], normalized(here));
	for (double &h : hidden)
		h *= 0.5 * (1 + erf(h * M_SQRT1_2));
	hidden = times(w[5], hidden);
	for (int j = 0; j < MODEL; j++)
		here[j] += hidden[j];
	return here;
}
} // namespace reference

int main(int argc, char **argv)
{
	static const int sizes[] = { MODEL, MODEL, MODEL, MODEL, HIDDEN, HIDDEN };
	const int tokens = program_size(argc, argv, 70);
	const int rounds = program_rounds(argc, argv);
	std::vector<float> x = random_floats((size_t)tokens * MODEL), w[6], got;
	float *dev_w[6], *tmp[5], *start, *dev_x;

	for (int i = 0; i < 6; i++) {
		w[i] = random_floats(MODEL * sizes[i]);
		for (float &v : w[i])
			v *= 0.2f;
	}

	gpu_begin();
	start = to_device(x);
	dev_x = device_array<float>(x.size());
	for (int i = 0; i < 6; i++)
		dev_w[i] = to_device(w[i]);
	for (float *&t : tmp)
		t = device_array<float>((size_t)tokens * (&t == &tmp[4] ? HIDDEN : MODEL));
	for (int r = 0; r < rounds; r++) {
		again_from(dev_x, start, x.size());
		forward({ dev_w[0], dev_w[1], dev_w[2], dev_w[3], dev_w[4], dev_w[5] }, dev_x, tmp,
			tokens);
	}
	got = from_device(dev_x, (size_t)tokens * MODEL);
	gpu_end();

	for (int t = 0; t < tokens; t += tokens / 5) {
		reference::token want = reference::forward(w, x, t);

		for (int i = 0; i < MODEL; i++)
			check_close(got[t * MODEL + i], want[i], 1e-4);
	}
	printf("%d tokens\n", tokens);
	release(start, dev_x, tmp[0], tmp[1], tmp[2], tmp[3], tmp[4]);
	release(dev_w[0], dev_w[1], dev_w[2], dev_w[3], dev_w[4], dev_w[5]);
	return finish();
}
