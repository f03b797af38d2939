/* SPDX-License-Identifier: MIT */
/*
 * Linked lists on the device's heap: every thread puts nodes of its own making before the heads
 * of some lists, another kernel walks the lists, a third frees them.
 */
#include "program.h"

#define LISTS 7

struct node {
	node *next;
	int value;
};

__device__ node *heads[LISTS];

__global__ void fill(int each)
{
	int thread = blockIdx.x * blockDim.x + threadIdx.x;

	for (int i = 0; i < each; i++) {
		node *mine = new node, *head;

		mine->value = thread * each + i;
		head = heads[mine->value % LISTS];
		do {
			mine->next = head;
			__threadfence(); /* the node before the pointer to it */
			head = (node *)atomicCAS(
				(unsigned long long *)&heads[mine->value % LISTS],
				(unsigned long long)mine->next, (unsigned long long)mine);
		} while (head != mine->next);
	}
}

/* A thread a list: how long it is, and its sum */
__global__ void walk(unsigned *lengths, unsigned *sums)
{
	unsigned length = 0, sum = 0;

	for (node *n = heads[threadIdx.x]; n; n = n->next) {
		length++;
		sum += n->value;
	}
	lengths[threadIdx.x] = length;
	sums[threadIdx.x] = sum;
}

__global__ void clear()
{
	node *n = heads[threadIdx.x], *next;

	for (; n; n = next) {
		next = n->next;
		delete n;
	}
	heads[threadIdx.x] = NULL;
}

int main(int argc, char **argv)
{
	const int blocks = 4, threads = 64, each = program_size(argc, argv, 5);
	unsigned *lengths = device_array<unsigned>(LISTS), *sums = device_array<unsigned>(LISTS);
	std::vector<unsigned> want_lengths(LISTS, 0), want_sums(LISTS, 0);

	for (int i = 0; i < blocks * threads * each; i++) {
		want_lengths[i % LISTS]++;
		want_sums[i % LISTS] += i;
	}
	for (int round = 0; round < 3; round++) {
		fill<<<blocks, threads>>>(each);
		walk<<<1, LISTS>>>(lengths, sums);
		clear<<<1, LISTS>>>();
		check_equal(from_device(lengths, LISTS), want_lengths);
		check_equal(from_device(sums, LISTS), want_sums);
	}
	for (int i = 0; i < LISTS; i++)
		printf("list %d: %u nodes, sum %u\n", i, want_lengths[i], want_sums[i]);
	release(lengths, sums);
	return finish();
}
