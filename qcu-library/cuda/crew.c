/* SPDX-License-Identifier: MIT */
/*
 * crew.c - threads that help to fill and empty staging memory, and to hash images
 *
 * DOC: Theory of operation
 *
 * One thread moves a fifth of what the bus does.  So a large copy is cut into
 * grains, and whoever comes takes the next: the calling thread at once, the crew's
 * threads when they are awake.  Nobody waits for a helper to wake up, only for one
 * that is in the middle of a grain.
 *
 * There is one job at a time; a second thread that wants to copy meanwhile does it
 * alone.  @claim says the number of the job and of its next grain in one word.  A
 * helper reads it, then the job, then claims the grain by compare-and-swap: if that
 * succeeds, the job was not over, and is what the helper has read.
 *
 * Helpers poll for a short time after a job, for staging is a row of jobs, and then
 * sleep.  To wake them takes as long as to copy a megabyte, so a row must have been
 * longer than that before they are.  There are as many as there are CPUs to spare:
 * none with two CPUs, where this thread and the one at the other end have work
 * enough.  They start with the first large copy, and take the signals that their own
 * faults raise, but no other.
 */
#include <immintrin.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "qcu-library/cuda/crew.h"
#include "wire/ring.h"

#define WORTH_IT	(2 * CREW_GRAIN)
#define POLL_NS		100000
#define WAKE_AFTER	((size_t)1 << 20)

/* Six threads fill memory as fast as the bus empties it. */
#define HELPERS_MAX	5
#define LOOKS		64	/* at the job between two looks at the clock */
#define CLOSED		((uint64_t)UINT32_MAX)

/*
 * The job, written by whoever holds @busy while @claim is closed.  All accesses are seq_cst: who
 * sees a field of the next job also sees that the last one is closed.
 */
static pthread_mutex_t busy = PTHREAD_MUTEX_INITIALIZER;
static _Atomic(void *) to;
static _Atomic(const void *) from;
static _Atomic size_t length;
static _Atomic uint32_t grains;
static _Atomic(crew_work *) work;
/* Apart, for all write them */
static _Alignas(64) _Atomic uint64_t claim = CLOSED;	/* job << 32 | next grain, or CLOSED */
static _Alignas(64) _Atomic uint32_t finished;		/* grains */

/* Under @busy */
static bool started;
static size_t row;			/* bytes that were copied without a pause */
static int64_t row_at;			/* when the last of them were */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static _Atomic int sleepers;		/* changed under @lock */

static bool there_is_work(void)
{
	return (uint32_t)claim < grains;
}

static void copy(void *dst, const void *src, size_t at, size_t bytes)
{
	memcpy((uint8_t *)dst + at, (const uint8_t *)src + at, bytes);
}

/* For a destination at a multiple of 32 that the device reads next, and no CPU: past the caches */
__attribute__((target("avx2"))) static void copy_past_caches(void *dst, const void *src, size_t at,
							     size_t bytes)
{
	__m256i *to_line = (__m256i *)((uint8_t *)dst + at);
	const __m256i *from_line = (const __m256i *)((const uint8_t *)src + at);

	for (; bytes >= 4 * sizeof(*to_line); bytes -= 4 * sizeof(*to_line))
		for (int i = 0; i < 4; i++)
			_mm256_stream_si256(to_line++, _mm256_loadu_si256(from_line++));
	/* Before the bytes are said to be there */
	_mm_sfence();
	memcpy(to_line, from_line, bytes);
}

/* Take a grain and do it; false if there is none to be taken. */
static bool do_grain(void)
{
	uint64_t seen = claim;
	void *dst = to;
	const void *src = from;
	size_t bytes = length, at = (size_t)(uint32_t)seen * CREW_GRAIN;
	crew_work *how = work;

	if ((uint32_t)seen >= grains)
		return false;
	if (atomic_compare_exchange_strong(&claim, &seen, seen + 1)) {
		how(dst, src, at, bytes - at < CREW_GRAIN ? bytes - at : CREW_GRAIN);
		finished++;
	}
	return true;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static bool poll_for_work(void)
{
	int64_t end = now_ns() + POLL_NS;

	do {
		for (int i = 0; i < LOOKS; i++) {
			if (there_is_work())
				return true;
			ring_relax();
		}
	} while (now_ns() < end);
	return false;
}

static void sleep_for_work(void)
{
	pthread_mutex_lock(&lock);
	atomic_fetch_add(&sleepers, 1);
	while (!there_is_work())
		pthread_cond_wait(&wake, &lock);
	atomic_fetch_sub(&sleepers, 1);
	pthread_mutex_unlock(&lock);
}

static void *help(void *unused)
{
	for (;;) {
		if (!poll_for_work())
			sleep_for_work();
		while (do_grain())
			;
	}
	return NULL;
}

static void start(int threads)
{
	sigset_t blocked, before;
	pthread_t thread;

	sigfillset(&blocked);
	sigdelset(&blocked, SIGSEGV);
	sigdelset(&blocked, SIGBUS);
	sigdelset(&blocked, SIGFPE);
	sigdelset(&blocked, SIGILL);
	sigdelset(&blocked, SIGTRAP);
	pthread_sigmask(SIG_SETMASK, &blocked, &before);
	for (; threads > 1; threads--)
		if (!pthread_create(&thread, NULL, help, NULL))
			pthread_detach(thread);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	started = true;
}

/* Called with @busy held, at the begin of a job and at its end. */
static void row_begin(size_t bytes)
{
	row = now_ns() - row_at < POLL_NS ? row + bytes : bytes;
}

static void row_end(void)
{
	row_at = now_ns();
}

static void wake_crew(void)
{
	if (row <= WAKE_AFTER || !atomic_load(&sleepers))
		return;
	pthread_mutex_lock(&lock);
	pthread_cond_broadcast(&wake);
	pthread_mutex_unlock(&lock);
}

/* Called with @busy held. */
static void run_together(crew_work *how, void *dst, const void *src, size_t bytes, int threads)
{
	uint32_t n = (bytes + CREW_GRAIN - 1) / CREW_GRAIN;
	uint64_t job = (claim & ~CLOSED) + (1ull << 32);

	if (!started)
		start(threads);
	row_begin(bytes);
	to = dst;
	from = src;
	length = bytes;
	work = how;
	grains = n;
	finished = 0;
	claim = job;
	wake_crew();
	while (do_grain())
		;
	for (int looks = 1; finished < n; looks++) {
		if (looks % LOOKS)
			ring_relax();
		else
			sched_yield();
	}
	claim = job | CLOSED;
	row_end();
}

int crew_size(int cpus)
{
	/* Half of the CPUs that the two ends leave, but no crowd */
	int helpers = (cpus - 2) / 2;

	return 1 + (helpers < 0 ? 0 : helpers < HELPERS_MAX ? helpers : HELPERS_MAX);
}

void crew_run(crew_work *how, void *dst, const void *src, size_t bytes, int threads)
{
	if (bytes < WORTH_IT || bytes / CREW_GRAIN >= CLOSED || threads < 2 ||
	    pthread_mutex_trylock(&busy)) {
		how(dst, src, 0, bytes);
		return;
	}
	run_together(how, dst, src, bytes, threads);
	pthread_mutex_unlock(&busy);
}

void crew_copy(void *dst, const void *src, size_t bytes, int threads)
{
	crew_run(copy, dst, src, bytes, threads);
}

void crew_fill(void *dst, const void *src, size_t bytes, int threads)
{
	crew_run(__builtin_cpu_supports("avx2") ? copy_past_caches : copy, dst, src, bytes,
		 threads);
}
