/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * A CUDA driver writes what kernels print to the stdout of its process, when a
 * call waits for the GPU.  Here that is a file in memory: nothing can block on it,
 * and writing to it is all that the driver knows.  The channel's thread looks after
 * such a call whether the file has grown, and tells the guest, which fetches the
 * text and prints it on its own stdout.
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

#define LIMIT	(16ll << 20)
#define GRAIN	4096ll

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static off_t taken;	/* what lies before has been fetched or forgotten; under lock */

void output_init(void)
{
	int fd = memfd_create("kernel output", MFD_CLOEXEC);

	/* Appending: the driver's place in the file is its end. */
	if (fd < 0 || fcntl(fd, F_SETFL, O_APPEND) || dup2(fd, STDOUT_FILENO) < 0)
		die("no memory for what kernels print: %m");
	close(fd);
}

/* Everything before @end is no longer needed.  Called with the lock held. */
static void forget(off_t end)
{
	off_t from = taken / GRAIN * GRAIN, to = end / GRAIN * GRAIN;

	if (to > from)
		fallocate(STDOUT_FILENO, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, from,
			  to - from);
	taken = end;
}

/* Bytes to fetch.  Called with the lock held. */
static off_t waiting(void)
{
	struct stat stat;

	fflush(stdout);
	if (fstat(STDOUT_FILENO, &stat))
		return 0;
	if (stat.st_size - taken > LIMIT)
		forget(stat.st_size - LIMIT);
	return stat.st_size - taken;
}

bool output_waits(void)
{
	bool waits;

	pthread_mutex_lock(&lock);
	waits = waiting() > 0;
	pthread_mutex_unlock(&lock);
	return waits;
}

CUresult host_take_output(struct dispatch *dispatch, uint32_t *bytes, uint32_t capacity,
			  char *text)
{
	ssize_t n;

	if (!bytes || (capacity && !text))
		return dispatch_refuse(dispatch);
	pthread_mutex_lock(&lock);
	n = waiting();
	n = pread(STDOUT_FILENO, text, n < capacity ? n : capacity, taken);
	if (n > 0)
		forget(taken + n);
	pthread_mutex_unlock(&lock);
	*bytes = n > 0 ? n : 0;
	return CUDA_SUCCESS;
}
