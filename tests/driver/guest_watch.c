/* SPDX-License-Identifier: MIT */
/* guest_watch.c - shared memory that the process maps anew */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/driver/guest.h"

static uint32_t pin_watched(int fd, void *p, size_t size, uint32_t word)
{
	uint32_t region;

	CHECK(!pin_watched_try(fd, p, size, word, &region));
	return region;
}

/* Pin, and again should khugepaged have been about to do something with the memory */
static uint32_t pin_settled(int fd, void *p, size_t size, const volatile uint32_t *words,
			    uint32_t word)
{
	uint32_t region;

	for (int tries = 0; tries < 5; tries++) {
		region = pin_watched(fd, p, size, word);
		sleep_ms(20);
		if (!words[word])
			return region;
		CHECK(!unpin(fd, region));
	}
	CHECK(!words[word]);
	return region;
}

static void do_unmap(void *p, size_t size)
{
	CHECK(!munmap(p, size));
}

static void do_unmap_a_page(void *p, size_t size)
{
	CHECK(!munmap((char *)p + size / 2, PAGE));
}

static void do_map_over(void *p, size_t size)
{
	CHECK(mmap(p, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		   0) == p);
}

static void do_move(void *p, size_t size)
{
	CHECK(mremap(p, size, 2 * size, MREMAP_MAYMOVE) != MAP_FAILED);
}

static void do_drop(void *p, size_t size)
{
	CHECK(!madvise(p, size, MADV_DONTNEED));
}

static void do_protect(void *p, size_t size)
{
	CHECK(!mprotect(p, PAGE, PROT_READ));
}

static void do_fork(void *p, size_t size)
{
	pid_t child = fork();

	CHECK(child >= 0);
	if (!child)
		_exit(0);
	CHECK(waitpid(child, NULL, 0) == child);
}

static void test_watched_memory_changes(void)
{
	static void (*const changes[])(void *, size_t) = {
		do_unmap, do_unmap_a_page, do_map_over, do_move, do_drop, do_protect, do_fork,
	};
	const size_t size = 3 * MIB;
	int fd = session_open();
	const volatile uint32_t *words = watch_page(fd);

	for (uint32_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		uint32_t word = i * 100, region, next;
		void *p = memory(size), *wall = memory(PAGE);

		/* Half of it has been written: the rest is made by the pin. */
		memset(p, 1, size / 2);
		region = pin_settled(fd, p, size, words, word);
		CHECK(pinned() == (long)(size / PAGE));
		changes[i](p, size);
		CHECK(words[word] == 1);
		/* The driver lets go by itself, but the id is ours until we do. */
		CHECK(pinned_becomes(0, 2000));
		next = pin_watched(fd, wall, PAGE, word + 1);
		CHECK(next != region);
		CHECK(!unpin(fd, region));
		FAILS(unpin(fd, region), ENOENT);
		CHECK(words[word + 1] == 0 && !unpin(fd, next));
	}
	close(fd);
}

static void test_watched_memory_is_read_again(void)
{
	int fd = session_open();
	const volatile uint32_t *words = watch_page(fd);
	char *p = memory(MIB);
	uint32_t region;
	volatile char sum = 0;

	/* Pages of zeroes that were only read are replaced when they are pinned. */
	for (size_t at = 0; at < MIB; at += PAGE)
		sum += p[at];
	for (int i = 0; i < 20; i++) {
		region = pin_watched(fd, p, MIB, 1023);
		CHECK(words[1023] == 0);
		memset(p, i, MIB);
		CHECK(words[1023] == 0);
		do_drop(p, MIB);
		CHECK(words[1023] == 1 && !unpin(fd, region));
	}
	CHECK(pinned_becomes(0, 2000));
	close(fd);
}

static void test_watched_memory_of_its_own_only(void)
{
	int fd = session_open(), file = open("/qcuda_test", O_RDONLY);
	void *p = memory(2 * PAGE), *shared, *mapped;
	struct qcuda_pin_watched bad = { .pin = { .addr = (uintptr_t)p, .length = PAGE },
					 .reserved = 1 };
	uint32_t region, channel;

	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	CHECK(shared != MAP_FAILED && mapped != MAP_FAILED);
	FAILS(pin_watched_try(fd, shared, PAGE, 0, &region), EFAULT);
	FAILS(pin_watched_try(fd, mapped, PAGE, 0, &region), EFAULT);
	FAILS(pin_watched_try(fd, p, 3 * PAGE, QCUDA_WATCH_WORDS, &region), EINVAL);
	FAILS(pin_watched_try(fd, p, PAGE / 2, 0, &region), EINVAL);
	FAILS(ioctl(fd, QCUDA_IOC_PIN_WATCHED, &bad), EINVAL);
	do_protect(p, PAGE);
	FAILS(pin_watched_try(fd, p, 2 * PAGE, 0, &region), EFAULT);
	FAILS(channel_start(fd, pin_watched(fd, (char *)p + PAGE, PAGE, 0), PAGE, &channel), ENOENT);
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK(mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE) == MAP_FAILED);
	CHECK(mprotect((void *)watch_page(fd), PAGE, PROT_READ | PROT_WRITE) == -1);
	close(fd);
	/* The last mapping keeps the file open until the process ends. */
}

