/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * CUDA may still be moving the bytes of a pageable copy to the device when the call is back: it
 * has its own copy of them.  So has this library, in staging memory; what remains is to know
 * when that may be used again, without asking the host.
 *
 * A belt is staging memory in PARTS that are filled one after another, and each posted piece
 * by piece.  When a part is full, one more command is posted to its stream: that the device
 * shall write a number into a word beside the staging memory.  Before the part is filled
 * again the word is looked at.  A part holds pieces of one stream; with another stream comes
 * the next part.
 *
 * A word may never be written: the context has ended in an error, or the host had to sleep.  Who
 * has looked long enough waits for the stream, as a program would, and for the context if the
 * program has destroyed the stream; nothing of the device uses the part then.
 *
 * Each thread that copies has a belt while it does; those in nobody's use wait in a list.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "qcu-library/cuda/args.h"
#include "qcu-library/cuda/belt.h"
#include "qcu-library/cuda/capture.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/post.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/staging.h"
#include "wire/ring.h"

#define PARTS		4
#define PART_BYTES	(STAGING_BYTES / PARTS)
#define ALIGN_BYTES	((size_t)64)
#define WORD_BYTES	64	/* a line of cache for each word */

/* So small that the first is soon under way, so large that few are needed */
#define PIECE_MIN	((size_t)128 << 10)
#define PIECE_MAX	PART_BYTES

/*
 * Of synchronous copies, those up to here are not waited for (CUDA Programming Guide,
 * "Concurrent Execution between Host and Device").  That larger ones may be under way, too, is
 * what CUDA says; programs may not have heard of it.
 */
#define LEAVE_MAX	((size_t)64 << 10)
#define LOOKS		64	/* at a word between two looks at the clock */

static_assert(PARTS * WORD_BYTES <= STAGING_MORE, "the words lie behind the staging memory");

/* struct part - @used: bytes that are on their way; @mark: what the word will be, 0: not posted */
struct part {
	CUstream stream;
	size_t used;
	uint32_t mark;
};

struct belt {
	struct belt *next;
	struct staging staging;
	struct part parts[PARTS];
	unsigned int at;	/* the part that is being filled */
	uint32_t marks;		/* the last one given out */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct belt *idle;		/* under lock */
static _Atomic bool useless;		/* this host's streams write no words */

static _Atomic uint32_t *word_of(const struct belt *belt, const struct part *part)
{
	return (_Atomic uint32_t *)(belt->staging.addr + STAGING_BYTES +
				    (part - belt->parts) * WORD_BYTES);
}

static CUdeviceptr word_on_device(const struct belt *belt, const struct part *part)
{
	return belt->staging.device + STAGING_BYTES + (part - belt->parts) * WORD_BYTES;
}

/* The part is full: have its end marked. */
static void part_close(struct belt *belt, struct part *part)
{
	CUdeviceptr word = word_on_device(belt, part);
	uint32_t mark = ++belt->marks ? belt->marks : ++belt->marks;
	unsigned int flags = 0;
	struct arg argv[] = ARGS(HANDLE(CUstream, part->stream), IN(CUdeviceptr, word),
				 IN(cuuint32_t, mark), IN(unsigned int, flags));

	part->mark = remote_post(CALL_cuStreamWriteValue32_v2, argv) == CUDA_SUCCESS ? mark : 0;
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ll + now.tv_nsec / 1000;
}

static bool part_poll(const struct belt *belt, const struct part *part)
{
	const _Atomic uint32_t *word = word_of(belt, part);
	int64_t end = now_us() + option_spin_us();

	if (!part->mark)
		return false;
	do {
		for (int i = 0; i < LOOKS; i++) {
			/* Acquire: the device has read the part before it wrote the word. */
			if (atomic_load_explicit(word, memory_order_acquire) == part->mark)
				return true;
			ring_relax();
		}
		sched_yield();
	} while (now_us() < end);
	return false;
}

/* Until the device is done with the part */
static CUresult part_wait(const struct belt *belt, struct part *part)
{
	CUresult rc = CUDA_SUCCESS;

	if (!part->used)
		return CUDA_SUCCESS;
	if (!part_poll(belt, part)) {
		rc = cuStreamSynchronize(part->stream);
		if (rc == CUDA_ERROR_INVALID_HANDLE || rc == CUDA_ERROR_INVALID_CONTEXT)
			rc = cuCtxSynchronize();
	}
	part->used = 0;
	part->mark = 0;
	return rc;
}

/* Room for at most *bytes, of which there is a part of the belt: fewer, if need be */
static CUresult part_get(struct belt *belt, CUstream stream, size_t *bytes, struct part **found)
{
	struct part *part = &belt->parts[belt->at];
	size_t room = PART_BYTES - part->used;
	CUresult rc = CUDA_SUCCESS;

	if (part->used && (part->stream != stream || (room < *bytes && room < PART_BYTES / 2))) {
		part_close(belt, part);
		belt->at = (belt->at + 1) % PARTS;
		part = &belt->parts[belt->at];
		rc = part_wait(belt, part);
		room = PART_BYTES;
	}
	part->stream = stream;
	if (*bytes > room)
		*bytes = room;
	*found = part;
	return rc;
}

static size_t piece_of(size_t bytes)
{
	size_t piece = (bytes / 4 + ALIGN_BYTES - 1) & -ALIGN_BYTES;

	return piece < PIECE_MIN ? PIECE_MIN : piece > PIECE_MAX ? PIECE_MAX : piece;
}

/* Put one piece, of at most *bytes of a copy of @whole, on the belt. */
static CUresult put_piece(struct belt *belt, CUdeviceptr dst, const uint8_t *src, size_t *bytes,
			  size_t whole, CUstream stream)
{
	struct wire_span span = { .region = belt->staging.region };
	struct part *part;
	CUresult rc = part_get(belt, stream, bytes, &part);

	if (rc != CUDA_SUCCESS)
		return rc;
	span.offset = (part - belt->parts) * PART_BYTES + part->used;
	span.bytes = *bytes;
	staging_fill(belt->staging.addr + span.offset, src, *bytes, whole);
	rc = post_write_region_async(dst, span, stream);
	part->used += (*bytes + ALIGN_BYTES - 1) & -ALIGN_BYTES;
	return rc;
}

/* Wait for all that was put there last. */
static CUresult belt_wait(struct belt *belt)
{
	struct part *part = &belt->parts[belt->at];

	part_close(belt, part);
	return part_wait(belt, part);
}

/* Can its streams write words?  Asked once, for what is posted is not answered. */
static bool try_word(const struct belt *belt)
{
	_Atomic uint32_t *word = word_of(belt, belt->parts);

	atomic_store(word, 0);
	return cuStreamWriteValue32_v2(NULL, word_on_device(belt, belt->parts), 1, 0) ==
		       CUDA_SUCCESS &&
	       cuStreamSynchronize(NULL) == CUDA_SUCCESS && atomic_load(word) == 1;
}

static struct belt *belt_create(void)
{
	struct belt *belt = calloc(1, sizeof(*belt));

