/* SPDX-License-Identifier: MIT */
/*
 * replay.h - a fuzzer as a unit test: its corpus, and mutations of it
 *
 * For a fuzzer's LLVMFuzzerTestOneInput() without libFuzzer.  The mutations are
 * the same in each run; looking for new ones is `make fuzz`.
 */
#ifndef TESTS_FUZZ_REPLAY_H
#define TESTS_FUZZ_REPLAY_H

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REPLAY_MAX	(64u << 10)

static uint64_t replay_seed = 1;

static inline uint32_t replay_random(uint32_t below)
{
	replay_seed = replay_seed * 6364136223846793005ull + 1442695040888963407ull;
	return (replay_seed >> 33) % below;
}

static inline void replay_mutations(int (*one)(const uint8_t *, size_t), const uint8_t *data,
				    size_t size, unsigned rounds)
{
	static uint8_t copy[REPLAY_MAX];

	for (unsigned i = 0; i < rounds; i++) {
		memcpy(copy, data, size);
		for (unsigned flips = 1 + replay_random(6); flips && size; flips--) {
			const uint8_t values[] = { 0, 1, 0xff, 0x7f, 0x80, replay_random(256) };

			copy[replay_random(size)] = values[replay_random(6)];
		}
		one(copy, size ? 1 + replay_random(4) ? size : replay_random(size) : 0);
	}
}

/* The corpus is in the tree that this program, build/CONFIG/tests/unit/x, was built from. */
static inline void replay_directory(char *directory, size_t size, const char *name)
{
	char self[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n < 0 ? 0 : n] = 0;
	for (int i = 0; i < 5 && strrchr(self, '/'); i++)
		*strrchr(self, '/') = 0;
	snprintf(directory, size, "%s/tests/fuzz/corpus/%s", self, name);
}

/* Every file of the fuzzer's corpus, tests/fuzz/corpus/@name, and @rounds mutations of each; the number of files */
static inline int replay(int (*one)(const uint8_t *, size_t), const char *name, unsigned rounds)
{
	static uint8_t data[REPLAY_MAX];
	char directory[300];
	struct dirent *entry;
	DIR *files;
	int n = 0;

	replay_directory(directory, sizeof(directory), name);
	files = opendir(directory);

	while (files && (entry = readdir(files))) {
		char path[700];
		FILE *file;
		size_t size;

		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		file = entry->d_name[0] == '.' ? NULL : fopen(path, "rb");
		if (!file)
			continue;
		size = fread(data, 1, sizeof(data), file);
		fclose(file);
		one(data, size);
		replay_mutations(one, data, size, rounds);
		n++;
	}
	if (files)
		closedir(files);
	return n;
}

#endif
