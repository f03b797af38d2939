/* SPDX-License-Identifier: MIT */
/*
 * launch.c - grids onto threads
 *
 * One pool of threads for the process, begun at the first launch that has more than one
 * block, one thread fewer than there are processors: the thread that launches works too.
 * A job (a launch) hands out its blocks in order.  A thread runs a block to its
 * end, unless the block's threads all wait for something: then it begins another and
 * alternates, up to RESIDENT of them, or all for a cooperative launch.
 *
 * Blocks next to each other mostly work on memory next to each other: what one thread writes is in the
 * cache lines that another's processor fetches ahead, and the count of blocks is in one line, too.  So a
 * thread takes several blocks at a time, as long as they are short, and fewer towards the end.
 *
 * To wake a thread takes tens of microseconds, and a launch has two such waits: that of the
 * pool for the launch, and that of who launched for the pool's last blocks.  So either looks for
 * LOOK_NS before it sleeps, and gives way to other threads and programs between its looks.
 */

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "softgpu/cluster.h"
#include "softgpu/observe.h"
#include "softgpu/perf.h"

#define RESIDENT	32
#define LOOK_NS		50000
#define TAKE_MOST	16		/* blocks */
#define TAKE_NS		20000		/* what takes longer is taken by itself */

/* @entered: jobs so far, read without the lock by who looks for one; workers of a job likewise */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t work;		/* jobs has blocks to give */
	pthread_cond_t done;		/* a worker left a job */
	struct job *jobs;
	unsigned entered;
	unsigned threads;
	bool begun, stopping;
	uint64_t launches;
} pool = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.work = PTHREAD_COND_INITIALIZER,
	.done = PTHREAD_COND_INITIALIZER,
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void job_fail(struct job *job, const struct fault *fault)
{
	pthread_mutex_lock(&pool.lock);
	if (!job->failed) {
		job->fault = *fault;
		job->fault.kernel = job->entry->name;
		__atomic_store_n(&job->failed, true, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&pool.lock);
}

static void fail_with(struct job *job, CUresult result, const char *why)
{
	struct fault fault = { .result = result };

	snprintf(fault.text, sizeof(fault.text), "kernel %s: %s", job->entry->name, why);
	job_fail(job, &fault);
}

/* Should running blocks give up?  Makes the failure if it is time. */
static bool job_stopped(struct job *job)
{
	const struct launch *launch = job->launch;

	if (__atomic_load_n(&job->failed, __ATOMIC_ACQUIRE))
		return true;
	if ((launch->stop && *launch->stop) || __atomic_load_n(&pool.stopping, __ATOMIC_RELAXED))
		fail_with(job, CUDA_ERROR_LAUNCH_TIMEOUT, "stopped");
	else if (job->deadline_ns && now_ns() > job->deadline_ns)
		fail_with(job, CUDA_ERROR_LAUNCH_TIMEOUT, "ran longer than the limit");
	else
		return false;
	return true;
}

/**
 * struct resident - the clusters that one thread has begun; idle blocks wait for their next use
 * @next, @end:	clusters that it has taken and not begun
 * @take:	how many blocks to take next time, from what the last took since @took_ns
 */
struct resident {
	struct cta **ctas;
	unsigned live, made, size;
	uint64_t next, end;
	uint64_t take, took_ns;
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * How many of the @left clusters to take: no more than could wait together, for what others wait
 * for must not be left lying; towards the end few, so that nobody is left without
 */
static uint64_t share(const struct job *job, const struct resident *r, uint64_t left)
{
	const uint64_t room = r->live < RESIDENT ? RESIDENT - r->live : 1;
	const uint64_t most = smaller(r->take, room) / job->cluster_blocks;
	const uint64_t count = smaller(most, left / (8 * job->crew));

	return count ? count : 1;
}

/* Take clusters that nobody has begun; false: there are none */
static bool take_clusters(struct job *job, struct resident *r)
{
	const uint64_t now = now_ns();
	uint64_t first = __atomic_load_n(&job->next, __ATOMIC_RELAXED), count;

	r->take = now - r->took_ns > TAKE_NS || !perf_on(PERF_TAKE) ? 1 : smaller(r->take * 2, TAKE_MOST);
	r->took_ns = now;
	do {
		if (first >= job->total)
			return false;
		count = share(job, r, (job->total - first) / job->cluster_blocks);
	} while (!__atomic_compare_exchange_n(&job->next, &first, first + count * job->cluster_blocks,
					      false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	r->next = first / job->cluster_blocks;
	r->end = r->next + count;
	return true;
}

/* One more block; false: no memory for it */
static bool make_block(struct job *job, struct resident *r)
{
	if (r->made == r->size) {
		unsigned size = r->size ? r->size * 2 : 4;
		struct cta **ctas = realloc(r->ctas, size * sizeof(struct cta *));

		if (!ctas)
			return false;
		r->ctas = ctas;
		r->size = size;
	}
	r->ctas[r->made] = cta_create(job);
	if (!r->ctas[r->made])
		return false;
	r->made++;
	return true;
}

/* Begin one more cluster; false: there is none, or no memory for it */
static bool begin_cluster(struct job *job, struct resident *r)
{
	while (r->made < r->live + job->cluster_blocks) {
		if (make_block(job, r))
			continue;
		if (!r->live || job->launch->cooperative)
			fail_with(job, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "no memory for a block");
		return false;
	}
	if (r->next == r->end && !take_clusters(job, r))
		return false;
	cluster_start(&r->ctas[r->live], r->next++);
	r->live += job->cluster_blocks;
	return true;
}

/* The cluster at @i has ended: the last one takes its place */
static void end_cluster(struct job *job, struct resident *r, unsigned i)
{
	r->live -= job->cluster_blocks;
	for (unsigned k = 0; k < job->cluster_blocks; k++) {
		struct cta *ended = r->ctas[i + k];

		r->ctas[i + k] = r->ctas[r->live + k];
		r->ctas[r->live + k] = ended;
	}
}

/* A turn for every live cluster; Return: all of them wait */
static bool run_clusters(struct job *job, struct resident *r)
{
	bool waiting = true;

	for (unsigned i = 0; i < r->live;) {
		switch (job->clusters ? cluster_run(&r->ctas[i]) : cta_run(r->ctas[i])) {
		case CTA_DONE:
			end_cluster(job, r, i);
			waiting = false;
			break;
		case CTA_FAULT:
			return false;
		case CTA_YIELD:
			waiting = false;
			/* fall through */
		default:
			i += job->cluster_blocks;
		}
		if (job_stopped(job))
			return false;
	}
	return waiting;
}

static void job_work(struct job *job)
{
	unsigned limit = job->launch->cooperative ? UINT32_MAX : RESIDENT;
	struct resident r = { 0 };

	while (!job_stopped(job)) {
		if (!r.live && !begin_cluster(job, &r))
			break;
		if (run_clusters(job, &r) && r.live < limit)
			begin_cluster(job, &r);
	}
	for (unsigned i = 0; i < r.made; i++)
		cta_destroy(r.ctas[i]);
	free(r.ctas);
}

static struct job *job_with_blocks(void)
{
	struct job *job;

	for (job = pool.jobs; job; job = job->later)
		if (__atomic_load_n(&job->next, __ATOMIC_RELAXED) < job->total &&
		    !__atomic_load_n(&job->failed, __ATOMIC_RELAXED))
			return job;
	return NULL;
}

/**
 * look() - see, without sleeping, whether *@word changes
 * Context: with the lock held, which it gives up meanwhile
 *
 * Return: false if it did not for LOOK_NS
 */
static bool look(const unsigned *word)
{
	const uint64_t end = now_ns() + LOOK_NS;
	const unsigned was = *word;
	bool same = true;

	if (!perf_on(PERF_LOOK))
		return false;
	pthread_mutex_unlock(&pool.lock);
	while (same && now_ns() < end) {
		sched_yield();
		same = __atomic_load_n(word, __ATOMIC_RELAXED) == was;
	}
	pthread_mutex_lock(&pool.lock);
	return !same;
}

static struct job *wait_for_job(void)
{
	struct job *job;

	while (!(job = job_with_blocks()) && look(&pool.entered))
		;
	while (!(job = job_with_blocks()))
		pthread_cond_wait(&pool.work, &pool.lock);
	return job;
}

static void *pool_thread(void *unused)
{
	pthread_mutex_lock(&pool.lock);
	for (;;) {
		struct job *job = wait_for_job();

		job->workers++;
		pthread_mutex_unlock(&pool.lock);
		job_work(job);
		pthread_mutex_lock(&pool.lock);
		__atomic_store_n(&job->workers, job->workers - 1, __ATOMIC_RELAXED);
		pthread_cond_broadcast(&pool.done);
	}
	return NULL;
}

/* processors() - that the process may use */
static int processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return (int)sysconf(_SC_NPROCESSORS_ONLN);
	return CPU_COUNT(&set);
}

/* With the lock held.  The program's signals are for its own threads. */
static void pool_begin(void)
{
	const int count = processors();
	sigset_t all, before;

	pool.begun = true;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (int i = 1; i < count; i++) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, pool_thread, NULL))
			break;
		pthread_detach(thread);
		pool.threads++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void job_enter(struct job *job)
{
	pthread_mutex_lock(&pool.lock);
	job->id = ++pool.launches;
	job->crew = 1;
	if (job->total > 1) {
		if (!pool.begun)
			pool_begin();
		job->crew = pool.threads + 1;
		job->later = pool.jobs;
		pool.jobs = job;
		__atomic_store_n(&pool.entered, pool.entered + 1, __ATOMIC_RELAXED);
		pthread_cond_broadcast(&pool.work);
	}
	pthread_mutex_unlock(&pool.lock);
}

static void job_leave(struct job *job)
{
	struct job **at;

	pthread_mutex_lock(&pool.lock);
	for (at = &pool.jobs; *at && *at != job;)
		at = &(*at)->later;
	if (*at)
		*at = job->later;
	while (job->workers && look(&job->workers))
		;
	while (job->workers)
		pthread_cond_wait(&pool.done, &pool.lock);
	pthread_mutex_unlock(&pool.lock);
}

static CUresult job_fill(struct job *job, const struct launch *launch, struct kernel_info *info)
{
	size_t room = ((size_t)info->param_bytes + 31) & ~(size_t)15;

	if (launch->params_bytes < info->param_bytes)
		return CUDA_ERROR_INVALID_VALUE;
	job->launch = launch;
	job->entry = kernel_function(launch->kernel);
	job->total = (uint64_t)launch->grid[0] * launch->grid[1] * launch->grid[2];
	job->threads = launch->block[0] * launch->block[1] * launch->block[2];
	memcpy(job->grid, launch->grid, sizeof(job->grid));
	memcpy(job->block, launch->block, sizeof(job->block));
	job->cluster_blocks = 1;
	job->clusters = launch->cluster[0] || info->cluster[0];
	for (unsigned axis = 0; axis < 3; axis++) {
		job->cluster[axis] = launch->cluster[axis] ? launch->cluster[axis] :
				     info->cluster[axis] ? info->cluster[axis] : 1;
		if (job->cluster[axis] > CLUSTER_MOST || launch->grid[axis] % job->cluster[axis])
			return CUDA_ERROR_INVALID_CLUSTER_SIZE;
		job->cluster_blocks *= job->cluster[axis];
	}
	if (job->cluster_blocks > CLUSTER_MOST)
		return CUDA_ERROR_INVALID_CLUSTER_SIZE;
	job->shared_bytes = kernel_shared(launch->kernel) + launch->dynamic_shared;
	job->local_bytes = job->entry->stack.local;
	if (job->entry->unbounded)
		job->local_bytes += launch->engine->stack_bytes;
	if (!job->total || !job->threads || job->threads > info->max_threads)
		return CUDA_ERROR_INVALID_VALUE;
	if (launch->timeout_ms)
		job->deadline_ns = now_ns() + (uint64_t)launch->timeout_ms * 1000000;
	/* Vector loads of parameters are aligned to 16 at most */
	job->params = aligned_alloc(16, room);
	if (!job->params)
		return CUDA_ERROR_OUT_OF_MEMORY;
	memset(job->params, 0, room);
	if (info->param_bytes)
		memcpy(job->params, launch->params, info->param_bytes);
	job->params_bytes = room;
	return CUDA_SUCCESS;
}

CUresult launch_run(const struct launch *launch, struct fault *fault)
{
	struct job *job;
	struct kernel_info info;
	struct fault none;
	CUresult result;

	fault = fault ? fault : &none;
	memset(fault, 0, sizeof(*fault));
	kernel_info(launch->kernel, &info);
	fault->kernel = info.name;
	fault->result = kernel_prepare(launch->kernel, fault->text, sizeof(fault->text));
	if (fault->result != CUDA_SUCCESS)
		return fault->result;
	job = aligned_alloc(64, (sizeof(*job) + 63) & ~(size_t)63);
	if (!job)
		return fault->result = CUDA_ERROR_OUT_OF_MEMORY;
	memset(job, 0, sizeof(*job));
	fault->result = job_fill(job, launch, &info);
	if (fault->result == CUDA_SUCCESS) {
		job->observer = observe_begin(job);
		job_enter(job);
		job_work(job);
		job_leave(job);
		observe_end(job->observer);
		if (job->failed)
			*fault = job->fault;
	}
	result = fault->result;
	free(job->params);
	free(job);
	return result;
}

void launch_stop_all(void)
{
	__atomic_store_n(&pool.stopping, true, __ATOMIC_RELAXED);
}
