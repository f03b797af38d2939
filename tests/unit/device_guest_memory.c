/* SPDX-License-Identifier: MIT */
/*
 * device_guest_memory.c - which bytes are the guest's, and which are not
 */
/* links: qcu-device/common/guest_memory.c */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qcu-device/common/guest_memory.h"
#include "tests/unit/double/daemon.h"

#define PAGE	4096ull
#define MIB	(1ull << 20)

static int file_of(uint64_t size)
{
	int fd = memfd_create("guest", MFD_CLOEXEC);

	CHECK(fd >= 0 && !ftruncate(fd, size));
	return fd;
}

static int add(struct guest_memory *memory, uint64_t gpa, uint64_t size, uint64_t user,
	       uint64_t offset, uint64_t file_size)
{
	const struct guest_range range = { gpa, size, user, offset, file_of(file_size), NULL };
	int error = guest_memory_add(memory, &range);

	if (error)
		close(range.fd);
	return error;
}

static void bad_ranges_are_refused(void)
{
	struct guest_memory memory = { 0 };
	int pipes[2];

	CHECK(add(&memory, 0, 0, 0, 0, MIB) == -EINVAL);
	CHECK(add(&memory, 1, PAGE, 0, 0, MIB) == -EINVAL);
	CHECK(add(&memory, 0, PAGE + 1, 0, 0, MIB) == -EINVAL);
	CHECK(add(&memory, 0, PAGE, 0, 8, MIB) == -EINVAL);
	CHECK(add(&memory, 0, 2 * MIB, 0, 0, MIB) == -EINVAL);
	CHECK(add(&memory, 0, MIB, 0, PAGE, MIB) == -EINVAL);
	CHECK(add(&memory, -PAGE, 2 * PAGE, 0, 0, MIB) == -EINVAL);
	CHECK(add(&memory, 0, 2 * PAGE, -PAGE, 0, MIB) == -EINVAL);
	CHECK(add(&memory, 0, 2 * PAGE, 0, -PAGE, MIB) == -EINVAL);
	CHECK(!pipe(pipes));
	CHECK(guest_memory_add(&memory, &(struct guest_range){ .size = PAGE, .fd = pipes[0] }) ==
	      -EINVAL);
	CHECK(guest_memory_add(&memory, &(struct guest_range){ .size = PAGE, .fd = -1 }) ==
	      -EINVAL);
	CHECK(!memory.n);
}

/* Where a process of its own maps the first byte of a guest */
static uint64_t base_of_process(void)
{
	struct guest_memory memory = { 0 };
	uint64_t base;
	int ends[2];

	CHECK(!pipe(ends));
	if (!fork()) {
		CHECK(!add(&memory, 0, MIB, 0, 0, MIB));
		base = (uintptr_t)memory.range[0].host;
		_exit(write(ends[1], &base, sizeof(base)) != sizeof(base));
	}
	CHECK(read(ends[0], &base, sizeof(base)) == sizeof(base));
	close(ends[0]);
	close(ends[1]);
	return base;
}

/* The thread sanitizer's shadow has the addresses that are chosen from. */
#if defined(__SANITIZE_THREAD__)
#define CHOICE	false
#else
#define CHOICE	true
#endif

/* Before anything is mapped here */
static void nobody_knows_where_it_is(void)
{
	uint64_t one = base_of_process(), two = base_of_process(), three = base_of_process();

	CHECK(!CHOICE || one != two || two != three);
}

