/* SPDX-License-Identifier: MIT */
/*
 * image.c: an image is found by the digest of its bytes and by nothing else; only what cannot change
 * is kept, and no more than there is room for
 */
/* links: qcu-device/daemon/image.c qcu-device/daemon/loop.c qcu-device/common/log.c qcu-device/common/message.c wire/digest.c */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qcu-device/common/link.h"
#include "qcu-device/daemon/image.h"
#include "qcu-device/daemon/loop.h"
#include "tests/unit/check.h"
#include "wire/digest.h"

#define MIB	((uint64_t)1 << 20)
#define ROOM	(8 * MIB)	/* of which one worker may take half */
#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static uint8_t bytes[8 * MIB];
static const char workers[3];

#define WORKER(n) ((const struct worker *)&workers[n])

/* A file of the image @n, with what is behind it and with these seals */
static int image_file(unsigned n, uint64_t size, uint64_t tail, int seals)
{
	int fd = memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	for (uint64_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(i * 31 + n + (i >> 12));
	CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	CHECK(write(fd, &tail, sizeof(tail)) == sizeof(tail) && !fcntl(fd, F_ADD_SEALS, seals));
	return fd;
}

/* Its name */
static struct link_image name_of(unsigned n, uint64_t size)
{
	static struct wire_digest values[8 * MIB / DIGEST_GRAIN];
	struct link_image name = { .bytes = size };

	close(image_file(n, size, 0, 0));
	for (size_t i = 0; i < digest_grains(size); i++)
		digest_grain(&values[i], bytes + i * DIGEST_GRAIN,
			     size - i * DIGEST_GRAIN < DIGEST_GRAIN ? size - i * DIGEST_GRAIN :
								      DIGEST_GRAIN, i);
	digest_finish(&name.digest, values, digest_grains(size));
	return name;
}

/* How long a hash may take, in milliseconds */
#if defined(__SANITIZE_THREAD__)
#define PATIENCE	3000
#else
#define PATIENCE	200
#endif

static void settle(void)
{
	while (loop_step(PATIENCE))
		;
}

static bool has(unsigned n, uint64_t size)
{
	struct link_image name = name_of(n, size);

	return image_get(&name) >= 0;
}

static void offer_from(unsigned worker, unsigned n, uint64_t size)
{
	image_offer(WORKER(worker), image_file(n, size, 0, SEALS));
	settle();
}

static void offer(unsigned n, uint64_t size)
{
	offer_from(0, n, size);
}

static void found_by_its_digest(void)
{
	struct link_image name = name_of(1, MIB);
	uint8_t first[16];

	CHECK(!image_known(MIB) && image_get(&name) < 0);
	offer(1, MIB);
	CHECK(image_known(MIB) && !image_known(MIB + 1) && image_get(&name) >= 0);
	CHECK(pread(image_get(&name), first, 16, 0) == 16 && !memcmp(first, bytes, 16));
	/* Another of that length, this digest of another length, a digest of nothing */
	CHECK(!has(2, MIB));
	name.bytes++;
	CHECK(image_get(&name) < 0);
	name.bytes--;
	name.digest.bytes[31] ^= 1;
	CHECK(image_get(&name) < 0);
	/* Who has it cannot change it. */
	name.digest.bytes[31] ^= 1;
	CHECK(pwrite(image_get(&name), "x", 1, 0) < 0 && ftruncate(image_get(&name), 0));
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, image_get(&name), 0) == MAP_FAILED);
}

static void only_what_cannot_change(void)
{
	int pipes[2];

	for (int left_out = 1; left_out <= F_SEAL_WRITE; left_out <<= 1) {
		image_offer(WORKER(0), image_file(3, MIB, 0, SEALS & ~left_out));
		settle();
		CHECK(!has(3, MIB));
	}
	image_offer(WORKER(0), image_file(3, MIB, 1, SEALS));	/* a text might run on into what is behind it */
	image_offer(WORKER(0), image_file(3, 4096, 0, SEALS));	/* too small to be worth it */
	image_offer(WORKER(0), open("/dev/zero", O_RDONLY | O_CLOEXEC));
	CHECK(!pipe2(pipes, O_CLOEXEC));
	image_offer(WORKER(0), pipes[0]);
	image_offer(WORKER(0), -1);
	settle();
	CHECK(!has(3, MIB) && !has(3, 4096) && !image_known(4096));
	close(pipes[1]);
}

/* Worker 0 has half of the room, and 1 (found_by_its_digest()) is its own. */
static void a_worker_has_half_of_the_room(void)
{
	image_offer(WORKER(0), image_file(4, ROOM / 2 + 1, 0, SEALS));
	settle();
	CHECK(!image_known(ROOM / 2 + 1) && has(1, MIB));
	offer_from(1, 10, 2 * MIB);
	offer(5, MIB);
	offer(6, MIB);
	offer(7, MIB);
	CHECK(has(5, MIB) && has(6, MIB) && has(7, MIB) && has(1, MIB));
	offer(1, MIB);			/* it is here: no second one, but room for it was made */
	CHECK(has(1, MIB) && !has(5, MIB) && has(6, MIB));
	offer(8, 2 * MIB);		/* 7 was used longest ago, then 1 */
	CHECK(has(8, 2 * MIB) && has(6, MIB) && !has(7, MIB));
	/* Many at once: those that are being hashed count. */
	for (unsigned i = 0; i < 100; i++)
		image_offer(WORKER(0), image_file(100 + i, MIB, 0, SEALS));
	settle();
	offer(9, ROOM / 2);
	CHECK(has(9, ROOM / 2) && !has(6, MIB) && !has(8, 2 * MIB) && !image_known(MIB));
	CHECK(has(10, 2 * MIB));
}

/* Here are 9 of worker 0 and 10 of worker 1. */
static void what_is_left_outlives_its_worker(void)
{
	image_forget(WORKER(0));
	CHECK(has(9, ROOM / 2) && has(10, 2 * MIB));
	offer(11, 2 * MIB);
	CHECK(has(9, ROOM / 2) && has(10, 2 * MIB) && has(11, 2 * MIB));
	offer_from(2, 12, MIB);		/* no room: 9 was used longest ago */
	CHECK(!has(9, ROOM / 2) && has(10, 2 * MIB) && has(11, 2 * MIB) && has(12, MIB));
}

/* However small, half of the files at most are one worker's. */
static void few_files(void)
{
	const uint64_t size = MIB / 4 + 1;
	unsigned n = 0;

	for (unsigned i = 0; i < 130; i++) {
		image_offer(WORKER(0), image_file(i, size, 0, SEALS));
		if (i % 8 == 7)
			settle();
	}
	settle();
	for (unsigned i = 0; i < 130; i++)
		n += has(i, size);
	CHECK(n == 128 && has(129, size));
}

static void in_a_process_of_its_own(void (*test)(void), uint64_t room)
{
	pid_t child = fork();
	int status;

	if (!child) {
		loop_init();
		image_init(room);
		test();
		exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && !status);
}

int main(void)
{
	in_a_process_of_its_own(few_files, 1024 * MIB);
	loop_init();
	image_init(ROOM);
	found_by_its_digest();
	only_what_cannot_change();
	a_worker_has_half_of_the_room();
	what_is_left_outlives_its_worker();
	return 0;
}