	if (!belt)
		return NULL;
	if (staging_get(0, &belt->staging) != CUDA_SUCCESS)
		goto err_free;
	if (!belt->staging.device || !try_word(belt))
		goto err_staging;
	belt->marks = 1;	/* which a word holds already */
	return belt;

err_staging:
	staging_put(&belt->staging);
err_free:
	free(belt);
	atomic_store(&useless, true);
	return NULL;
}

/* After a context has died: none of its streams works on what is left of it. */
static bool belt_renew(struct belt *belt)
{
	if (staging_is_registered(&belt->staging))
		return true;
	for (int i = 0; i < PARTS; i++)
		part_wait(belt, &belt->parts[i]);
	staging_register(&belt->staging);
	return belt->staging.device;
}

static void belt_put(struct belt *belt)
{
	pthread_mutex_lock(&lock);
	belt->next = idle;
	idle = belt;
	pthread_mutex_unlock(&lock);
}

static struct belt *belt_get(void)
{
	struct belt *belt;

	pthread_mutex_lock(&lock);
	belt = idle;
	if (belt)
		idle = belt->next;
	pthread_mutex_unlock(&lock);
	if (!belt)
		return belt_create();
	if (belt_renew(belt))
		return belt;
	belt_put(belt);
	return NULL;
}

bool belt_allowed(void)
{
	return !option_set(NO_BELT | NO_STAGING | NO_POST | NO_ASYNC) &&
	       session.transport->version_minor >= WIRE_POST_SINCE && !capture_is_on() &&
	       !contexts_are_several() && !atomic_load_explicit(&useless, memory_order_relaxed);
}

CUresult belt_write(CUdeviceptr dst, const uint8_t *src, size_t bytes, struct order order,
		    bool *taken)
{
	struct belt *belt = belt_get();
	CUresult rc = CUDA_SUCCESS;
	size_t piece = piece_of(bytes), n;

	*taken = belt;
	if (!belt)
		return CUDA_SUCCESS;
	for (size_t done = 0; rc == CUDA_SUCCESS && done < bytes; done += n) {
		n = bytes - done < piece ? bytes - done : piece;
		rc = put_piece(belt, dst + done, src + done, &n, bytes, order.stream);
	}
	if (rc == CUDA_SUCCESS && !order.async && bytes > LEAVE_MAX)
		rc = belt_wait(belt);
	belt_put(belt);
	return rc;
}