static void ranges_may_touch_but_not_overlap(void)
{
	struct guest_memory memory = { 0 };

	CHECK(!add(&memory, MIB, MIB, 0, 0, MIB));
	CHECK(add(&memory, MIB, MIB, 0, 0, MIB) == -EINVAL);
	CHECK(add(&memory, MIB + PAGE, PAGE, 0, 0, MIB) == -EINVAL);
	CHECK(add(&memory, 0, 3 * MIB, 0, 0, 3 * MIB) == -EINVAL);
	CHECK(add(&memory, 0, MIB + PAGE, 0, 0, 2 * MIB) == -EINVAL);
	CHECK(add(&memory, 2 * MIB - PAGE, MIB, 0, 0, MIB) == -EINVAL);
	CHECK(!add(&memory, 0, MIB, 8 * MIB, 0, MIB));
	CHECK(!add(&memory, 2 * MIB, MIB, 9 * MIB, MIB, 2 * MIB));
	CHECK(memory.n == 3);
	CHECK(!guest_memory_remove(&memory, 0, PAGE));
	CHECK(guest_memory_remove(&memory, 0, MIB));
	CHECK(!guest_memory_find(&memory, 0) && guest_memory_find(&memory, 2 * MIB));
	guest_memory_finish(&memory);
	CHECK(!memory.n);
}

static void there_is_an_end_to_ranges(void)
{
	struct guest_memory memory = { 0 };

	for (unsigned i = 0; i < GUEST_MEMORY_RANGES; i++)
		CHECK(!add(&memory, i * 2 * PAGE, PAGE, 0, 0, PAGE));
	CHECK(add(&memory, MIB, PAGE, 0, 0, PAGE) == -ENOSPC);
	guest_memory_finish(&memory);
}

static void addresses_are_found_or_refused(void)
{
	struct guest_memory memory = { 0 };
	uint8_t data[3 * PAGE];
	uint64_t gpa;

	/* Two ranges that touch, and one far away */
	CHECK(!add(&memory, 0, 2 * PAGE, 0x10000000, PAGE, 3 * PAGE));
	CHECK(!add(&memory, 2 * PAGE, 2 * PAGE, 0x20000000, 0, 2 * PAGE));
	CHECK(!add(&memory, 1ull << 40, PAGE, 0x30000000, 0, PAGE));

	CHECK(guest_memory_at(&memory, 0, 2 * PAGE));
	CHECK(!guest_memory_at(&memory, 0, 2 * PAGE + 1));
	CHECK(!guest_memory_at(&memory, 1, 2 * PAGE));
	CHECK(guest_memory_at(&memory, 2 * PAGE - 1, 1));
	CHECK(!guest_memory_at(&memory, 4 * PAGE, 1));
	CHECK(!guest_memory_at(&memory, 0, UINT64_MAX));
	CHECK(!guest_memory_at(&memory, UINT64_MAX, 1));
	CHECK(!guest_memory_at(&memory, UINT64_MAX, UINT64_MAX));
	CHECK(guest_memory_at(&memory, (1ull << 40) + PAGE - 1, 1));
	CHECK(!guest_memory_at(&memory, (1ull << 40) + PAGE, 0));

	CHECK(guest_memory_from_user(&memory, 0x20000000 + 5, &gpa) && gpa == 2 * PAGE + 5);
	CHECK(!guest_memory_from_user(&memory, 0x20000000 + 2 * PAGE, &gpa));
	CHECK(!guest_memory_from_user(&memory, 0x0fffffff, &gpa));

	memset(data, 0x11, sizeof(data));
	CHECK(guest_memory_write(&memory, PAGE / 2, data, sizeof(data)));
	memset(data, 0, sizeof(data));
	CHECK(guest_memory_read(&memory, PAGE / 2 + 1, data, sizeof(data) - 2));
	CHECK(data[0] == 0x11 && data[sizeof(data) - 3] == 0x11 && !data[sizeof(data) - 2]);
	CHECK(!guest_memory_write(&memory, 3 * PAGE, data, PAGE + 1));
	CHECK(!guest_memory_read(&memory, 4 * PAGE, data, 1));
	CHECK(guest_memory_read(&memory, 4 * PAGE, data, 0));
	guest_memory_finish(&memory);
}

int main(void)
{
	nobody_knows_where_it_is();
	bad_ranges_are_refused();
	ranges_may_touch_but_not_overlap();
	there_is_an_end_to_ranges();
	addresses_are_found_or_refused();
	return 0;
}
