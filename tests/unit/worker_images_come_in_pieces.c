/* SPDX-License-Identifier: MIT */
/*
 * worker_images_come_in_pieces.c - what is loaded is what was sent, and nothing changes it any more
 *
 * The bodies as the dispatcher calls them, with a driver that looks at each image twice; the test
 * is the daemon, too, for images that are kept.
 */
/* links: qcu-device/worker_calls.c tests/unit/double/control.c tests/unit/double/regions.c */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qcu-device/common/link.h"
#include "qcu-device/common/message.h"
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/exchange.h"
#include "qcu-device/worker/region.h"
#include "tests/unit/check.h"

#define PAGE	4096u
#define LARGE	((3u << 20) + 5)	/* the daemon is asked about this length and BAD only */
#define BAD	(LARGE - 2)
#define OTHER	(LARGE - 1)
#define MOST	1024
#define THREADS	4
#define ROUNDS	2000

/* -- the driver -- */

static __thread size_t expected;	/* bytes of the image, 0: whatever they are */
static __thread uint8_t (*expected_at)(size_t at);
static __thread CUresult verdict;
static __thread uint8_t *library_image;

static CUresult CUDAAPI fake_module_load(CUmodule *module, const void *image, unsigned int n,
					 CUjit_option *options, void **values)
{
	const volatile uint8_t *bytes = image;

	for (size_t i = 0; i < expected; i++)
		CHECK(bytes[i] == expected_at(i));
	for (size_t i = 0; i < LINK_IMAGE_TAIL; i++)
		CHECK(!expected || !bytes[expected + i]);
	for (size_t i = 0, first = bytes[0]; !expected && i < 64; i++)
		CHECK(bytes[0] == first);
	*module = (CUmodule)1;
	return verdict;
}

