/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * CUDA may still be moving the bytes of an asynchronous pageable copy to the device when the call
 * is back: it has its own copy of them.  So has this library, in staging memory; what remains is
 * to know when that may be used again, without asking the host.
 *
 * A belt is staging memory in PARTS that are filled one after another, and each posted piece
 * by piece.  When a part is full, and at the end of each call, one more command is posted to its
 * stream: that the device shall write a number into a word beside the staging memory.  Before
 * the part is filled again the word is looked at.  At the next call it may be too late: the program
 * has destroyed the stream, or captures it, or other streams wait for the legacy default stream,
 * in which the command would wait for them.
 *
 * A part holds pieces of one stream; with another stream comes the next part.  A thread's
 * default stream, which has the same name in all of them, is another one for each thread.
 *
 * A word may never be written: the context has ended in an error, or the host had to sleep.  Who
 * has looked long enough waits for the stream, as a program would, and for the context if the
 * stream is gone or another thread's; nothing of the device uses the part then.
 *
 * CUDA may still be moving the last bytes of a synchronous copy to the device, too, when the call
 * is back.  Programs go on with streams that do not wait for the default stream, and mean what
 * they have copied; so the thread's next call that could overtake it waits until it has arrived
 * (belt_arrive()), where NVIDIA's driver leaves it to chance.
 *
 * Of a synchronous copy between pinned memory and the device the word tells before the driver knows,
 * and without the worker, which has it written only if the driver has taken the copy (stream_mark).  So
 * it does of a short one from the device, which goes through a part.  It tells nothing of errors
 * before it and of what kernels have printed, so there must have been none (quiet.h).
 *
 * Each thread that copies has a belt while it does; those in nobody's use wait in a list.  Threads
 * that find none on which only their own stream has something under way, and may not make one more,
 * copy in another way.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "qcu-library/cuda/args.h"
#include "qcu-library/cuda/belt.h"
#include "qcu-library/cuda/capture.h"
#include "qcu-library/cuda/channel.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/crew.h"
#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/post.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/staging.h"
#include "qcu-library/cuda/thread.h"
#include "wire/ring.h"

#define PART_BYTES	((size_t)1 << 20)
#define ALIGN_BYTES	((size_t)64)
#define WORD_BYTES	64	/* a line of cache for each word */
#define MARKS_MAX	((uint32_t)1 << 30)	/* so that of two the later is known */

/* So small that the first is soon under way, so large that few are needed */
#define PIECE_MIN	((size_t)256 << 10)
#define PIECE_MAX	PART_BYTES

/* To the host, and watched: what is longer had better be taken out by several threads. */
#define WATCH_OUT_MAX	((size_t)64 << 10)
static_assert(WATCH_OUT_MAX <= PART_BYTES / 2, "a part has room for all of it, or the next one has");

/*
 * To the host: the device is slow to write what lies in a CPU's own cache, where reading puts it.
 * So more threads do not empty a belt, and it is larger than their caches are.  It takes some
 * milliseconds to make: after so many bytes it has been worth it.
 */
#define EMPTYING_MAX	4
#define READ_WORTH_IT	((size_t)64 << 20)
#define WATCH_WORTH_IT	16	/* copies: a program that makes but a few needs no belt for them */
#define WATCH_MAX	((size_t)16 << 20)	/* after a longer one the worker sleeps, and the next wakes it */
#define LOOKS		64	/* at a word between two looks at the clock */
#define YIELD_AFTER_US	100	/* longer than a part takes, unless kernels stand before it */

enum way { TO_DEVICE, TO_HOST, WAYS };

#define PARTS_MAX 16
static const unsigned int parts_of[WAYS] = { [TO_DEVICE] = 4, [TO_HOST] = PARTS_MAX };
static const unsigned int most_belts[WAYS] = { [TO_DEVICE] = 64, [TO_HOST] = 4 };

static_assert(PARTS_MAX * WORD_BYTES <= STAGING_MORE, "the words lie behind the staging memory");

/*
 * struct part
 * @thread: number of the one whose default stream it is, 0: any other stream
 * @used: bytes that are on their way
 * @begin, @next: to the host: where they lie, and where the next ones will
 * @mark: what the word will be, 0: not posted
 */
struct part {
	CUstream stream;
	uint64_t thread;
	size_t used;
	size_t begin, next;
	uint32_t mark;
};

