/* SPDX-License-Identifier: MIT */
/*
 * keep.c - module images on their way to the daemon, which keeps them for the machine's next process
 *
 * DOC: Theory of operation
 *
 * The daemon takes sealed files only (daemon/image.h), and a file is slower to make than the image was to
 * send.  So a thread makes it while the driver loads the image, which takes longer still; nobody
 * waits for it.  Whoever comes last, that thread or the one that has called the driver, leaves the
 * file with the daemon.  A library's image then is the file (image_memory_share()), so that it is
 * there once for all processes that have loaded it.
 *
 * A worker that ends meanwhile has left nothing, and the next process sends the image again.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qcu-device/common/link.h"
#include "qcu-device/common/message.h"
#include "qcu-device/worker/exchange.h"
#include "qcu-device/worker/keep.h"

#define SEALS		(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define SLICE		((size_t)4 << 20)	/* written between two looks at the verdict */

enum verdict { LOADING, GOOD, BAD };

/**
 * struct keep - an image that may be kept
 * @fd: the file; -1: there is none
 * @written, @verdict: under lock; when both are there, it ends
 */
struct keep {
	struct keep *next;
	struct image_memory *memory;
	uint64_t bytes;
	int fd;
	bool written;
	enum verdict verdict;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;	/* guards these */
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static struct keep *first, **last = &first;	/* to be written */
static bool started;

static void finish(struct keep *keep)
{
	if (keep->verdict == GOOD && keep->fd >= 0) {
		exchange_image_keep(keep->fd);
		if (keep->memory->users > 1)
			image_memory_share(keep->memory, keep->fd, keep->bytes);
	}
	fd_close(&keep->fd);
	image_memory_put(keep->memory);
	free(keep);
}

/* One of the two things that an end needs is there; the second makes it. */
static void settle(struct keep *keep, bool written, enum verdict verdict)
{
	bool over;

	pthread_mutex_lock(&lock);
	if (written)
		keep->written = true;
	else
		keep->verdict = verdict;
	over = keep->written && keep->verdict != LOADING;
	pthread_mutex_unlock(&lock);
	if (over)
		finish(keep);
}

static bool is_bad(struct keep *keep)
{
	bool bad;

	pthread_mutex_lock(&lock);
	bad = keep->verdict == BAD;
	pthread_mutex_unlock(&lock);
	return bad;
}

static bool write_all(struct keep *keep)
{
	uint64_t at = 0;

	while (at < keep->bytes) {
		size_t now = keep->bytes - at < SLICE ? keep->bytes - at : SLICE;
		ssize_t n = is_bad(keep) ? -1 : pwrite(keep->fd, keep->memory->at + at, now, at);

		if (n <= 0)
			return false;
		at += n;
	}
	return !ftruncate(keep->fd, keep->bytes + LINK_IMAGE_TAIL) &&
	       !fcntl(keep->fd, F_ADD_SEALS, SEALS);
}

static void write_file(struct keep *keep)
{
	if (is_bad(keep) || !exchange_image_wanted(keep->bytes))
		return;
	keep->fd = memfd_create("qcuda image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (keep->fd >= 0 && !write_all(keep))
		fd_close(&keep->fd);
}

static void *write_for_ever(void *unused)
{
	for (;;) {
		struct keep *keep;

		pthread_mutex_lock(&lock);
		while (!first)
			pthread_cond_wait(&arrived, &lock);
		keep = first;
		first = keep->next;
		if (!first)
			last = &first;
		pthread_mutex_unlock(&lock);
		write_file(keep);
		settle(keep, true, LOADING);
	}
	return NULL;
}

/* Called with the lock held. */
static bool start(void)
{
	pthread_t thread;

	if (started)
		return true;
	started = !pthread_create(&thread, NULL, write_for_ever, NULL);
	if (started)
		pthread_detach(thread);
	return started;
}

struct keep *keep_begin(struct image_memory *memory, uint64_t bytes)
{
	struct keep *keep = calloc(1, sizeof(*keep));
	bool good;

	if (!keep)
		return NULL;
	*keep = (struct keep){ .memory = memory, .bytes = bytes, .fd = -1 };
	image_memory_hold(memory);
	pthread_mutex_lock(&lock);
	good = start();
	if (good) {
		*last = keep;
		last = &keep->next;
		pthread_cond_signal(&arrived);
	}
	pthread_mutex_unlock(&lock);
	if (good)
		return keep;
	image_memory_put(memory);
	free(keep);
	return NULL;
}

void keep_end(struct keep *keep, bool good)
{
	if (keep)
		settle(keep, false, good ? GOOD : BAD);
}
