/* SPDX-License-Identifier: MIT */
/* What several threads copy together is what one would have copied, whoever else copies. */
/* links: qcu-library/cuda/crew.c */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/crew.h"

#define THREADS	3
#define BYTES	((size_t)3 << 20)
#define ROUNDS	60

static void *copy_much(void *argument)
{
	unsigned seed = (uintptr_t)argument;
	uint8_t *from = malloc(BYTES), *to = aligned_alloc(4096, BYTES + 4096);

	if (!from || !to)
		exit(1);
	for (int round = 0; round < ROUNDS; round++) {
		size_t at = rand_r(&seed) % 5000, bytes = rand_r(&seed) % (BYTES - at);

		for (size_t i = 0; i < BYTES; i += 512)
			memset(from + i, rand_r(&seed), 512);
		memset(to, 0x5a, BYTES + 1);
		(round % 2 ? crew_fill : crew_copy)(to, from + at, bytes, 4);
		if (memcmp(to, from + at, bytes) || to[bytes] != 0x5a) {
			printf("round %d of thread %u: %zu bytes were not copied right\n", round,
			       (unsigned)(uintptr_t)argument, bytes);
			exit(1);
		}
	}
	free(from);
	free(to);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, copy_much, (void *)(i + 1)))
			return 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