static void *change_and_change_back(void *p)
{
	for (int i = 0; i < 300; i++) {
		madvise(p, MIB, i % 3 ? MADV_DONTNEED : MADV_FREE);
		memset(p, i, MIB);
	}
	return NULL;
}

/* The faults of a page at @p are the process's to handle; false: not with this kernel. */
static bool handle_faults(void *p)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .range = { (uintptr_t)p, PAGE },
					 .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	return fd >= 0 && !ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &range);
}

static void test_watched_memory_with_faults_of_its_own(void)
{
	int fd = session_open();
	char *p = memory(3 * PAGE);
	uint32_t region;

	if (!handle_faults(p + PAGE)) {
		puts("no userfaultfd");
		_exit(77);
	}
	FAILS(pin_watched_try(fd, p, 3 * PAGE, 0, &region), EFAULT);
	CHECK(!pin_watched_try(fd, p, PAGE, 0, &region));
	close(fd);
}

static void test_watched_memory_changes_all_the_time(void)
{
	int fd = session_open(), pins = 0;
	const volatile uint32_t *words = watch_page(fd);
	pthread_t threads[2];
	uint32_t region;
	char *p = memory(2 * MIB);

	for (int i = 0; i < 2; i++)
		CHECK(!pthread_create(&threads[i], NULL, change_and_change_back, p + i * MIB));
	for (int i = 0; i < 200; i++) {
		if (pin_watched_try(fd, p, 2 * MIB, 5, &region))
			CHECK(errno == EAGAIN);
		else
			CHECK(!unpin(fd, region) && ++pins);
	}
	for (int i = 0; i < 2; i++)
		CHECK(!pthread_join(threads[i], NULL));
	region = pin_watched(fd, p, 2 * MIB, 5);
	CHECK(words[5] == 0 && pinned() == 2 * MIB / PAGE);
	printf("%d of 200 pins between changes\n", pins);
	close(fd);
}

static void test_watched_memory_limit(void)
{
	const char *limit = "/sys/module/qcuda/parameters/watch_limit_percent";
	int fd = session_open();
	uint32_t region;

	file_write(limit, "1");
	FAILS(pin_watched_try(fd, memory(64 * MIB), 64 * MIB, 0, &region), ENOMEM);
	CHECK(!unpin(fd, pin(fd, memory(64 * MIB), 64 * MIB)));
	file_write(limit, "50");
	CHECK(!unpin(fd, pin_watched(fd, memory(64 * MIB), 64 * MIB, 0)));
	close(fd);
}

static void test_watched_memory_and_a_slow_host(void)
{
	int fd = session_open();
	const volatile uint32_t *words = watch_page(fd);
	void *p = memory(MIB);
	uint32_t region = pin_watched(fd, p, MIB, 7);

	order_by(fd, ORDER_CONTROL_SLOW);
	do_unmap(p, MIB);
	CHECK(words[7] == 1);
	sleep_ms(50);
	/* The host still has it: unpinning does not wait, and the pages stay for now. */
	CHECK(!unpin(fd, region) && pinned() >= (long)(MIB / PAGE));
	FAILS(unpin(fd, region), ENOENT);
	CHECK(pinned_becomes(1, 2000));		/* the order's page */
	/* One that the host never answers for is let go of with the session. */
	p = memory(MIB);
	pin_watched(fd, p, MIB, 8);
	order_by(fd, ORDER_CONTROL_MUTE);
	do_unmap(p, MIB);
	CHECK(words[8] == 1);
	sleep_ms(50);
	CHECK(pinned() >= (long)(MIB / PAGE));
}

static int unpin_later(int fd, uint32_t region)
{
	struct qcuda_unpin unpin = { .region = region, .flags = QCUDA_UNPIN_LATER };

	return ioctl(fd, QCUDA_IOC_UNPIN, &unpin);
}

