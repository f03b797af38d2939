/* SPDX-License-Identifier: MIT */
/*
 * Local alignment of two sequences, after Smith and Waterman, with affine gaps: the cells of an
 * antidiagonal do not depend on one another, so each antidiagonal is one kernel.
 */
#include "program.h"
#include <algorithm>

#define MATCH 3
#define MISMATCH (-2)
#define GAP_OPEN 5
#define GAP_MORE 1

/* The best scores of alignments that end at a cell: at all, with a gap in one, in the other */
struct cell {
	int score, down, right;
};

__host__ __device__ inline cell cell_of(cell up, cell left, cell corner, bool match)
{
	cell c;

	c.down = max(up.score - GAP_OPEN, up.down - GAP_MORE);
	c.right = max(left.score - GAP_OPEN, left.right - GAP_MORE);
	c.score = max(max(c.down, c.right), corner.score + (match ? MATCH : MISMATCH));
	c.score = max(c.score, 0);
	return c;
}

/* Cells are numbered by their antidiagonal d = i + j and row i; three antidiagonals are kept */
__global__ void antidiagonal(const char *a, const char *b, int n, int m, int d, cell *now,
			     const cell *before, const cell *before2, int *best)
{
	int i = max(1, d - m) + blockIdx.x * blockDim.x + threadIdx.x, j = d - i;

	if (i > n || j < 1)
		return;
	now[i] = cell_of(before[i - 1], before[i], before2[i - 1], a[i - 1] == b[j - 1]);
	atomicMax(best, now[i].score);
}

static int align_on_cpu(const std::vector<char> &a, const std::vector<char> &b)
{
	const cell none = { 0, -1000, -1000 };
	std::vector<cell> row(b.size() + 1, none);
	int best = 0;

	for (char x : a) {
		cell corner = none, up;

		for (size_t j = 1; j <= b.size(); j++) {
			up = row[j];
			row[j] = cell_of(up, row[j - 1], corner, x == b[j - 1]);
			corner = up;
			best = std::max(best, row[j].score);
		}
	}
	return best;
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 300), m = n + n / 3;
	std::vector<char> a(n), b(m);
	std::vector<cell> none(n + 2, cell{ 0, -1000, -1000 });
	cell *diagonal[3] = { to_device(none), to_device(none), to_device(none) };
	int *best = device_array<int>(1), got;

	for (char &x : a)
		x = "ACGT"[rng_below(4)];
	for (int j = 0; j < m; j++) /* a stretch of @a, with mutations */
		b[j] = rng_below(8) && j > n / 2 ? a[(j + 7) % n] : "ACGT"[rng_below(4)];
	char *dev_a = to_device(a), *dev_b = to_device(b);

	CUDA(cudaMemset(best, 0, sizeof(int)));
	for (int d = 2; d <= n + m; d++) {
		int cells = std::min(n, d - 1) - std::max(1, d - m) + 1;

		antidiagonal<<<blocks_for(cells, 64), 64>>>(dev_a, dev_b, n, m, d, diagonal[d % 3],
							    diagonal[(d + 2) % 3],
							    diagonal[(d + 1) % 3], best);
	}
	got = from_device(best, 1)[0];
	CHECK(got == align_on_cpu(a, b));
	printf("best score: %d\n", got);
	release(diagonal[0], diagonal[1], diagonal[2], best, dev_a, dev_b);
	return finish();
}
