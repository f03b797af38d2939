/* SPDX-License-Identifier: MIT */
/* Pages change under a program's feet and it does not notice: not its threads, not its stack */
/* links: qcu-library/cuda/replace.c */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qcu-library/cuda/replace.h"
#include "tests/unit/check.h"

#define BYTES (4u << 20)

static int file(void)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	CHECK(fd >= 0 && !ftruncate(fd, BYTES));
	return fd;
}

static void contents_are_kept(uint8_t *p, size_t bytes)
{
	uint8_t *model = malloc(bytes), *other;
	int fd = file();

	for (size_t i = 0; i < bytes; i++)
		model[i] = p[i] = rand() >> 8;
	CHECK(!pages_replace(p, bytes, fd));
	other = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(!memcmp(p, model, bytes) && !memcmp(other, model, bytes));
	other[1] ^= 0xff;
	p[2] ^= 0xff;
	CHECK(p[1] != model[1] && other[2] != model[2]);
	p[1] = model[1];
	p[2] = model[2];
	CHECK(!pages_replace(p, bytes, -1));
	CHECK(!memcmp(p, model, bytes));
	other[3] ^= 0xff;
	CHECK(p[3] == model[3]);
	munmap(other, bytes);
	close(fd);
	free(model);
}

/* The page of this function's own variables, too */
static void own_stack(void)
{
	uint8_t on_stack[16384];
	uint8_t *page = (uint8_t *)(((uintptr_t)on_stack + 4095) & ~4095ul);

	contents_are_kept(page, 8192);
	memset(on_stack, 1, sizeof(on_stack));
}

static _Atomic bool stop;

/* A thread that counts in the memory: not one of its increments may be lost. */
static void *count(void *argument)
{
	_Atomic uint64_t *counters = argument;
	uint64_t n = 0;

	while (!stop)
		for (size_t i = 0; i < BYTES / sizeof(*counters); i += 512, n++)
			counters[i]++;
	return (void *)n;
}

static void writers_lose_nothing(void)
{
	uint64_t *counters = aligned_alloc(4096, BYTES), sum = 0;
	pthread_t threads[3];
	void *n;

	memset(counters, 0, BYTES);
	for (int i = 0; i < 3; i++)
		CHECK(!pthread_create(&threads[i], NULL, count, counters));
	for (int i = 0; i < 20; i++) {
		int fd = i % 2 ? -1 : file();

		CHECK(!pages_replace(counters, BYTES, fd));
		if (fd >= 0)
			close(fd);
	}
	stop = true;
	for (int i = 0; i < 3; i++) {
		CHECK(!pthread_join(threads[i], &n));
		sum -= (uintptr_t)n;
	}
	for (size_t i = 0; i < BYTES / sizeof(*counters); i += 512)
		sum += counters[i];
	CHECK(sum == 0);
	free(counters);
}

static void what_cannot_be(void)
{
	int fd = file(), theirs = file(), go[2];
	char *p = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, theirs, 0);
	char *anonymous = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			       0);
	pid_t child;

	CHECK(pages_replace(p, 8192, fd) == -EFAULT);
	munmap(p + 4096, 4096);
	mprotect(p, 4096, PROT_READ | PROT_WRITE);
	CHECK(pages_replace(p, 8192, fd) == -EFAULT);
	CHECK(pages_replace(shared, 8192, fd) == -EOPNOTSUPP);

	/* Shared, but with nobody: fine.  With a child: not. */
	CHECK(!pages_replace(anonymous, 4096, fd));
	anonymous[4096] = 1;
	CHECK(!pipe(go));
	child = fork();
	if (!child) {
		anonymous[4096] = 2;
		close(go[1]);
		_exit(read(go[0], &fd, 1));
	}
	while (((volatile char *)anonymous)[4096] != 2)
		usleep(1000);
	CHECK(pages_replace(anonymous + 4096, 4096, fd) == -EOPNOTSUPP);
	close(go[1]);
	waitpid(child, NULL, 0);
}

int main(void)
{
	uint8_t *heap = aligned_alloc(4096, 3 << 20);

	contents_are_kept(heap, 3 << 20);
	contents_are_kept(heap + 4096, 8192);
	own_stack();
	writers_lose_nothing();
	what_cannot_be();
	free(heap);
	return 0;
}
