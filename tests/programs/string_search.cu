/* SPDX-License-Identifier: MIT */
/*
 * Where several words occur in a text: each block loads its part of the text, and as much more as
 * a word may be long, into shared memory; a match's place goes into a list by an atomic counter.
 */
#include "program.h"
#include <algorithm>

#define BLOCK 128
#define WORDS 4
#define LONGEST 8

__constant__ char words[WORDS][LONGEST + 1] = { "a", "abba", "babab", "bbbbabaa" };
static const char *const host_words[WORDS] = { "a", "abba", "babab", "bbbbabaa" };

struct match {
	int word, place;

	bool operator<(const match &other) const
	{
		return word != other.word ? word < other.word : place < other.place;
	}
};

__global__ void search(const char *text, int n, match *matches, int *found)
{
	__shared__ char part[BLOCK + LONGEST];
	int base = blockIdx.x * BLOCK;

	for (int i = threadIdx.x; i < BLOCK + LONGEST; i += BLOCK)
		part[i] = base + i < n ? text[base + i] : '\0';
	__syncthreads();
	for (int w = 0; w < WORDS; w++) {
		int k = 0;

		while (words[w][k] && words[w][k] == part[threadIdx.x + k])
			k++;
		if (!words[w][k])
			matches[atomicAdd(found, 1)] = { w, base + (int)threadIdx.x };
	}
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 20000);
	std::vector<char> text(n);
	std::vector<match> want, got;
	match *matches = device_array<match>(n * WORDS);
	int *found = device_array<int>(1);

	for (char &c : text)
		c = "ab"[rng_below(2)];
	for (int w = 0; w < WORDS; w++)
		for (int i = 0; i + strlen(host_words[w]) <= (size_t)n; i++)
			if (!memcmp(&text[i], host_words[w], strlen(host_words[w])))
				want.push_back({ w, i });

	char *dev_text = to_device(text);
	CUDA(cudaMemset(found, 0, sizeof(int)));
	search<<<blocks_for(n, BLOCK), BLOCK>>>(dev_text, n, matches, found);
	got = from_device(matches, from_device(found, 1)[0]);
	std::sort(got.begin(), got.end());
	check_equal(got, want);
	printf("%zu matches\n", got.size());
	print_checksum("places", got);
	release(dev_text, matches, found);
	return finish();
}
