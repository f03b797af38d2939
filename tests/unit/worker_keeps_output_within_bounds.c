/* SPDX-License-Identifier: MIT */
/*
 * worker_keeps_output_within_bounds.c - what kernels print, and nobody fetches
 *
 * The test is the driver: it writes to stdout and stderr as one does when a call waits for the
 * GPU, far more than the worker keeps, and looks at what is kept, and how much memory that takes.
 */
/* links: qcu-device/worker_calls.c tests/unit/double/control.c tests/unit/double/regions.c */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/output.h"
#include "wire/channel.h"

#define MIB		(1u << 20)
#define FILE_BYTES	(64 * MIB)	/* as output.c has it */

static int result = STDERR_FILENO;	/* where this test may complain */

#define CHECK(condition)                                                                \
	do {                                                                            \
		if (!(condition)) {                                                     \
			dprintf(result, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			_exit(1);                                                       \
		}                                                                       \
	} while (0)

static char line[4096], text[64 << 10];

/* Lines of 4 KiB, numbered from @first on; how many the file took */
static uint32_t print(int fd, uint32_t first, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		memcpy(line, &(uint32_t){ first + i }, sizeof(uint32_t));
		if (write(fd, line, sizeof(line)) != sizeof(line))
			return i;
	}
	return n;
}

/* Fetch all there is, as the guest does; the number of lines, which must be @first and so on */
static uint32_t fetch(uint32_t first)
{
	uint32_t lines = 0, bytes, number;

	do {
		bytes = 0;
		CHECK(host_take_output(NULL, &bytes, sizeof(text), text) == CUDA_SUCCESS);
		for (uint32_t at = 0; at < bytes; at += sizeof(line), lines++) {
			memcpy(&number, text + at, sizeof(number));
			CHECK(number == first + lines);
		}
	} while (bytes == sizeof(text));
	return lines;
}

/* Bytes of memory behind what the driver writes to */
static long held(void)
{
	struct stat stat;

	CHECK(!fstat(STDOUT_FILENO, &stat));
	return stat.st_blocks * 512;
}

static void text_comes_in_order_and_whole(void)
{
	uint32_t sent = 0, got = 0;

	CHECK(!output_waits());
	for (int i = 0; i < 300; i++) {
		CHECK(print(STDOUT_FILENO, sent, i % 97) == (uint32_t)i % 97);
		sent += i % 97;
		if (i % 97)
			CHECK(output_waits() == CHANNEL_OUTPUT);
		if (i % 3 == 0)
			got += fetch(got);
		CHECK(held() <= 3 * MIB);
	}
	CHECK(got == sent - 298 % 97 - 299 % 97 || got == sent);
	got += fetch(got);
	CHECK(got == sent && !fetch(got));
}

/* In one go, between two looks of the worker */
static void a_flood_ends_at_the_end_of_the_file(void)
{
	uint32_t kept = print(STDOUT_FILENO, 0, 2 * FILE_BYTES / sizeof(line));

	CHECK(kept >= (FILE_BYTES - 2 * MIB) / sizeof(line) && kept <= FILE_BYTES / sizeof(line));
	CHECK(errno == EPERM);
	CHECK(held() <= FILE_BYTES);
	CHECK(output_waits() == CHANNEL_OUTPUT);
	CHECK(held() == 0);	/* the driver can write again, to another file */
	CHECK(print(STDOUT_FILENO, kept, 3) == 3);
	CHECK(fetch(0) == kept + 3);
	output_waits();
	CHECK(!output_waits() && held() <= (long)MIB);
}

/* The guest never fetches: the oldest is forgotten, the newest is there. */
static void what_is_not_fetched_is_forgotten(void)
{
	const uint32_t lines = MIB / sizeof(line);
	uint32_t sent = 0, number, bytes = 0;

	for (; sent < 1024 * lines; sent += lines) {
		CHECK(print(STDOUT_FILENO, sent, lines) == lines);
		CHECK(output_waits() == CHANNEL_OUTPUT);
		CHECK(held() <= FILE_BYTES / 2 + MIB);
	}
	CHECK(host_take_output(NULL, &bytes, sizeof(text), text) == CUDA_SUCCESS && bytes);
	memcpy(&number, text, sizeof(number));
	CHECK(number >= sent - FILE_BYTES / sizeof(line) && number < sent);
	CHECK(fetch(number + bytes / sizeof(line)) + bytes / sizeof(line) == sent - number);
}

static void errors_are_kept_apart(void)
{
	uint32_t bytes = 0;

	output_waits();
	CHECK(!output_waits());
	CHECK(write(STDERR_FILENO, "assertion\n", 10) == 10);
	CHECK(output_waits() == CHANNEL_ERRORS);
	CHECK(host_take_errors(NULL, &bytes, sizeof(text), text) == CUDA_SUCCESS);
	CHECK(bytes == 10 && !memcmp(text, "assertion\n", 10));
	CHECK(!output_waits());
}

static size_t limit_set;

static CUresult CUDAAPI fake_set_limit(CUlimit limit, size_t value)
{
	limit_set = value;
	return CUDA_SUCCESS;
}

static void the_fifo_of_the_device_is_limited(void)
{
	driver.cuCtxSetLimit = fake_set_limit;
	output_limit();
	CHECK(driver.cuCtxSetLimit(CU_LIMIT_PRINTF_FIFO_SIZE, 5 * MIB) == CUDA_SUCCESS);
	CHECK(limit_set == 5 * MIB);
	CHECK(driver.cuCtxSetLimit(CU_LIMIT_PRINTF_FIFO_SIZE, 1ull << 40) == CUDA_SUCCESS);
	CHECK(limit_set == FILE_BYTES);
	CHECK(driver.cuCtxSetLimit(CU_LIMIT_MALLOC_HEAP_SIZE, 1ull << 40) == CUDA_SUCCESS);
	CHECK(limit_set == 1ull << 40);
}

int main(void)
{
	result = dup(STDERR_FILENO);
	memset(line, 'x', sizeof(line));
	output_init();
	text_comes_in_order_and_whole();
	a_flood_ends_at_the_end_of_the_file();
	what_is_not_fetched_is_forgotten();
	errors_are_kept_apart();
	the_fifo_of_the_device_is_limited();
	return 0;
}
