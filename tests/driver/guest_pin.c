/* SPDX-License-Identifier: MIT */
/* guest_pin.c - memory of the process shared with the host */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/driver/guest.h"

static void test_pin_refuses(void)
{
	struct qcuda_pin reserved = { .length = PAGE, .reserved = 1 };
	uint8_t *p = memory(4 * PAGE);
	int fd = session_open();
	long before = pinned();
	uint32_t region;

	FAILS(ioctl(fd, QCUDA_IOC_PIN, &reserved), EINVAL);
	FAILS(pin_try(fd, p, 0, &region), EINVAL);
	FAILS(pin_try(fd, p, 100, &region), EINVAL);
	FAILS(pin_try(fd, p + 1, PAGE, &region), EINVAL);
	FAILS(pin_try(fd, (void *)-PAGE, 2 * PAGE, &region), EINVAL);
	FAILS(pin_try(fd, (void *)(-2 * PAGE), PAGE, &region), EFAULT);
	FAILS(pin_try(fd, (void *)(1ul << 63), 64 * MIB, &region), EFAULT);
	FAILS(pin_try(fd, NULL, PAGE, &region), EFAULT);
	FAILS(pin_try(fd, p, 1ul << 46, &region), EFAULT);
	munmap(p + 2 * PAGE, PAGE);
	FAILS(pin_try(fd, p, 4 * PAGE, &region), EFAULT);
	mprotect(p, PAGE, PROT_READ);
	FAILS(pin_try(fd, p, PAGE, &region), EFAULT);
	CHECK(pinned() == before);
}

/* A shared mapping of a file, unless that is memory itself */
static void test_pin_refuses_files(void)
{
	int fd = session_open(), file;
	uint32_t region;
	void *p;

	mkdir("/ramfs", 0700);
	CHECK(!mount("none", "/ramfs", "ramfs", 0, NULL));
	file = open("/ramfs/file", O_RDWR | O_CREAT, 0600);
	CHECK(file >= 0 && !ftruncate(file, 4 * PAGE));
	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	CHECK(p != MAP_FAILED);
	memset(p, 1, 2 * PAGE);
	FAILS(pin_try(fd, p, 4 * PAGE, &region), EFAULT);
	CHECK(pinned() == 0);
	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	CHECK(p != MAP_FAILED && !unpin(fd, pin(fd, p, 4 * PAGE)));
	close(file);
	close(fd);
	CHECK(!umount("/ramfs") || errno == EBUSY);
}

static void test_pin_odd_sizes(void)
{
	static const unsigned sizes[] = { 1, 2, 3, 17, 255, 511, 512, 513, 1025, 3000, 5001 };
	struct ready r;
	long before;

	ready_open(&r, 3 * PAGE);
	before = pinned();
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t size = sizes[i] * PAGE;
		uint8_t *p = memory(size + 7 * PAGE);
		uint32_t region = pin(r.fd, p + (i % 7) * PAGE, size);

		CHECK(pinned() == before + (long)sizes[i]);
		host_reaches(&r, (uint64_t *)(p + (i % 7) * PAGE), size);
		CHECK(!unpin(r.fd, region));
		FAILS(unpin(r.fd, region), ENOENT);
		CHECK(pinned() == before);
		munmap(p, size + 7 * PAGE);
	}
	ready_close(&r);
}

/* Pages touched in random order lie about in memory: many extents, several messages. */
static void test_pin_scattered_pages(void)
{
	size_t n = 16384;
	uint32_t *order_of = malloc(n * sizeof(*order_of));
	uint8_t *p = memory(n * PAGE);
	struct ready r;

	madvise(p, n * PAGE, MADV_NOHUGEPAGE);
	for (uint32_t i = 0; i < n; i++)
		order_of[i] = i;
	for (uint32_t i = n - 1; i; i--) {
		uint32_t j = random() % (i + 1), t = order_of[i];

		order_of[i] = order_of[j];
		order_of[j] = t;
	}
	for (uint32_t i = 0; i < n; i++)
		p[order_of[i] * PAGE] = 1;
	ready_open(&r, PAGE);
	pin(r.fd, p, n * PAGE);
	host_reaches(&r, (uint64_t *)p, n * PAGE);
	ready_close(&r);
}

static void test_pin_much(void)
{
	size_t size = 400 * MIB;
	uint8_t *p = memory(size);
	double start, pinned_at;
	uint32_t region;
	struct ready r;

	memset(p, 7, size);
	ready_open(&r, PAGE);
	start = now();
	region = pin(r.fd, p, size);
	pinned_at = now();
	host_reaches(&r, (uint64_t *)p, size);
	CHECK(p[size - 1] == 7);
	start = pinned_at - start;
	pinned_at = now();
	CHECK(!unpin(r.fd, region));
	printf("400 MiB: pin %.1f ms, unpin %.1f ms\n", start * 1e3, (now() - pinned_at) * 1e3);
	ready_close(&r);
}

static void test_pin_shared_memory(void)
{
	size_t size = 100 * PAGE;
	int shm = memfd_create("test", 0);
	uint64_t *a, *b;
	struct ready r;

	CHECK(shm >= 0 && !ftruncate(shm, size));
	a = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, shm, 0);
	b = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, shm, 0);
	CHECK(a != MAP_FAILED && b != MAP_FAILED);
	ready_open(&r, PAGE);
	pin(r.fd, a, size);
	host_reaches(&r, b, size);
	ready_close(&r);
}

static void test_pin_limit(void)
{
	const char *limit = "/sys/module/qcuda/parameters/pin_limit_percent";
	uint8_t *p = memory(64 * MIB);
	int a = session_open(), b = session_open();
	uint32_t region, half;

	file_write(limit, "4");
	FAILS(pin_try(a, p, 64 * MIB, &region), ENOMEM);
	half = pin(a, p, 24 * MIB);
	FAILS(pin_try(b, p, 24 * MIB, &region), ENOMEM);
	CHECK(!unpin(a, half));
	pin(b, p, 24 * MIB);
	close(b);
	pin(a, p, 24 * MIB);
	file_write(limit, "80");
}

static void test_pin_and_unpin_at_once(void)
{
	struct ready r;
	double start;

	ready_open(&r, PAGE);
	start = now();
	for (int i = 0; i < 2000; i++)
		CHECK(!unpin(r.fd, pin(r.fd, r.p, PAGE)));
	printf("pin and unpin a page: %.0f us\n", (now() - start) / 2000 * 1e6);
	ready_close(&r);
}

static void test_region_ids_run_out(void)
{
	uint8_t *p = memory(PAGE);
	int fd = session_open();
	uint32_t region;

	for (unsigned i = 0; i < QCUDA_MAX_REGIONS; i++)
		pin(fd, p, PAGE);
	FAILS(pin_try(fd, p, PAGE, &region), ENOSPC);
	CHECK(!unpin(fd, 1234));
	CHECK(pin(fd, p, PAGE) == 1234);
	close(fd);
	CHECK(pinned_becomes(0, 30000));
}

const struct driver_test pin_tests[] = {
	TEST(pin_refuses),
	TEST(pin_refuses_files),
	TEST(pin_odd_sizes),
	TEST(pin_scattered_pages),
	TEST(pin_much),
	TEST(pin_shared_memory),
	TEST(pin_limit),
	TEST(pin_and_unpin_at_once),
	TEST(region_ids_run_out),
	{ NULL, NULL },
};