struct belt {
	struct belt *next;
	struct staging staging;
	enum way way;
	struct part parts[PARTS_MAX];
	unsigned int at;	/* the part that is being filled */
	uint32_t marks;		/* the last one given out */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct belt *idle[WAYS];		/* under lock */
static unsigned int n_belts[WAYS];	/* there ever were; under lock */
static _Atomic bool useless;		/* this host's streams write no words */
static _Atomic bool watches;		/* it knows stream_mark */

/* The calling thread's number, for a stream that is its own; else 0 */
static uint64_t thread_of(CUstream stream)
{
	return stream == CU_STREAM_PER_THREAD ? thread_self()->number : 0;
}

static bool is_for(const struct part *part, CUstream stream)
{
	return part->stream == stream && part->thread == thread_of(stream);
}

static _Atomic uint32_t *word_of(const struct belt *belt, const struct part *part)
{
	return (_Atomic uint32_t *)(belt->staging.addr + belt->staging.bytes +
				    (part - belt->parts) * WORD_BYTES);
}

static CUdeviceptr word_on_device(const struct belt *belt, const struct part *part)
{
	return belt->staging.device + belt->staging.bytes + (part - belt->parts) * WORD_BYTES;
}

/* Have the end of what is in the part marked by @id, if it is not. */
static void part_mark(struct belt *belt, struct part *part, enum call_id id)
{
	CUdeviceptr word = word_on_device(belt, part);
	uint32_t mark = ++belt->marks ? belt->marks : ++belt->marks;
	unsigned int flags = 0;
	struct arg argv[] = ARGS(HANDLE(CUstream, part->stream), IN(CUdeviceptr, word),
				 IN(cuuint32_t, mark), IN(unsigned int, flags));

	if (part->used && !part->mark && remote_post(id, argv) == CUDA_SUCCESS)
		part->mark = mark;
}

/* The belt's own memory, and the device's that is known to be there, no host refuses. */
static void part_close(struct belt *belt, struct part *part)
{
	part_mark(belt, part, CALL_cuStreamWriteValue32_v2);
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ll + now.tv_nsec / 1000;
}

static bool is_marked(const _Atomic uint32_t *word, uint32_t mark)
{
	/*
	 * Acquire: the device has read the part before it wrote the word.  A belt's marks go up, and
	 * who is late sees a later one; the word is the device's and this process's alone.
	 */
	return (int32_t)(atomic_load_explicit(word, memory_order_acquire) - mark) >= 0;
}

static bool word_poll(const _Atomic uint32_t *word, uint32_t mark)
{
	int64_t begin = now_us(), now = begin;
	unsigned int most = context_sleeps(context_current()) ? 0 : option_spin_us();

	do {
		for (int i = 0; i < LOOKS; i++) {
			if (is_marked(word, mark))
				return true;
			ring_relax();
		}
		if (option_cpus() <= 2 || now - begin > YIELD_AFTER_US)
			sched_yield();
		now = now_us();
		if (now - begin > YIELD_AFTER_US && channel_is_crowded())
			break;
	} while (now - begin < most);
	return false;
}

/* Until the device is done with the part */
static CUresult part_wait(const struct belt *belt, struct part *part)
{
	CUresult rc = CUDA_SUCCESS;

	if (!part->used)
		return CUDA_SUCCESS;
	if (!part->mark || !word_poll(word_of(belt, part), part->mark)) {
		rc = is_for(part, part->stream) ? cuStreamSynchronize(part->stream) :
						  cuCtxSynchronize();
		if (rc == CUDA_ERROR_INVALID_HANDLE || rc == CUDA_ERROR_INVALID_CONTEXT ||
		    rc == CUDA_ERROR_CONTEXT_IS_DESTROYED)
			rc = cuCtxSynchronize();
	}
	part->used = 0;
	part->mark = 0;
	return rc;
}

/* All of its parts, for the library's own sake: what goes wrong the program's calls find, too */
static void belt_wait(struct belt *belt)
{
	bool was = remote_unasked;

	remote_unasked = true;
	for (unsigned int i = 0; i < parts_of[belt->way]; i++)
		part_wait(belt, &belt->parts[i]);
	remote_unasked = was;
}

/* The part that is @n after the one that is being filled */
static struct part *part_after(struct belt *belt, size_t n)
{
	return &belt->parts[(belt->at + n) % parts_of[belt->way]];
}

static size_t offset_of(const struct belt *belt, const struct part *part)
{
	return (part - belt->parts) * PART_BYTES;
}

/* Room for at most *bytes, of which there is a part of the belt: fewer, if need be */
static CUresult part_get(struct belt *belt, CUstream stream, size_t *bytes, struct part **found)
{
	struct part *part = &belt->parts[belt->at];
	size_t room = PART_BYTES - part->used;
	CUresult rc = CUDA_SUCCESS;

	if (part->used && (!is_for(part, stream) || (room < *bytes && room < PART_BYTES / 2))) {
		part_close(belt, part);
		part = part_after(belt, 1);
		belt->at = part - belt->parts;
		rc = part_wait(belt, part);
		room = PART_BYTES;
	}
	part->stream = stream;
	part->thread = thread_of(stream);
	part->mark = 0;
	if (*bytes > room)
		*bytes = room;
	*found = part;
	return rc;
}

static size_t aligned(size_t bytes)
{
	return (bytes + ALIGN_BYTES - 1) & -ALIGN_BYTES;
}

static size_t piece_of(size_t bytes)
{
	size_t piece = aligned(bytes / 4);

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
	span.offset = offset_of(belt, part) + part->used;
	span.bytes = *bytes;
	staging_fill(belt->staging.addr + span.offset, src, *bytes, whole);
	rc = post_write_region_async(dst, span, stream);
	part->used += aligned(*bytes);
	return rc;
}

/* Ask the device for one piece, and for the mark that it is there. */
static CUresult fetch_piece(struct belt *belt, struct part *part, CUdeviceptr src, size_t bytes,
			    CUstream stream)
{
	struct wire_span span = { .region = belt->staging.region, .bytes = bytes };
	CUresult rc = part_wait(belt, part);

	if (rc != CUDA_SUCCESS)
		return rc;
	/* Small ones, too, go over all of the belt before they come back to the same place. */
	part->begin = part->next + bytes <= PART_BYTES ? part->next : 0;
	part->next = part->begin + aligned(bytes);
	span.offset = offset_of(belt, part) + part->begin;
	rc = post_read_region_async(src, span, stream);
	part->stream = stream;
	part->thread = thread_of(stream);
	part->used = bytes;
	part_close(belt, part);
	return rc;
}

static void empty_part(const struct belt *belt, const struct part *part, uint8_t *dst, size_t bytes)
{
	int threads = option_copy_threads();

	crew_copy(dst, belt->staging.addr + offset_of(belt, part) + part->begin, bytes,
		  threads < EMPTYING_MAX ? threads : EMPTYING_MAX);
}

/* All parts are asked for, then each is emptied when it is there, and asked for again. */
static CUresult fetch_all(struct belt *belt, uint8_t *dst, CUdeviceptr src, size_t bytes,
			  CUstream stream)
{
	size_t piece = piece_of(bytes), ahead = parts_of[belt->way] * piece, asked = 0, n;
	CUresult rc;

	for (size_t done = 0; done < bytes; done += n) {
		struct part *part = part_after(belt, done / piece);

		for (; asked < bytes && asked < done + ahead; asked += n) {
			n = bytes - asked < piece ? bytes - asked : piece;
			rc = fetch_piece(belt, part_after(belt, asked / piece), src + asked, n,
					 stream);
			if (rc != CUDA_SUCCESS)
				return rc;
		}
		n = bytes - done < piece ? bytes - done : piece;
		rc = part_wait(belt, part);
		if (rc != CUDA_SUCCESS)
			return rc;
		empty_part(belt, part, dst + done, n);
	}
	belt->at = part_after(belt, (bytes + piece - 1) / piece) - belt->parts;
	return CUDA_SUCCESS;
}

/* On a stream that waits for no other */
static bool writes_word(const struct belt *belt)
{
	_Atomic uint32_t *word = word_of(belt, belt->parts);
	CUdeviceptr address = word_on_device(belt, belt->parts);
	CUstream stream;
	bool writes;

	if (cuStreamCreate(&stream, CU_STREAM_NON_BLOCKING) != CUDA_SUCCESS)
		return false;
	writes = cuStreamWriteValue32_v2(stream, address, 1, 0) == CUDA_SUCCESS &&
		 cuStreamSynchronize(stream) == CUDA_SUCCESS && atomic_load(word) == 1;
	atomic_store(&watches, send_stream_mark(stream, address, 1, 0) == CUDA_SUCCESS);
	cuStreamDestroy_v2(stream);
	return writes;
}

/* Can this host's streams write words?  Asked once, for what is posted is not answered. */
static bool try_word(const struct belt *belt)
{
	static _Atomic bool known;
	bool was = remote_unasked;

	if (!atomic_load(&known)) {
		remote_unasked = true;
		atomic_store(&known, writes_word(belt));
		remote_unasked = was;
	}
	return atomic_load(&known);
}

static struct belt *belt_create(enum way way)
{
	struct belt *belt = calloc(1, sizeof(*belt));