static void test_watched_memory_is_forgotten(void)
{
	struct qcuda_unpin bad = { .flags = ~QCUDA_UNPIN_LATER };
	int fd = session_open();
	const volatile uint32_t *words = watch_page(fd);
	void *p = memory(MIB), *next = memory(PAGE);
	uint32_t region = pin_watched(fd, p, MIB, 7), other;
	double start;

	FAILS(ioctl(fd, QCUDA_IOC_UNPIN, &bad), EINVAL);
	order_by(fd, ORDER_CONTROL_SLOW);
	start = now();
	CHECK(!unpin_later(fd, region) && now() - start < 0.2);
	FAILS(unpin(fd, region), ENOENT);
	/* The host has it still, but the word is free, and says nothing of the old memory. */
	CHECK(pinned() >= (long)(MIB / PAGE));
	other = pin_watched(fd, next, PAGE, 7);
	do_unmap(p, MIB);
	CHECK(!words[7] && other != region);
	CHECK(pinned_becomes(2, 2000));		/* with the order's page */
	CHECK(!unpin_later(fd, other));
	CHECK(pinned_becomes(1, 2000));
	/* One that has gone by itself is an id. */
	region = pin_watched(fd, next, PAGE, 7);
	do_unmap(next, PAGE);
	CHECK(pinned_becomes(1, 2000));
	CHECK(!unpin_later(fd, region));
	FAILS(unpin(fd, region), ENOENT);
	/* Of memory that is not watched the flag says nothing. */
	region = pin(fd, memory(PAGE), PAGE);
	CHECK(!unpin_later(fd, region) && pinned() == 1);
	close(fd);
}

/* What the host does not let go of stays, and it is asked again. */
static void test_watched_memory_that_the_host_keeps(void)
{
	int fd = session_open();
	const volatile uint32_t *words = watch_page(fd);
	void *p = memory(MIB), *q = memory(MIB);
	uint32_t region = pin_watched(fd, p, MIB, 7);

	order_by(fd, ORDER_CONTROL_REFUSE);
	do_unmap(p, MIB);
	sleep_ms(200);
	CHECK(words[7] == 1 && pinned() == MIB / PAGE + 1);
	CHECK(pinned_becomes(1, 3000));
	CHECK(!unpin(fd, region));

	region = pin_watched(fd, q, MIB, 7);
	munmap((void *)(ORDER_ADDRESS + ORDER_CONTROL_REFUSE * ORDER_STRIDE), PAGE);
	order_by(fd, ORDER_CONTROL_REFUSE);
	CHECK(!unpin_later(fd, region));
	sleep_ms(200);
	CHECK(pinned() == MIB / PAGE + 2);
	FAILS(unpin(fd, region), ENOENT);
	CHECK(pinned_becomes(2, 3000));

	/* Refused to the process, that has to ask again; but if it is stale, the driver does. */
	region = pin_watched(fd, q, MIB, 7);
	munmap((void *)(ORDER_ADDRESS + ORDER_CONTROL_REFUSE * ORDER_STRIDE), PAGE);
	order_by(fd, ORDER_CONTROL_REFUSE);
	FAILS(unpin(fd, region), EINVAL);
	CHECK(pinned() == MIB / PAGE + 3);
	do_unmap(q, MIB);
	CHECK(pinned_becomes(3, 3000));
	CHECK(!unpin(fd, region));
	close(fd);
}

/* A session does not wait at its end for what it has begun to take back. */
static void test_watched_memory_and_a_mute_host(void)
{
	int fd = session_open();
	uint32_t region = pin_watched(fd, memory(MIB), MIB, 7);
	double start;

	order_by(fd, ORDER_CONTROL_MUTE);
	CHECK(!unpin_later(fd, region));
	sleep_ms(50);
	start = now();
	close(fd);
	CHECK(now() - start < 1 && pinned() == 0);
}

const struct driver_test watch_tests[] = {
	TEST(watched_memory_changes),
	TEST(watched_memory_is_read_again),
	TEST(watched_memory_of_its_own_only),
	TEST(watched_memory_with_faults_of_its_own),
	TEST(watched_memory_changes_all_the_time),
	TEST(watched_memory_limit),
	TEST(watched_memory_and_a_slow_host),
	TEST(watched_memory_is_forgotten),
	TEST(watched_memory_that_the_host_keeps),
	TEST(watched_memory_and_a_mute_host),
	{ NULL, NULL },
};
