/* SPDX-License-Identifier: MIT */
/*
 * timeline_gpu.c - when kernels and copies began and ended on the GPU
 *
 * DOC: Theory of operation
 *
 * Faces qcu-library/cuda/timeline.c.  While a guest wants to know, each command that gives a
 * stream work to do has an event recorded before it and one after it.  When both have
 * happened, they are put into the host's time by an anchor: an event on an idle stream of
 * our own, of which it is known within some microseconds when it happened, for the thread has
 * waited for it.  Clocks drift, and elapsed times are floats: so there is a new anchor
 * each ANCHOR_NS, and each pair of events keeps to the one that was there before it.
 *
 * It must never block what would not have blocked without it.  So an anchor is given up if it
 * does not come at once (our stream may share a queue of the hardware with one that waits
 * for the program), events are recorded outside of the lock, and what has not happened when
 * the guest fetches is left for its next time.  A stream that is captured has no time at all.
 *
 * The events take part in the order of the stream: kernels no longer follow each other
 * without a gap.  That is the price of this kind of trace.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/timeline.h"
#include "wire/handle.h"

#define RECORDS		(1u << 15)
#define PENDING_MAX	8192		/* for a context */
#define ANCHOR_NS	100000000ll	/* drift of 50 ppm is 5 us then */
#define ANCHOR_GOOD_NS	15000		/* as well as it is known */
#define ANCHOR_ROUNDS	8
#define ANCHOR_GIVE_UP_NS 2000000

/* struct anchor - @ns: when @event happened, by timeline_now_ns(); @users: who refers to it */
struct anchor {
	CUevent event;
	int64_t ns;
	unsigned int users;
};

/* struct gpu_mark - a piece of work whose events are recorded, or about to be */
struct gpu_mark {
	struct gpu_mark *next;
	CUcontext context;
	CUstream stream;
	CUevent begin, end;
	struct anchor *anchor;
	struct wire_gpu_work work;
};

/*
 * struct gpu_clock - a context's
 * @anchor: the youngest, or NULL
 * @tried: when there was an attempt to have a new one; @trying: it goes on
 * @first, @last: work whose events have been recorded, the oldest first
 * @idle: marks to be used again
 */
struct gpu_clock {
	struct gpu_clock *next;
	CUcontext context;
	CUstream stream;
	struct anchor *anchor;
	int64_t tried;
	bool trying;
	struct gpu_mark *first, **last;
	unsigned int n_pending;
	struct gpu_mark *idle;
};

_Atomic bool timeline_gpu_on;

/* Guards all below. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct gpu_clock *clocks;
static struct wire_gpu_work *records;
static uint64_t added, taken;	/* of all; records[i % RECORDS] */

/* Nothing here is the guest's, so a capture of its does not forbid it.  Return: for unrelax() */
static CUstreamCaptureMode relax(void)
{
	CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_RELAXED;

	if (driver.cuThreadExchangeStreamCaptureMode)
		driver.cuThreadExchangeStreamCaptureMode(&mode);
	return mode;
}

static void unrelax(CUstreamCaptureMode mode)
{
	if (driver.cuThreadExchangeStreamCaptureMode)
		driver.cuThreadExchangeStreamCaptureMode(&mode);
}

static void anchor_put(struct anchor *anchor)
{
	if (!anchor || --anchor->users)
		return;
	driver.cuEventDestroy_v2(anchor->event);
	free(anchor);
}

/* Have @event happen: when, and how long it took to know; false if it did not come at once. */
static bool happen(CUevent event, CUstream stream, int64_t *ns, int64_t *window)
{
	int64_t began = timeline_now_ns(), ended;
	CUresult rc = driver.cuEventRecord(event, stream);

	if (rc != CUDA_SUCCESS)
		return false;
	do {
		rc = driver.cuEventQuery(event);
		ended = timeline_now_ns();
	} while (rc == CUDA_ERROR_NOT_READY && ended - began < ANCHOR_GIVE_UP_NS);
	*ns = began + (ended - began) / 2;
	*window = ended - began;
	return rc == CUDA_SUCCESS;
}