	if (!belt)
		return NULL;
	belt->way = way;
	if (staging_get(parts_of[way] * PART_BYTES, &belt->staging) != CUDA_SUCCESS)
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
	if (!staging_is_registered(&belt->staging)) {
		belt_wait(belt);
		staging_register(&belt->staging);
	}
	return belt->staging.device;
}

static void belt_put(struct belt *belt)
{
	pthread_mutex_lock(&lock);
	belt->next = idle[belt->way];
	idle[belt->way] = belt;
	pthread_mutex_unlock(&lock);
}

static struct belt *take_idle(enum way way)
{
	struct belt *belt;

	pthread_mutex_lock(&lock);
	belt = idle[way];
	if (belt)
		idle[way] = belt->next;
	pthread_mutex_unlock(&lock);
	return belt;
}

static bool may_grow(enum way way)
{
	bool may;

	pthread_mutex_lock(&lock);
	may = n_belts[way] < most_belts[way];
	n_belts[way] += may;
	pthread_mutex_unlock(&lock);
	return may;
}

static bool part_is_done(const struct belt *belt, const struct part *part)
{
	return part->mark && is_marked(word_of(belt, part), part->mark);
}

/* Or the copy would wait for other streams, which may wait for what the program does after it. */
static bool belt_is_for(struct belt *belt, CUstream stream)
{
	for (unsigned int i = 0; i < parts_of[belt->way]; i++) {
		struct part *part = &belt->parts[i];

		if (part->used && !is_for(part, stream) && !part_is_done(belt, part))
			return false;
	}
	return true;
}

/* Begin the marks anew.  Who is late with a word then finds it too small, and waits for the stream. */
static void belt_rewind(struct belt *belt)
{
	belt_wait(belt);
	for (unsigned int i = 0; i < parts_of[belt->way]; i++)
		atomic_store(word_of(belt, &belt->parts[i]), 0);
	belt->marks = 0;
}

/* An idle belt or a new one; NULL if there may be no more */
static struct belt *belt_get(enum way way, CUstream stream)
{
	struct belt *belt, *others = NULL;