static CUresult CUDAAPI fake_library_load(CUlibrary *library, const void *code,
					  CUjit_option *options, void **values, unsigned int n,
					  CUlibraryOption *library_options, void **library_values,
					  unsigned int n_library)
{
	library_image = (uint8_t *)code;
	*library = (CUlibrary)2;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_library_unload(CUlibrary library)
{
	return CUDA_SUCCESS;
}

static uint8_t pattern(size_t at)
{
	return (uint8_t)(at * 7 + at / 251 + 1);
}

static uint8_t zero(size_t at)
{
	return 0;
}

/* -- the guest -- */

static uint8_t *shared;		/* region 1, a page */
static __thread struct dispatch dispatch;

static struct wire_upload name_of(uint32_t id, uint64_t bytes)
{
	return (struct wire_upload){ .id = id, .bytes = bytes };
}

static CUresult bytes(uint32_t id, uint64_t whole, uint64_t offset, uint32_t n)
{
	uint8_t data[PAGE];

	for (uint32_t i = 0; i < n; i++)
		data[i] = pattern(offset + i);
	dispatch = (struct dispatch){ 0 };
	return host_image_bytes(&dispatch, name_of(id, whole), offset, n, data);
}

static CUresult part(uint32_t id, uint64_t whole, uint64_t offset, uint64_t n)
{
	struct wire_span span = { .region = 1, .bytes = n };

	dispatch = (struct dispatch){ 0 };
	return host_image_part(&dispatch, name_of(id, whole), offset, span);
}

static CUresult drop(uint32_t id, uint64_t whole)
{
	dispatch = (struct dispatch){ 0 };
	return host_image_drop(&dispatch, name_of(id, whole));
}

/* What the call is answered with; *result is the driver's */
static CUresult load(uint32_t id, uint64_t whole, uint64_t piece_bytes, int *result)
{
	struct wire_image image = { .region = id, .kind = WIRE_IMAGE_PLAIN | WIRE_IMAGE_SENT,
				    .bytes = whole };
	struct wire_piece piece = { .bytes = piece_bytes };
	CUmodule module;

	*result = -1;
	dispatch = (struct dispatch){ 0 };
	return host_module_load(&dispatch, &module, image, 1, &piece, 0, NULL, 0, NULL, 0, NULL, result);
}

static void send_large(uint32_t id, uint64_t whole, uint64_t n)
{
	for (uint64_t at = 0, now; at < n; at += now) {
		now = n - at < PAGE ? n - at : PAGE;
		for (uint64_t i = 0; i < now; i++)
			shared[i] = pattern(at + i);
		CHECK(part(id, whole, at, now) == CUDA_SUCCESS && !dispatch.refused);
		memset(shared, 0xee, PAGE);	/* too late to change anything */
	}
}

static void what_was_sent_is_loaded(void)
{
	int result;

	expected_at = pattern;
	expected = 10000;
	for (uint32_t at = 0; at < 10000; at += 2500)
		CHECK(bytes(1, 10000, at, 2500) == CUDA_SUCCESS && !dispatch.refused);
	CHECK(load(1, 10000, 10000, &result) == CUDA_SUCCESS && result == CUDA_SUCCESS);
	/* and gone */
	CHECK(load(1, 10000, 10000, &result) == CUDA_ERROR_OUT_OF_MEMORY && !dispatch.refused);
	expected = OTHER;
	send_large(1, OTHER + 3, OTHER);
	CHECK(load(1, OTHER + 3, OTHER, &result) == CUDA_SUCCESS && result == CUDA_SUCCESS);
	/* what the driver refuses is gone, too */
	send_large(2, OTHER, OTHER);
	verdict = CUDA_ERROR_INVALID_PTX;
	CHECK(load(2, OTHER, OTHER, &result) == CUDA_SUCCESS && result == CUDA_ERROR_INVALID_PTX);
	verdict = CUDA_SUCCESS;
	CHECK(load(2, OTHER, OTHER, &result) == CUDA_ERROR_OUT_OF_MEMORY);
	/* nothing of the worker's own is in what was not sent */
	expected_at = zero;
	expected = 5000;
	CHECK(bytes(3, 5000, 5000, 0) == CUDA_SUCCESS);
	CHECK(load(3, 5000, 5000, &result) == CUDA_SUCCESS && result == CUDA_SUCCESS);
	expected = 0;
}

#define REFUSED(call) CHECK((call) != CUDA_SUCCESS && dispatch.refused)

static void what_no_library_sends_is_refused(void)
{
	struct wire_span span = { .region = 2, .bytes = 8 };
	int result;

	REFUSED(bytes(1, 100, 1, 100));
	REFUSED(bytes(1, 100, UINT64_MAX, 2));
	REFUSED(part(1, 100, 93, 8));
	REFUSED(part(1, PAGE + 1, 0, PAGE + 1));	/* more than the region has */
	dispatch = (struct dispatch){ 0 };
	REFUSED(host_image_bytes(&dispatch, name_of(1, 100), 0, 8, NULL));
	dispatch = (struct dispatch){ 0 };
	REFUSED(host_image_part(&dispatch, name_of(1, 100), 0, span));
	/* one name, one length */
	CHECK(bytes(1, 100, 0, 50) == CUDA_SUCCESS && !dispatch.refused);
	REFUSED(bytes(1, 101, 50, 50));
	REFUSED(part(1, 99, 50, 8));
	REFUSED(load(1, 101, 100, &result));
	REFUSED(load(1, 100, 101, &result));
	REFUSED(drop(1, 99));
	CHECK(drop(1, 100) == CUDA_SUCCESS && !dispatch.refused);
	CHECK(drop(1, 100) == CUDA_SUCCESS && !dispatch.refused);
}

static void there_is_a_bound(void)
{
	const uint64_t huge = 3ull << 30;
	int result;

	/* in silence, for pieces may have been posted */
	CHECK(bytes(1, 5ull << 30, 0, 8) == CUDA_SUCCESS && !dispatch.refused);
	CHECK(load(1, 5ull << 30, 8, &result) == CUDA_ERROR_OUT_OF_MEMORY && !dispatch.refused);
	CHECK(bytes(1, huge, 0, 8) == CUDA_SUCCESS && part(2, huge, 0, 8) == CUDA_SUCCESS);
	CHECK(load(2, huge, 8, &result) == CUDA_ERROR_OUT_OF_MEMORY);
	CHECK(drop(1, huge) == CUDA_SUCCESS);
	CHECK(part(2, huge, 0, 8) == CUDA_SUCCESS && drop(2, huge) == CUDA_SUCCESS);
	for (uint32_t id = 0; id <= MOST; id++)
		CHECK(bytes(id, 8, 0, 8) == CUDA_SUCCESS && !dispatch.refused);
	CHECK(load(MOST, 8, 8, &result) == CUDA_ERROR_OUT_OF_MEMORY);
	for (uint32_t id = 0; id < MOST; id++)
		CHECK(load(id, 8, 8, &result) == CUDA_SUCCESS);
	CHECK(bytes(MOST, 8, 0, 8) == CUDA_SUCCESS && load(MOST, 8, 8, &result) == CUDA_SUCCESS);
}

/* -- threads of a hostile guest: one name, all at once -- */

static void *hammer(void *argument)
{
	unsigned seed = (unsigned)(uintptr_t)argument;
	int result;

	for (int i = 0; i < ROUNDS; i++) {
		switch (rand_r(&seed) % 4) {
		case 0:
			load(7, LARGE, 64, &result);
			break;
		case 1:
			drop(7, LARGE);
			break;
		case 2:
			bytes(7, LARGE, rand_r(&seed) % PAGE, 100);
			break;
		default:
			part(7, LARGE, rand_r(&seed) % PAGE, PAGE);
		}
	}
	return NULL;
}

static void nothing_changes_what_is_loaded(void)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, hammer, (void *)(i + 1)));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	drop(7, LARGE);
}

