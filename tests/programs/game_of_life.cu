/* SPDX-License-Identifier: MIT */
/* Conway's Game of Life on a torus, 32 cells a word: neighbours are counted with bit operations */
#include "program.h"

#define GENERATIONS 50

/* The neighbours to the left and to the right of the 32 cells at column @x of @row */
__device__ void neighbours(const uint32_t *row, int words, int x, uint32_t &left, uint32_t &right)
{
	uint32_t before = row[x ? x - 1 : words - 1], after = row[x + 1 < words ? x + 1 : 0];

	left = __funnelshift_l(before, row[x], 1);
	right = __funnelshift_r(row[x], after, 1);
}

/* @word is one more neighbour of each cell: count it in the bits @ones, @twos, @fours */
__device__ void count(uint32_t word, uint32_t &ones, uint32_t &twos, uint32_t &fours)
{
	uint32_t carry = ones & word, carry2 = twos & carry;

	ones ^= word;
	twos ^= carry;
	fours |= carry2;
}

__global__ void generation(const uint32_t *in, uint32_t *out, int words, int height)
{
	int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
	uint32_t ones = 0, twos = 0, fours = 0, left, right;

	if (x >= words || y >= height)
		return;
	for (int dy = -1; dy <= 1; dy++) {
		const uint32_t *row = in + (y + dy + height) % height * words;

		neighbours(row, words, x, left, right);
		count(left, ones, twos, fours);
		count(right, ones, twos, fours);
		if (dy)
			count(row[x], ones, twos, fours);
	}
	/* born with three, alive with two or three */
	out[y * words + x] = twos & ~fours & (ones | in[y * words + x]);
}

static std::vector<uint8_t> generation_on_cpu(const std::vector<uint8_t> &cells, int width,
					      int height)
{
	std::vector<uint8_t> next(cells.size());

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++) {
			int alive = -cells[y * width + x];

			for (int dy = height - 1; dy <= height + 1; dy++)
				for (int dx = width - 1; dx <= width + 1; dx++)
					alive += cells[(y + dy) % height * width +
						       (x + dx) % width];
			next[y * width + x] = alive == 3 || (alive == 2 && cells[y * width + x]);
		}
	return next;
}

int main(int argc, char **argv)
{
	const int words = program_size(argc, argv, 5), width = 32 * words, height = 100;
	std::vector<uint32_t> board = random_numbers<uint32_t>(words * height, 1ull << 32), got;
	std::vector<uint8_t> cells(width * height);
	uint32_t *from = to_device(board), *to = device_array<uint32_t>(words * height);
	dim3 block(8, 16), grid(blocks_for(words, 8), blocks_for(height, 16));

	for (int i = 0; i < width * height; i++)
		cells[i] = board[i / 32] >> i % 32 & 1;
	for (int g = 0; g < GENERATIONS; g++) {
		generation<<<grid, block>>>(from, to, words, height);
		std::swap(from, to);
		cells = generation_on_cpu(cells, width, height);
	}
	got = from_device(from, words * height);
	for (int i = 0; i < width * height; i++)
		CHECK((got[i / 32] >> i % 32 & 1) == cells[i]);
	print_checksum("board", got);
	release(from, to);
	return finish();
}