	while ((belt = take_idle(way)) && (!belt_renew(belt) || !belt_is_for(belt, stream))) {
		belt->next = others;
		others = belt;
	}
	if (!belt && may_grow(way))
		belt = belt_create(way);
	while (others) {
		struct belt *other = others;

		others = other->next;
		belt_put(other);
	}
	if (belt && belt->marks >= MARKS_MAX)
		belt_rewind(belt);
	return belt;
}

bool belt_allowed(void)
{
	return !option_set(NO_BELT | NO_STAGING | NO_POST | NO_ASYNC) &&
	       session.transport->version_minor >= WIRE_POST_SINCE && !capture_is_on() &&
	       !contexts_are_several() && !atomic_load_explicit(&useless, memory_order_relaxed);
}

/* The end of a synchronous copy: what is in the belt may arrive later. */
static CUresult leave(struct belt *belt)
{
	struct part *last = &belt->parts[belt->at];
	struct thread *self = thread_self();

	if (!last->mark || option_set(NO_LEAVE))
		return part_wait(belt, last);
	self->late_word = word_of(belt, last);
	self->late_mark = last->mark;
	self->late_context = context_current();
	return CUDA_SUCCESS;
}

/* Wait for the default stream of a context, which another may have taken the place of. */
static CUresult synchronize(uint64_t context)
{
	CUresult rc;

	if (context == context_current())
		return cuStreamSynchronize(NULL);
	/* What has ended has nothing under way, and its errors are its own. */
	if (context_is_gone(context) || cuCtxPushCurrent_v2((CUcontext)context) != CUDA_SUCCESS)
		return CUDA_SUCCESS;
	rc = cuStreamSynchronize(NULL);
	cuCtxPopCurrent_v2(NULL);
	return context_ends(rc) ? CUDA_SUCCESS : rc;
}

CUresult belt_arrive(void)
{
	struct thread *self = thread_self();
	bool arrived = word_poll(self->late_word, self->late_mark);

	/* Another thread's capture would not survive a wait for the default stream: the next call looks again. */
	if (!arrived && capture_is_on())
		return CUDA_SUCCESS;
	self->late_word = NULL;
	return arrived ? CUDA_SUCCESS : synchronize(self->late_context);
}

/* A belt for the word of a copy that is watched; NULL if it is not worth one, or must not be watched */
static struct belt *watching_belt(void)
{
	static _Atomic size_t so_far;
	struct belt *belt = NULL;