/* The best known of some events is the anchor.  Without the lock */
static bool anchor_drop(struct anchor *anchor, CUstream stream)
{
	int64_t best = INT64_MAX, ns, window;
	CUevent other, worse;

	if (driver.cuEventCreate(&other, CU_EVENT_DEFAULT) != CUDA_SUCCESS)
		return false;
	for (int round = 0; round < ANCHOR_ROUNDS && best > ANCHOR_GOOD_NS; round++) {
		if (!happen(other, stream, &ns, &window))
			break;
		if (window >= best)
			continue;
		best = window;
		anchor->ns = ns;
		worse = anchor->event;
		anchor->event = other;
		other = worse;
	}
	driver.cuEventDestroy_v2(other);
	return best < INT64_MAX;
}

static struct anchor *anchor_create(CUstream stream)
{
	struct anchor *anchor = calloc(1, sizeof(*anchor));

	if (!anchor)
		return NULL;
	anchor->users = 1;
	if (driver.cuEventCreate(&anchor->event, CU_EVENT_DEFAULT) != CUDA_SUCCESS) {
		free(anchor);
		return NULL;
	}
	if (anchor_drop(anchor, stream))
		return anchor;
	anchor_put(anchor);
	return NULL;
}

/* The clock of @context, which is current, or NULL.  Under the lock */
static struct gpu_clock *clock_find(CUcontext context)
{
	struct gpu_clock *clock = clocks;

	while (clock && clock->context != context)
		clock = clock->next;
	return clock;
}

/* The same; one that is not there is made.  Under the lock */
static struct gpu_clock *clock_get(CUcontext context)
{
	struct gpu_clock *clock = clock_find(context);

	if (clock)
		return clock;
	clock = calloc(1, sizeof(*clock));
	if (!clock)
		return NULL;
	if (driver.cuStreamCreate(&clock->stream, CU_STREAM_NON_BLOCKING) != CUDA_SUCCESS) {
		free(clock);
		return NULL;
	}
	clock->context = context;
	clock->tried = -ANCHOR_NS;
	clock->last = &clock->first;
	clock->next = clocks;
	clocks = clock;
	return clock;
}

/* Under the lock, which it leaves for a while: @clock may have gone then. */
static void clock_renew_anchor(struct gpu_clock *clock)
{
	CUcontext context = clock->context;
	CUstream stream = clock->stream;
	struct anchor *anchor;

	if (clock->trying || (int64_t)timeline_now_ns() - clock->tried < ANCHOR_NS)
		return;
	clock->trying = true;
	pthread_mutex_unlock(&lock);
	anchor = anchor_create(stream);
	pthread_mutex_lock(&lock);
	clock = clock_find(context);
	if (!clock) {
		anchor_put(anchor);
		return;
	}
	clock->trying = false;
	clock->tried = timeline_now_ns();
	if (!anchor)
		return;
	anchor_put(clock->anchor);
	clock->anchor = anchor;
}

static void mark_free(struct gpu_mark *mark)
{
	if (!mark)
		return;
	if (mark->begin)
		driver.cuEventDestroy_v2(mark->begin);
	if (mark->end)
		driver.cuEventDestroy_v2(mark->end);
	free(mark);
}

static struct gpu_mark *mark_create(void)
{
	struct gpu_mark *mark = calloc(1, sizeof(*mark));

	if (mark && driver.cuEventCreate(&mark->begin, CU_EVENT_DEFAULT) == CUDA_SUCCESS &&
	    driver.cuEventCreate(&mark->end, CU_EVENT_DEFAULT) == CUDA_SUCCESS)
		return mark;
	mark_free(mark);
	return NULL;
}

/* Under the lock */
static struct gpu_mark *mark_get(CUcontext context)
{
	struct gpu_clock *clock = clock_get(context);
	struct gpu_mark *mark;

	if (!clock)
		return NULL;
	clock_renew_anchor(clock);
	clock = clock_find(context);
	if (!clock || !clock->anchor || clock->n_pending >= PENDING_MAX)
		return NULL;
	mark = clock->idle;
	if (mark)
		clock->idle = mark->next;
	else
		mark = mark_create();
	if (!mark)
		return NULL;
	mark->context = context;
	mark->anchor = clock->anchor;
	mark->anchor->users++;
	return mark;
}

