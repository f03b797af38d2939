/* SPDX-License-Identifier: MIT */
/*
 * How many ways N queens stand on a board of N x N without threatening one another.  The CPU
 * places the first three; each thread searches on from one such board, with a stack of its own.
 */
#include "program.h"

#define LARGEST 20
#define PLACED 3

/* Rows from @row on; the columns and diagonals that are taken, seen from that row */
struct board {
	int row;
	uint32_t columns, left, right;
};

__host__ __device__ inline board place(board b, uint32_t queen)
{
	return { b.row + 1, b.columns | queen, (b.left | queen) << 1, (b.right | queen) >> 1 };
}

__host__ __device__ inline uint32_t free_places(board b, int n)
{
	return ((1u << n) - 1) & ~(b.columns | b.left | b.right);
}

__global__ void solve(const board *boards, int count, int n, unsigned long long *solutions)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x, depth = 0;
	board stack[LARGEST];
	uint32_t open[LARGEST];
	unsigned found = 0;

	if (i >= count)
		return;
	stack[0] = boards[i];
	open[0] = free_places(stack[0], n);
	while (depth >= 0) {
		uint32_t queen = open[depth] & -open[depth];

		if (!queen) {
			depth--;
			continue;
		}
		open[depth] ^= queen;
		stack[depth + 1] = place(stack[depth], queen);
		if (stack[depth + 1].row == n) {
			found++;
			continue;
		}
		depth++;
		open[depth] = free_places(stack[depth], n);
	}
	atomicAdd(solutions, found);
}

static void first_rows(board b, int n, int rows, std::vector<board> &boards)
{
	if (b.row == rows) {
		boards.push_back(b);
		return;
	}
	for (uint32_t open = free_places(b, n); open; open &= open - 1)
		first_rows(place(b, open & -open), n, rows, boards);
}

int main(int argc, char **argv)
{
	static const unsigned long long known[] = { 1, 1, 0, 0, 2, 10, 4, 40, 92, 352, 724, 2680,
						    14200, 73712, 365596, 2279184, 14772512 };
	const int n = program_size(argc, argv, 9);
	std::vector<board> boards;
	unsigned long long *solutions = device_array<unsigned long long>(1), got;

	CHECK(n > PLACED && n < (int)ARRAY_SIZE(known));
	first_rows({ 0, 0, 0, 0 }, n, PLACED, boards);
	board *dev = to_device(boards);
	CUDA(cudaMemset(solutions, 0, sizeof(*solutions)));
	solve<<<blocks_for(boards.size(), 64), 64>>>(dev, boards.size(), n, solutions);
	got = from_device(solutions, 1)[0];
	CHECK(got == known[n]);
	printf("%d queens: %llu ways\n", n, got);
	release(solutions, dev);
	return finish();
}
