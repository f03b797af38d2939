/* SPDX-License-Identifier: MIT */
/*
 * callback.c - functions of the guest program, in stream order
 *
 * DOC: Theory of operation
 *
 * The driver calls callback_run() in a thread of its own when the function's turn
 * in its stream has come.  It puts the function into a queue and blocks, and with
 * it the stream.  A channel of the guest is asking for the next function; it gets
 * the one, and when it asks again the one has returned, and the stream goes on.
 *
 * If the guest dies meanwhile this process is ended, blocked threads or not.  A
 * function whose context failed before its turn is never called: its few bytes are
 * kept until the session ends.
 *
 * A function that was launched runs once, one that was captured with every launch of
 * its graph.  Which it is the stream says before and after the launch.  Should another
 * thread begin and end a capture between, it runs once only.
 */
#include <pthread.h>
#include <stdlib.h>

#include "qcu-device/worker/callback.h"

/*
 * struct slot - of the table of functions that the driver may call
 * @generation: of its numbers; the one before is a function that has gone
 * @next: index of the next free one, + 1; of those that are free
 */
struct slot {
	struct wire_callback wire;
	uint32_t generation;
	uint32_t next;
	bool used, once;
};

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;	/* guards these three */
static struct slot *slots;
static uint32_t n_slots;
static uint32_t free_slot;	/* index + 1, 0: none */

/* struct turn - a function that a stream waits for; on the stack of the driver's thread */
struct turn {
	struct wire_callback wire;
	bool done;
	struct turn *next;
};

/* Guards all below, and the turns. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t came = PTHREAD_COND_INITIALIZER;
static pthread_cond_t went = PTHREAD_COND_INITIALIZER;
static struct turn *first, **last = &first;
static struct turn *running;	/* in the guest */

void callback_in_guest(const struct wire_callback *wire)
{
	struct turn turn = { .wire = *wire };

	pthread_mutex_lock(&lock);
	*last = &turn;
	last = &turn.next;
	pthread_cond_signal(&came);
	while (!turn.done)
		pthread_cond_wait(&went, &lock);
	pthread_mutex_unlock(&lock);
}

CUresult host_callback_next(struct dispatch *dispatch, struct wire_callback *next)
{
	if (!next)
		return dispatch_refuse(dispatch);
	pthread_mutex_lock(&lock);
	if (running) {
		running->done = true;
		running = NULL;
		pthread_cond_broadcast(&went);
	}
	while (!first)
		pthread_cond_wait(&came, &lock);
	running = first;
	first = running->next;
	if (!first)
		last = &first;
	*next = running->wire;
	pthread_mutex_unlock(&lock);
	return CUDA_SUCCESS;
}

/* Twice as many slots; false without memory.  Under the table's lock */
static bool grow(void)
{
	uint32_t n = n_slots ? 2 * n_slots : 64;
	struct slot *more = n > n_slots ? realloc(slots, n * sizeof(*more)) : NULL;

	if (!more)
		return false;
	slots = more;
	for (; n_slots < n; n_slots++) {
		slots[n_slots] = (struct slot){ .generation = 1, .next = free_slot };
		free_slot = n_slots + 1;
	}
	return true;
}

void *callback_create(const struct wire_callback *wire, bool once)
{
	uint64_t number = 0;

	pthread_mutex_lock(&table_lock);
	if (free_slot || grow()) {
		struct slot *slot = &slots[free_slot - 1];

		number = (uint64_t)slot->generation << 32 | free_slot;
		free_slot = slot->next;
		*slot = (struct slot){ *wire, slot->generation, 0, true, once };
	}
	pthread_mutex_unlock(&table_lock);
	return (void *)(uintptr_t)number;
}

/* Under the table's lock: the function that is still there, or NULL */
static struct slot *slot_of(const void *data)
{
	uint64_t number = (uintptr_t)data;
	uint32_t index = (uint32_t)number - 1;

	return index < n_slots && slots[index].used && slots[index].generation == number >> 32 ?
		       &slots[index] :
		       NULL;
}

/* Under the table's lock */
static void release(struct slot *slot)
{
	slot->used = false;
	slot->generation++;
	slot->next = free_slot;
	free_slot = (uint32_t)(slot - slots) + 1;
}

void callback_destroy(const void *data)
{
	struct slot *slot;

	pthread_mutex_lock(&table_lock);
	slot = slot_of(data);
	if (slot)
		release(slot);
	pthread_mutex_unlock(&table_lock);
}

bool callback_get(const void *data, struct wire_callback *wire)
{
	struct slot *slot;

	pthread_mutex_lock(&table_lock);
	slot = slot_of(data);
	if (slot)
		*wire = slot->wire;
	pthread_mutex_unlock(&table_lock);
	return slot;
}

/* It may be run again; if it has run it is too late. */
static void keep(const void *data)
{
	struct slot *slot;

	pthread_mutex_lock(&table_lock);
	slot = slot_of(data);
	if (slot)
		slot->once = false;
	pthread_mutex_unlock(&table_lock);
}

/* Its turn has come: false if it has had the only one. */
static bool take(const void *data, struct wire_callback *wire)
{
	struct slot *slot;

	pthread_mutex_lock(&table_lock);
	slot = slot_of(data);
	if (slot)
		*wire = slot->wire;
	if (slot && slot->once)
		release(slot);
	pthread_mutex_unlock(&table_lock);
	return slot;
}

void CUDA_CB callback_run(void *data)
{
	struct wire_callback wire;

	if (take(data, &wire))
		callback_in_guest(&wire);
}

/* The CUstreamCallback: also called when the context has failed, and told so. */
static void CUDA_CB run_with_status(CUstream stream, CUresult status, void *data)
{
	struct wire_callback wire;

	if (!take(data, &wire))
		return;
	wire.status = status;
	callback_in_guest(&wire);
}

static bool capturing(CUstream stream)
{
	CUstreamCaptureStatus status;

	return driver.cuStreamIsCapturing &&
	       driver.cuStreamIsCapturing(stream, &status) == CUDA_SUCCESS &&
	       status == CU_STREAM_CAPTURE_STATUS_ACTIVE;
}

CUresult host_callback_launch(struct dispatch *dispatch, CUstream stream,
			      struct wire_callback wire)
{
	bool captured;
	void *data;
	CUresult rc;

	if (wire.kind != WIRE_CALLBACK_FUNCTION && wire.kind != WIRE_CALLBACK_STREAM)
		return dispatch_refuse(dispatch);
	captured = capturing(stream);
	data = callback_create(&wire, !captured);
	if (!data)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (wire.kind == WIRE_CALLBACK_FUNCTION)
		rc = driver.cuLaunchHostFunc(stream, callback_run, data);
	else
		rc = driver.cuStreamAddCallback(stream, run_with_status, data, 0);
	if (rc != CUDA_SUCCESS)
		callback_destroy(data);
	else if (!captured && capturing(stream))
		keep(data);
	return rc;
}
