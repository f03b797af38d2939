/* SPDX-License-Identifier: MIT */
/*
 * Sudokus, a block each: thread t of the 81 keeps the candidates of cell t in a bit mask and
 * the block propagates them; where that does not decide, it tries the cell with the fewest, and
 * comes back by a stack in shared memory.
 */
#include "program.h"

#define CELLS 81
#define ALL 0x1ffu
#define DEEPEST 64

struct grid {
	uint16_t candidates[CELLS]; /* bit d: d + 1 is possible */
};

__host__ __device__ inline bool sees(int a, int b)
{
	return a != b && (a / 9 == b / 9 || a % 9 == b % 9 ||
			  (a / 27 == b / 27 && a % 9 / 3 == b % 9 / 3));
}

/* Strike out what cells that are decided forbid, until nothing changes; false: a contradiction */
__device__ bool propagate(uint16_t *candidates)
{
	int t = threadIdx.x;
	bool changed = true;

	while (changed) {
		unsigned mine = candidates[t], taken = 0;

		for (int c = 0; c < CELLS; c++)
			if (sees(t, c) && __popc(candidates[c]) == 1)
				taken |= candidates[c];
		__syncthreads();
		candidates[t] = mine & ~taken;
		changed = __syncthreads_or(mine & taken);
		if (__syncthreads_or(!candidates[t]))
			return false;
	}
	return true;
}

/* The undecided cell with the fewest candidates; CELLS if all are decided */
__device__ int choose(const uint16_t *candidates)
{
	__shared__ int best;
	int t = threadIdx.x, n = __popc(candidates[t]);

	if (t == 0)
		best = 10 * 128;
	__syncthreads();
	if (n > 1)
		atomicMin(&best, n * 128 + t);
	__syncthreads();
	n = best < 10 * 128 ? best % 128 : CELLS;
	__syncthreads();
	return n;
}

__global__ void solve(grid *grids)
{
	__shared__ uint16_t now[CELLS], stack[DEEPEST][CELLS];
	int t = threadIdx.x, depth = 0;

	now[t] = grids[blockIdx.x].candidates[t];
	__syncthreads();
	while (true) {
		int cell;

		if (!propagate(now)) {
			if (depth == 0)
				break;
			__syncthreads();
			now[t] = stack[--depth][t];
			__syncthreads();
			continue;
		}
		cell = choose(now);
		if (cell == CELLS || depth == DEEPEST)
			break;
		/* try the lowest candidate; the others wait on the stack */
		stack[depth][t] = t == cell ? now[t] & (now[t] - 1) : now[t];
		depth++;
		if (t == cell)
			now[t] &= -now[t];
		__syncthreads();
	}
	grids[blockIdx.x].candidates[t] = now[t];
}

/* A solved grid by shifting rows and renaming digits, of which only some cells are given */
static grid puzzle(int given)
{
	int name[9], i, k;
	grid g;

	for (i = 0; i < 9; i++) {
		k = rng_below(i + 1);
		name[i] = name[k];
		name[k] = i;
	}
	for (i = 0; i < CELLS; i++)
		g.candidates[i] = 1 << name[(i / 9 * 3 + i / 27 + i % 9) % 9];
	for (i = CELLS; i > given; i--) {
		do
			k = rng_below(CELLS);
		while (g.candidates[k] == ALL);
		g.candidates[k] = ALL;
	}
	return g;
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 12);
	std::vector<grid> puzzles(n), got;
	grid *dev;

	for (int i = 0; i < n; i++)
		puzzles[i] = puzzle(36 + i % 5);
	dev = to_device(puzzles);
	solve<<<n, CELLS>>>(dev);
	got = from_device(dev, n);
	for (int i = 0; i < n; i++)
		for (int c = 0; c < CELLS; c++) {
			unsigned mine = got[i].candidates[c];

			CHECK(mine && !(mine & (mine - 1)) && mine & puzzles[i].candidates[c]);
			for (int other = 0; other < CELLS; other++)
				CHECK(!sees(c, other) || got[i].candidates[other] != mine);
		}
	printf("%d sudokus\n", n);
	print_checksum("solutions", got);
	release(dev);
	return finish();
}