/* -- the daemon -- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told = PTHREAD_COND_INITIALIZER;
static unsigned questions, kept;	/* under lock, as is */
static bool wants;

static void check_file(int fd)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	static uint8_t got[LARGE + LINK_IMAGE_TAIL];
	struct stat stat;

	CHECK(!fstat(fd, &stat) && stat.st_size == LARGE + LINK_IMAGE_TAIL);
	CHECK((fcntl(fd, F_GET_SEALS) & seals) == seals);
	CHECK(pread(fd, got, sizeof(got), 0) == sizeof(got));
	for (size_t i = 0; i < sizeof(got); i++)
		CHECK(got[i] == (i < LARGE ? pattern(i) : 0));
}

static void *serve(void *argument)
{
	int end = *(int *)argument;
	struct pollfd readable = { .fd = end, .events = POLLIN };
	struct message_fds fds = { 0 };
	struct link_message message;

	while (poll(&readable, 1, -1) == 1 &&
	       message_receive(end, &message, sizeof(message), &fds) > 0) {
		int fd = message_fds_take(&fds);

		pthread_mutex_lock(&lock);
		if (message.type == LINK_IMAGE_WANTED) {
			uint64_t length = message.image.bytes;

			CHECK(fd < 0);
			questions += length == LARGE;
			message.status = !wants || (length != LARGE && length != BAD);
			exchange_answered(&message, &fds);
		} else {
			CHECK(message.type == LINK_IMAGE_KEEP);
			check_file(fd);
			kept++;
		}
		pthread_cond_signal(&told);
		pthread_mutex_unlock(&lock);
		fd_close(&fd);
	}
	return NULL;
}

static void wait_for(const unsigned *count, unsigned n)
{
	pthread_mutex_lock(&lock);
	while (*count < n)
		pthread_cond_wait(&told, &lock);
	pthread_mutex_unlock(&lock);
}

static void load_library(uint32_t id)
{
	struct wire_image image = { .region = id, .kind = WIRE_IMAGE_PLAIN | WIRE_IMAGE_SENT,
				    .bytes = LARGE + 3 };
	struct wire_piece piece = { .bytes = LARGE };
	CUlibrary library;
	int result;

	send_large(id, LARGE + 3, LARGE);
	dispatch = (struct dispatch){ 0 };
	CHECK(host_library_load(&dispatch, &library, image, 1, &piece, 0, NULL, 0, NULL, 0, NULL,
				&result) == CUDA_SUCCESS && result == CUDA_SUCCESS);
}

/* A file takes the memory's place meanwhile: to the sanitizer that is a write. */
__attribute__((no_sanitize("thread"))) static void look_at_library(void)
{
	const volatile uint8_t *image = library_image;

	for (size_t at = 0; at < LARGE; at += 4091)
		CHECK(image[at] == pattern(at));
}

static void large_ones_are_kept(void)
{
	int result;

	expected_at = pattern;
	expected = LARGE;
	send_large(1, LARGE + 3, LARGE);
	CHECK(load(1, LARGE + 3, LARGE, &result) == CUDA_SUCCESS);
	wait_for(&questions, 1);
	pthread_mutex_lock(&lock);
	CHECK(!kept);
	wants = true;
	pthread_mutex_unlock(&lock);
	/* The driver does not take it. */
	expected = BAD;
	send_large(1, BAD, BAD);
	verdict = CUDA_ERROR_INVALID_PTX;
	CHECK(load(1, BAD, BAD, &result) == CUDA_SUCCESS && result == CUDA_ERROR_INVALID_PTX);
	verdict = CUDA_SUCCESS;
	expected = LARGE;
	send_large(1, LARGE, LARGE);
	CHECK(load(1, LARGE, LARGE, &result) == CUDA_SUCCESS);
	wait_for(&kept, 1);
	/* A library's is there as long as the library, and stays what it is, where it is. */
	load_library(1);
	wait_for(&kept, 2);
	for (int i = 0; i < 200; i++) {
		look_at_library();
		usleep(100);
	}
	dispatch = (struct dispatch){ 0 };
	CHECK(host_cuLibraryUnload(&dispatch, (CUlibrary)2) == CUDA_SUCCESS);
}

int main(void)
{
	struct region_ref region;
	pthread_t daemon;
	int pair[2];

	CHECK(region_get(1, &region));
	shared = region.base;
	driver.cuModuleLoadDataEx = fake_module_load;
	driver.cuLibraryLoadData = fake_library_load;
	driver.cuLibraryUnload = fake_library_unload;
	/* There is no daemon yet. */
	close(LINK_FD);
	what_was_sent_is_loaded();
	what_no_library_sends_is_refused();
	there_is_a_bound();
	nothing_changes_what_is_loaded();
	CHECK(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair));
	CHECK(dup2(pair[0], LINK_FD) == LINK_FD);
	CHECK(!pthread_create(&daemon, NULL, serve, &pair[1]));
	large_ones_are_kept();
	return 0;
}
