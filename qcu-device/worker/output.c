/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * A CUDA driver writes what kernels print to the stdout of its process, and what
 * their assertions say to its stderr, when a call waits for the GPU.  Here these
 * are files in memory: nothing can block on them, and writing to them is all that
 * the driver knows.  The channel's thread looks after such a call whether one has
 * grown, and tells the guest, which fetches the text and prints it on its own.  The
 * worker's log goes where stderr went before.
 *
 * What has been fetched is punched out of the file.  What a guest does not fetch is
 * forgotten from LIMIT on, oldest first.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/output.h"
#include "wire/channel.h"

#define LIMIT	(16ll << 20)
#define GRAIN	4096ll

/* struct output - @taken: what lies before has been fetched or forgotten; under lock */
struct output {
	int fd;
	off_t taken;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct output out = { .fd = STDOUT_FILENO }, errors = { .fd = STDERR_FILENO };

/* The sanitizers' runtime has this; their reports are for the log. */
void __sanitizer_set_report_fd(void *fd) __attribute__((weak));

static void keep(int descriptor)
{
	int fd = memfd_create("kernel output", MFD_CLOEXEC);

	/* Appending: the driver's place in the file is its end. */
	if (fd < 0 || fcntl(fd, F_SETFL, O_APPEND) || dup2(fd, descriptor) < 0)
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
	keep(STDOUT_FILENO);
	keep(STDERR_FILENO);
}

/* Everything before @end is no longer needed.  Called with the lock held. */
static void forget(struct output *output, off_t end)
{
	off_t from = output->taken / GRAIN * GRAIN, to = end / GRAIN * GRAIN;

	if (to > from)
		fallocate(output->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from, to - from);
	output->taken = end;
}

/* Bytes to fetch.  Called with the lock held. */
static off_t waiting(struct output *output)
{
	struct stat stat;

	if (fstat(output->fd, &stat))
		return 0;
	if (stat.st_size - output->taken > LIMIT)
		forget(output, stat.st_size - LIMIT);
	return stat.st_size - output->taken;
}

uint32_t output_waits(void)
{
	uint32_t waits = 0;

	fflush(stdout);
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
