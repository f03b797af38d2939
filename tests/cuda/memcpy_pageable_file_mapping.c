/* SPDX-License-Identifier: MIT */
/*
 * Files are memory to copy from and to: private, shared, read-only, and next to memory that is not
 * of a file.  What a copy writes into a private mapping does not reach the file.
 */
#include "pageable.h"

#define BYTES (MIB + 3 * 4096)

static void *dev;

static unsigned char *map_file(int fd, void *at, int protection, int flags)
{
	void *p = mmap(at, BYTES, protection, flags | (at ? MAP_FIXED : 0), fd, 0);

	CHECK(p != MAP_FAILED);
	return (unsigned char *)p;
}

static void expect_in_file(int fd, const unsigned char *want)
{
	unsigned char *got = (unsigned char *)malloc(BYTES);

	CHECK(got && pread(fd, got, BYTES, 0) == (ssize_t)BYTES);
	CHECK_SAME(got, want, BYTES);
	free(got);
}

static void from_read_only(const unsigned char *p, const unsigned char *want)
{
	unsigned char *back = (unsigned char *)malloc(BYTES);

	for (int i = 0; i < 3; i++) {
		CUDA(cudaMemset(dev, i, BYTES));
		CUDA(cudaMemcpy(dev, p, BYTES, cudaMemcpyHostToDevice));
		CUDA(cudaMemcpy(back, dev, BYTES, cudaMemcpyDeviceToHost));
		CHECK_SAME(back, want, BYTES);
	}
	free(back);
}

int main(void)
{
	unsigned char *data = (unsigned char *)rng_bytes(BYTES), *p, *around;
	FILE *file = tmpfile();
	int fd;

	CHECK(file);
	fd = fileno(file);
	CHECK(pwrite(fd, data, BYTES, 0) == (ssize_t)BYTES);
	CUDA(cudaMalloc(&dev, 3 * BYTES));

	p = map_file(fd, NULL, PROT_READ, MAP_PRIVATE);
	from_read_only(p, data);
	CHECK(!munmap(p, BYTES));

	p = map_file(fd, NULL, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	host_is_seen(dev, p, BYTES, 3);
	device_is_seen(dev, p, BYTES, 3);
	expect_in_file(fd, data);
	CHECK(!munmap(p, BYTES));

	/* A file in the middle of memory, copied as one */
	around = map_at(NULL, 3 * BYTES);
	rng_fill(around, 3 * BYTES);
	host_is_seen(dev, around, 3 * BYTES, 2);
	p = map_file(fd, around + BYTES, PROT_READ | PROT_WRITE, MAP_SHARED);
	host_is_seen(dev, around, 3 * BYTES, 2);
	device_is_seen(dev, around, 3 * BYTES, 2);
	expect_in_file(fd, p);
	CHECK(!munmap(around, 3 * BYTES));

	CUDA(cudaFree(dev));
	fclose(file);
	free(data);
	return finish();
}
