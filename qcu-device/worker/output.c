/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * A CUDA driver writes what kernels print to the stdout of its process, and what
 * their assertions say to its stderr, when a call waits for the GPU.  Here these
 * are files in memory: nothing can block on them, and writing to them is all that
 * the driver knows.  The channel's thread looks after such a call whether there is
 * text, and tells the guest, which fetches it and prints it on its own.  The
 * worker's log goes where stderr went before.
 *
 * Every wait of every program looks, so the look is at memory: each file is a hole of
 * FILE_BYTES into which the driver writes, and the part of it where the next text will
 * begin is mapped; only once that has ceased to be zero is the file asked.  Text that
 * begins with eight NULs is not seen that way, so each thread asks now and then.
 *
 * What has been fetched is punched out of the file.  What a guest does not fetch is
 * forgotten from LIMIT on, oldest first.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/output.h"
#include "wire/channel.h"

#define LIMIT		(16ll << 20)
#define GRAIN		4096ll
#define WINDOW_BYTES	(2 * GRAIN)	/* a beginning may lie over the end of a page */
#define FILE_BYTES	(1ll << 60)
#define LOOKS		1024		/* of which one asks the file */

/*
 * struct output
 * @taken: what lies before has been fetched or forgotten; under lock
 * @window: the file from the page with @taken on; moved under lock, and read without
 * @at: where in the window @taken is
 * @moves: odd while the window moves
 */
struct output {
	int fd;
	off_t taken;
	const uint8_t *window;
	_Atomic uint32_t at;
	_Atomic uint32_t moves;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct output out = { .fd = STDOUT_FILENO }, errors = { .fd = STDERR_FILENO };

/* The sanitizers' runtime has this; their reports are for the log. */
void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

/* Let the window show where the next text will begin.  Called with the lock held. */
static bool move_window(struct output *output)
{
	const int flags = MAP_SHARED | (output->window ? MAP_FIXED : 0);
	off_t begin = output->taken / GRAIN * GRAIN;
	void *window;

	atomic_fetch_add(&output->moves, 1);
	window = mmap((void *)output->window, WINDOW_BYTES, PROT_READ, flags, output->fd, begin);
	if (window == MAP_FAILED)
		return false;	/* @moves stays odd: everybody asks the file */
	output->window = window;
	atomic_store_explicit(&output->at, output->taken - begin, memory_order_relaxed);
	atomic_fetch_add(&output->moves, 1);
	return true;
}

static void keep(struct output *output)
{
	int fd = memfd_create("kernel output", MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, FILE_BYTES) || dup2(fd, output->fd) < 0 ||
	    !move_window(output))
		die("no memory for what kernels print: %m");
	close(fd);
}

void output_init(void)
{
	int log = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);

	if (log >= 0) {
		log_to(log);
		if (__sanitizer_set_report_fd)
			__sanitizer_set_report_fd((void *)(intptr_t)log);
	}
	keep(&out);
	keep(&errors);
}

/* Everything before @end is no longer needed.  Called with the lock held. */
static void forget(struct output *output, off_t end)
{
	off_t from = output->taken / GRAIN * GRAIN, to = end / GRAIN * GRAIN;

	if (to > from)
		fallocate(output->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, to - from);
	output->taken = end;
	move_window(output);
}

/* Bytes to fetch: up to where the driver writes next.  Called with the lock held. */
static off_t waiting(struct output *output)
{
	off_t end = lseek(output->fd, 0, SEEK_CUR);

	if (end - output->taken > LIMIT)
		forget(output, end - LIMIT);
	return end - output->taken;
}

/* Does the window show the beginning of a text? */
static bool shows_text(const struct output *output)
{
	/* Acquire: @window and @at are those that this move left. */
	uint32_t moves = atomic_load_explicit(&output->moves, memory_order_acquire);
	uint64_t begin;

	if (!output->window)
		return true;	/* output_init() was not called, as in a unit test */
	memcpy(&begin, output->window + atomic_load_explicit(&output->at, memory_order_relaxed),
	       sizeof(begin));
	atomic_thread_fence(memory_order_acquire);
	return begin || moves % 2 ||
	       atomic_load_explicit(&output->moves, memory_order_relaxed) != moves;
}

uint32_t output_waits(void)
{
	static _Thread_local unsigned int looks;
	uint32_t waits = 0;

	if (__fpending(stdout))
		fflush(stdout);
	if (!shows_text(&out) && !shows_text(&errors) && ++looks % LOOKS)
		return 0;
	pthread_mutex_lock(&lock);
	if (waiting(&out) > 0)
		waits |= CHANNEL_OUTPUT;
	if (waiting(&errors) > 0)
		waits |= CHANNEL_ERRORS;
	pthread_mutex_unlock(&lock);
	return waits;
}

static CUresult take(struct output *output, struct dispatch *dispatch, uint32_t *bytes,
		     uint32_t capacity, char *text)
{
	ssize_t n;

	if (!bytes || (capacity && !text))
		return dispatch_refuse(dispatch);
	pthread_mutex_lock(&lock);
	n = waiting(output);
	n = pread(output->fd, text, n < capacity ? n : capacity, output->taken);
	if (n > 0)
		forget(output, output->taken + n);
	pthread_mutex_unlock(&lock);
	*bytes = n > 0 ? n : 0;
	return CUDA_SUCCESS;
}

CUresult host_take_output(struct dispatch *dispatch, uint32_t *bytes, uint32_t capacity,
			  char *text)
{
	return take(&out, dispatch, bytes, capacity, text);
}

CUresult host_take_errors(struct dispatch *dispatch, uint32_t *bytes, uint32_t capacity,
			  char *text)
{
	return take(&errors, dispatch, bytes, capacity, text);
}
