/* SPDX-License-Identifier: MIT */
/*
 * The edit distance of many words from one word: a thread a word, all of the table that it needs
 * in local memory.
 */
#include "program.h"
#include <algorithm>
#include <string>

#define LONGEST 30

__host__ __device__ inline int distance(const char *a, int n, const char *b, int m)
{
	uint8_t row[LONGEST + 1];

	for (int j = 0; j <= m; j++)
		row[j] = j;
	for (int i = 1; i <= n; i++) {
		uint8_t corner = row[0], up;

		row[0] = i;
		for (int j = 1; j <= m; j++) {
			up = row[j];
			row[j] = min(min(row[j], row[j - 1]) + 1,
				     corner + (a[i - 1] != b[j - 1]));
			corner = up;
		}
	}
	return row[m];
}

__global__ void distances(const char *text, const int *starts, const char *word, int length,
			  int *result, int n)
{
	int i = blockIdx.x * blockDim.x + threadIdx.x;

	if (i < n)
		result[i] = distance(word, length, text + starts[i], starts[i + 1] - starts[i]);
}

int main(int argc, char **argv)
{
	const int n = program_size(argc, argv, 2000);
	std::string word = "discombobulation";
	std::vector<char> text;
	std::vector<int> starts(1, 0), got;

	for (int i = 0; i < n; i++) {
		std::string other = word;

		for (size_t changes = rng_below(20); changes > 0; changes--) {
			size_t at = rng_below(other.size() + 1);

			if (rng_below(2) && at < other.size())
				other.erase(at, 1);
			else if (other.size() < LONGEST)
				other.insert(at, 1, "abdilnou"[rng_below(8)]);
		}
		text.insert(text.end(), other.begin(), other.end());
		starts.push_back(text.size());
	}
	char *dev_text = to_device(text);
	char *dev_word = to_device(std::vector<char>(word.begin(), word.end()));
	int *dev_starts = to_device(starts), *result = device_array<int>(n);

	distances<<<blocks_for(n, 64), 64>>>(dev_text, dev_starts, dev_word, word.size(), result,
					     n);
	got = from_device(result, n);
	for (int i = 0; i < n; i++)
		CHECK(got[i] == distance(word.data(), word.size(), &text[starts[i]],
					 starts[i + 1] - starts[i]));
	CHECK(distance("kitten", 6, "sitting", 7) == 3);
	print_checksum("distances", got);
	release(dev_text, dev_word, dev_starts, result);
	return finish();
}