	if (!option_spin_us() || context_sleeps(context_current()) || option_set(NO_WATCH))
		return NULL;
	if (atomic_fetch_add_explicit(&so_far, 1, memory_order_relaxed) >= WATCH_WORTH_IT)
		belt = belt_get(TO_DEVICE, NULL);
	if (belt && !atomic_load_explicit(&watches, memory_order_relaxed)) {
		belt_put(belt);
		return NULL;
	}
	return belt;
}

/*
 * Until the word is there, behind a copy that this thread posted last and has @used of the part.  A
 * refusal may have become the error of another thread that has the same channel: then there is no word,
 * or, if its command came before the mark, one that says nothing.
 */
static CUresult watch(struct belt *belt, struct part *part, size_t used, bool *watched)
{
	uint64_t copy = thread_self()->command;
	uint32_t mark;
	CUresult rc;

	part->used += used;
	part_mark(belt, part, CALL_stream_mark);
	mark = thread_self()->command == copy + 1 ? part->mark : 0;
	rc = part_wait(belt, part);
	*watched = rc != CUDA_SUCCESS || (mark && is_marked(word_of(belt, part), mark));
	return rc;
}

CUresult belt_watch(CUdeviceptr device, struct wire_span host, bool to_device, bool *watched)
{
	struct belt *belt = host.bytes <= WATCH_MAX ? watching_belt() : NULL;
	size_t room = ALIGN_BYTES;	/* of a part, for its word */
	struct part *part;
	CUresult rc;

	*watched = belt;
	if (!belt)
		return CUDA_SUCCESS;
	rc = part_get(belt, NULL, &room, &part);
	if (rc == CUDA_SUCCESS)
		rc = to_device ? post_write_region_async(device, host, NULL) :
				 post_read_region_async(device, host, NULL);
	if (rc == CUDA_SUCCESS)
		rc = watch(belt, part, room, watched);
	belt_put(belt);
	return rc;
}

CUresult belt_watch_out(uint8_t *dst, CUdeviceptr src, size_t bytes, bool *watched)
{
	struct belt *belt = bytes <= WATCH_OUT_MAX ? watching_belt() : NULL;
	struct wire_span span = { .bytes = bytes };
	struct part *part;
	CUresult rc;

	*watched = belt;
	if (!belt)
		return CUDA_SUCCESS;
	rc = part_get(belt, NULL, &bytes, &part);
	if (rc == CUDA_SUCCESS) {
		span.region = belt->staging.region;
		span.offset = offset_of(belt, part) + part->used;
		rc = post_read_region_async(src, span, NULL);
	}
	if (rc == CUDA_SUCCESS)
		rc = watch(belt, part, aligned(bytes), watched);
	if (rc == CUDA_SUCCESS && *watched)
		memcpy(dst, belt->staging.addr + span.offset, bytes);
	belt_put(belt);
	return rc;
}

CUresult belt_write(CUdeviceptr dst, const uint8_t *src, size_t bytes, struct order order,
		    bool *taken)
{
	struct belt *belt = belt_get(TO_DEVICE, order.stream);
	CUresult rc = CUDA_SUCCESS;
	size_t piece = piece_of(bytes), n;

	*taken = belt;
	if (!belt)
		return CUDA_SUCCESS;
	for (size_t done = 0; rc == CUDA_SUCCESS && done < bytes; done += n) {
		n = bytes - done < piece ? bytes - done : piece;
		rc = put_piece(belt, dst + done, src + done, &n, bytes, order.stream);
	}
	part_close(belt, &belt->parts[belt->at]);
	if (rc == CUDA_SUCCESS && !order.async)
		rc = leave(belt);
	belt_put(belt);
	return rc;
}

CUresult belt_read(uint8_t *dst, CUdeviceptr src, size_t bytes, struct order order, bool *taken)
{
	static _Atomic size_t so_far;
	struct belt *belt = NULL;
	CUresult rc, last;

	if (atomic_fetch_add_explicit(&so_far, bytes, memory_order_relaxed) >= READ_WORTH_IT)
		belt = belt_get(TO_HOST, order.stream);
	*taken = belt;
	if (!belt)
		return CUDA_SUCCESS;
	rc = fetch_all(belt, dst, src, bytes, order.stream);
	/* Tells of errors, and of what kernels have printed. */
	last = cuStreamSynchronize(order.stream);
	belt_put(belt);
	return rc == CUDA_SUCCESS ? last : rc;
}