/* It is over, or was nothing.  Under the lock */
static void mark_put(struct gpu_mark *mark)
{
	struct gpu_clock *clock = clock_find(mark->context);

	anchor_put(mark->anchor);
	mark->anchor = NULL;
	if (!clock) {
		mark_free(mark);
		return;
	}
	mark->next = clock->idle;
	clock->idle = mark;
}

static void record(const struct wire_gpu_work *work)
{
	if (!records)
		records = calloc(RECORDS, sizeof(*records));
	if (records)
		records[added++ % RECORDS] = *work;
}

/* Nanoseconds from the mark's anchor to one of its events */
static bool since_anchor(const struct gpu_mark *mark, CUevent event, int64_t *ns)
{
	float ms;

	if (driver.cuEventElapsedTime_v2(&ms, mark->anchor->event, event) != CUDA_SUCCESS)
		return false;
	*ns = (int64_t)(ms * 1e6);
	return true;
}

/* Its events have happened: when?  Nothing begins before it was asked for. */
static void mark_note(struct gpu_mark *mark)
{
	int64_t began, ended;

	if (!since_anchor(mark, mark->begin, &began) || !since_anchor(mark, mark->end, &ended))
		return;
	mark->work.began = mark->anchor->ns + began;
	mark->work.ended = mark->anchor->ns + ended;
	if (mark->work.began < mark->work.asked)
		mark->work.began = mark->work.asked;
	if (mark->work.ended < mark->work.began)
		mark->work.ended = mark->work.began;
	record(&mark->work);
}

/* Take out what has happened: of the whole list, or only from its head.  Under the lock */
static void clock_settle(struct gpu_clock *clock, bool whole)
{
	struct gpu_mark **at = &clock->first, *mark;

	while ((mark = *at)) {
		CUresult rc = driver.cuEventQuery(mark->end);

		if (rc == CUDA_ERROR_NOT_READY) {
			if (!whole)
				return;
			at = &mark->next;
			continue;
		}
		*at = mark->next;
		if (!mark->next)
			clock->last = at;
		clock->n_pending--;
		if (rc == CUDA_SUCCESS)
			mark_note(mark);
		mark_put(mark);
	}
}

static bool is_work(uint32_t id)
{
	return id == CALL_launch || id == CALL_launch_with || id == CALL_cuGraphLaunch ||
	       id == CALL_graph_launch_checked ||
	       (id >= CALL_write_inline && id <= CALL_cuMemsetD2D32Async);
}

/* The stream that the command is for: without one it is for the default stream */
static CUstream stream_of(const struct dispatch *dispatch, const struct call *call, uint64_t *name)
{
	*name = 0;
	for_each_param(i, call->handles) {
		if (call->params[i].kind != KIND_CUstream || call->params[i].word != WORD_HANDLE)
			continue;
		*name = dispatch->names[i];
		return dispatch->objects[i];
	}
	return NULL;
}

static bool may_be_recorded(CUstream stream)
{
	CUstreamCaptureStatus status = CU_STREAM_CAPTURE_STATUS_NONE;

	if (!driver.cuEventElapsedTime_v2 || !driver.cuEventRecord || !driver.cuEventQuery)
		return false;
	return !driver.cuStreamIsCapturing ||
	       (driver.cuStreamIsCapturing(stream, &status) == CUDA_SUCCESS &&
		status == CU_STREAM_CAPTURE_STATUS_NONE);
}

/* What is shown of it: a kernel's own name */
static void name_work(const struct dispatch *dispatch, uint32_t id, struct wire_gpu_work *work)
{
	const char *name = NULL;

	work->name[0] = 0;
	if (id != CALL_launch && id != CALL_launch_with)
		return;
	if (handle_kind(dispatch->names[0]) == KIND_CUkernel) {
		if (driver.cuKernelGetName)
			driver.cuKernelGetName(&name, dispatch->objects[0]);
	} else if (driver.cuFuncGetName) {
		driver.cuFuncGetName(&name, dispatch->objects[0]);
	}
	if (name)
		strncpy(work->name, name, sizeof(work->name) - 1);
	work->name[sizeof(work->name) - 1] = 0;
}

