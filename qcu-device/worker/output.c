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
 * How much a kernel prints is the guest's choice, so what is kept has bounds.  A file
 * cannot grow beyond FILE_BYTES: what the driver has to say in one go beyond that is
 * lost.  When half of it is written the driver gets a new one, and the old one is kept
 * until it has been fetched or the new one is as full: what a guest does not fetch is
 * forgotten, oldest first.  CUDA's buffer on the device, from which the driver takes the
 * text, overwrites its oldest likewise; the driver has as much memory on the host, and
 * so it is at most FIFO_MAX.
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
#include "qcu-device/common/message.h"
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/output.h"
#include "wire/channel.h"

#define GRAIN		4096ll
#define WINDOW_BYTES	(2 * GRAIN)	/* a beginning may lie over the end of a page */
#define FILE_BYTES	(64ll << 20)
#define EMPTY_BYTES	(1ll << 20)	/* from here on one that has been fetched is replaced */
#define FIFO_MAX	(64u << 20)
#define LOOKS		1024		/* of which one asks the file */

/*
 * struct output
 * @fd: where the driver writes, another file from time to time
 * @taken: what lies before in it has been fetched; under lock
 * @old: the file before that, -1: none; what is in it and has not been fetched comes first
 * @kept: there is one
 * @window: the file from the page with @taken on; moved under lock, and read without
 * @at: where in the window @taken is
 * @moves: odd while the window moves, or if there is none
 */
struct output {
	int fd, old;
	off_t taken, old_taken;
	_Atomic bool kept;
	const uint8_t *window;
	_Atomic uint32_t at;
	_Atomic uint32_t moves;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct output out = { .fd = STDOUT_FILENO, .old = -1 };
static struct output errors = { .fd = STDERR_FILENO, .old = -1 };

/* The sanitizers' runtime has this; their reports are for the log. */
void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

/* Let the window show where the next text will begin.  Called with the lock held. */
static bool move_window(struct output *output)
{
	const int flags = MAP_SHARED | (output->window ? MAP_FIXED : 0);
	off_t begin = output->taken / GRAIN * GRAIN;
	void *window = MAP_FAILED;

	if (atomic_load(&output->moves) % 2 == 0)
		atomic_fetch_add(&output->moves, 1);
	if (begin <= FILE_BYTES - WINDOW_BYTES)
		window = mmap((void *)output->window, WINDOW_BYTES, PROT_READ, flags, output->fd,
			      begin);
	if (window == MAP_FAILED)
		return false;	/* @moves stays odd: everybody asks the file */
	output->window = window;
	atomic_store_explicit(&output->at, output->taken - begin, memory_order_relaxed);
	atomic_fetch_add(&output->moves, 1);
	return true;
}

/* A file that cannot become larger, or -1 */
static int file_create(void)
{
	int fd = memfd_create("kernel output", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 &&
	    (ftruncate(fd, FILE_BYTES) || fcntl(fd, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK)))
		fd_close(&fd);
	return fd;
}

/* Where the driver writes next */
static off_t position(int fd)
{
	return lseek(fd, 0, SEEK_CUR);
}

static void keep(struct output *output)
{
	int fd = file_create();

	if (fd < 0 || dup2(fd, output->fd) < 0 || !move_window(output))
		die("no memory for what kernels print: %m");
	close(fd);
}

static typeof(cuCtxSetLimit) *set_limit_of_driver;

/* CUDA Driver API: the value may be changed, and cuCtxGetLimit() says to what. */
static CUresult CUDAAPI set_limit(CUlimit limit, size_t value)
{
	if (limit == CU_LIMIT_PRINTF_FIFO_SIZE && value > FIFO_MAX)
		value = FIFO_MAX;
	return set_limit_of_driver(limit, value);
}

void output_limit(void)
{
	set_limit_of_driver = driver.cuCtxSetLimit;
	if (set_limit_of_driver)
		driver.cuCtxSetLimit = set_limit;
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

/*
 * Give the driver a new file.  A write to the old one may be under way, so that is
 * kept at least until the next look.  Called with the lock held.
 */
static void renew(struct output *output)
{
	int fd = file_create(), old = fcntl(output->fd, F_DUPFD_CLOEXEC, 3);

	if (fd >= 0 && old >= 0 && dup2(fd, output->fd) >= 0) {
		fd_close(&output->old);
		output->old = old;
		output->old_taken = output->taken;
		output->taken = 0;
		output->kept = true;
		old = -1;
	}
	move_window(output);
	fd_close(&old);
	fd_close(&fd);
}

/* Is there text to fetch?  Called with the lock held. */
static bool waits(struct output *output)
{
	if (output->old >= 0 && position(output->old) == output->old_taken) {
		fd_close(&output->old);
		output->kept = false;
	}
	if (position(output->fd) > FILE_BYTES / 2)
		renew(output);
	return output->old >= 0 || position(output->fd) > output->taken;
}

/* Does the window show the beginning of a text? */
static bool shows_text(const struct output *output)
{
	/* Acquire: @window and @at are those that this move left. */
	uint32_t moves = atomic_load_explicit(&output->moves, memory_order_acquire);
	uint64_t begin;

	if (!output->window)
		return false;	/* output_init() was not called, as in a unit test */
	memcpy(&begin, output->window + atomic_load_explicit(&output->at, memory_order_relaxed),
	       sizeof(begin));
	atomic_thread_fence(memory_order_acquire);
	return begin || moves % 2 || atomic_load_explicit(&output->kept, memory_order_relaxed) ||
	       atomic_load_explicit(&output->moves, memory_order_relaxed) != moves;
}

uint32_t output_waits(void)
{
	static _Thread_local unsigned int looks;
	uint32_t text = 0;

	if (__fpending(stdout))
		fflush(stdout);
	if (!shows_text(&out) && !shows_text(&errors) && ++looks % LOOKS)
		return 0;
	pthread_mutex_lock(&lock);
	if (waits(&out))
		text |= CHANNEL_OUTPUT;
	if (waits(&errors))
		text |= CHANNEL_ERRORS;
	pthread_mutex_unlock(&lock);
	return text;
}

/* What fits of a file's text behind @taken.  Called with the lock held. */
static uint32_t fetch(int fd, off_t *taken, char *text, uint32_t capacity)
{
	off_t there = position(fd) - *taken;
	ssize_t n = there < capacity ? there : capacity;

	n = n > 0 ? pread(fd, text, n, *taken) : 0;
	*taken += n > 0 ? n : 0;
	return n > 0 ? n : 0;
}

static CUresult take(struct output *output, struct dispatch *dispatch, uint32_t *bytes,
		     uint32_t capacity, char *text)
{
	uint32_t n = 0;

	if (!bytes || (capacity && !text))
		return dispatch_refuse(dispatch);
	pthread_mutex_lock(&lock);
	if (output->old >= 0)
		n = fetch(output->old, &output->old_taken, text, capacity);
	n += fetch(output->fd, &output->taken, text + n, capacity - n);
	if (output->taken > EMPTY_BYTES && output->taken == position(output->fd))
		renew(output);
	else
		move_window(output);
	pthread_mutex_unlock(&lock);
	*bytes = n;
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