struct gpu_mark *timeline_gpu_mark(struct dispatch *dispatch, const struct call *call, uint32_t id)
{
	struct gpu_mark *mark;
	CUstreamCaptureMode mode;
	uint64_t name;
	CUstream stream = stream_of(dispatch, call, &name);

	if (!is_work(id) || !dispatch->current || !may_be_recorded(stream))
		return NULL;
	mode = relax();
	pthread_mutex_lock(&lock);
	mark = mark_get(dispatch->current);
	pthread_mutex_unlock(&lock);
	unrelax(mode);
	if (!mark)
		return NULL;
	mark->stream = stream;
	mark->work = (struct wire_gpu_work){ .channel = dispatch->channel, .call = id,
					     .command = dispatch->commands, .stream = name,
					     .asked = timeline_now_ns() };
	name_work(dispatch, id, &mark->work);
	if (driver.cuEventRecord(mark->begin, stream) == CUDA_SUCCESS)
		return mark;
	pthread_mutex_lock(&lock);
	mark_put(mark);
	pthread_mutex_unlock(&lock);
	return NULL;
}

void timeline_gpu_done(struct gpu_mark *mark, CUresult rc)
{
	CUstreamCaptureMode mode = relax();
	struct gpu_clock *clock;

	if (rc == CUDA_SUCCESS)
		rc = driver.cuEventRecord(mark->end, mark->stream);
	pthread_mutex_lock(&lock);
	clock = clock_find(mark->context);
	if (rc == CUDA_SUCCESS && clock) {
		mark->next = NULL;
		*clock->last = mark;
		clock->last = &mark->next;
		clock->n_pending++;
		clock_settle(clock, false);
	} else {
		mark_put(mark);
	}
	pthread_mutex_unlock(&lock);
	unrelax(mode);
}

/* Under the lock */
static void clock_destroy(struct gpu_clock *clock)
{
	struct gpu_clock **at = &clocks;
	struct gpu_mark *next;

	while (*at != clock)
		at = &(*at)->next;
	*at = clock->next;
	for (struct gpu_mark *mark = clock->first; mark; mark = next) {
		next = mark->next;
		anchor_put(mark->anchor);
		mark_free(mark);
	}
	for (struct gpu_mark *mark = clock->idle; mark; mark = next) {
		next = mark->next;
		mark_free(mark);
	}
	anchor_put(clock->anchor);
	driver.cuStreamDestroy_v2(clock->stream);
	free(clock);
}

void timeline_gpu_context_goes(struct dispatch *dispatch, CUcontext context)
{
	struct gpu_clock *clock;

	pthread_mutex_lock(&lock);
	clock = clock_find(context);
	if (clock && driver.cuCtxSetCurrent(context) == CUDA_SUCCESS) {
		dispatch_context_changed(dispatch);
		clock_settle(clock, true);
		clock_destroy(clock);
	}
	pthread_mutex_unlock(&lock);
}

CUresult host_timeline_gpu(struct dispatch *dispatch, uint32_t *n, uint32_t capacity,
			   struct wire_gpu_work *works)
{
	CUstreamCaptureMode mode;

	if (!n || (capacity && !works))
		return dispatch_refuse(dispatch);
	mode = relax();
	pthread_mutex_lock(&lock);
	for (struct gpu_clock *clock = clocks; clock; clock = clock->next)
		if (driver.cuCtxSetCurrent(clock->context) == CUDA_SUCCESS)
			clock_settle(clock, true);
	dispatch_context_changed(dispatch);
	if (added - taken > RECORDS)
		taken = added - RECORDS;
	for (*n = 0; *n < capacity && taken < added; ++*n)
		works[*n] = records[taken++ % RECORDS];
	pthread_mutex_unlock(&lock);
	unrelax(mode);
	return CUDA_SUCCESS;
}
