/* SPDX-License-Identifier: MIT */
/* event_ipc.c - interprocess events, cuIpc*EventHandle */
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "softgpu/context.h"
#include "softgpu/driver.h"
#include "softgpu/event.h"
#include "softgpu/memfd.h"
#include "softgpu/share.h"

/* A waiter looks at least this often whether its context has gone, or the other process. */
#define LOOK_NS		50000000

enum { SHARED_BYTES = 4096 };

/**
 * struct event_shared - in the file of an interprocess event
 * @recorded:	how often; the number of the newest
 * @happened:	the highest number that has; what happens later with a lower one does not count
 * @changes:	of @happened; a futex
 */
struct event_shared {
	uint64_t recorded, happened;
	uint32_t changes;
};

/* struct shared_wait - the task that event_shared_submit_wait() queues */
struct shared_wait {
	struct task task;
	struct event *event;
	struct context *context;
	uint64_t number;
};

CUresult event_share(struct event *event, int file)
{
	int fd = file >= 0 ? file : memfd_new(SHARED_BYTES);
	void *at;

	if (fd < 0)
		return CUDA_ERROR_OUT_OF_MEMORY;
	at = mmap(NULL, SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED) {
		if (file < 0)
			close(fd);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	event->shared = at;
	event->imported = file >= 0;
	event->file = fd;
	return CUDA_SUCCESS;
}

void event_unshare(struct event *event)
{
	if (!event->shared)
		return;
	munmap(event->shared, SHARED_BYTES);
	close(event->file);
}

uint64_t event_shared_record(struct event *event)
{
	return __atomic_add_fetch(&event->shared->recorded, 1, __ATOMIC_SEQ_CST);
}

void event_shared_happened(struct event *event, uint64_t number)
{
	struct event_shared *shared = event->shared;
	uint64_t before = __atomic_load_n(&shared->happened, __ATOMIC_ACQUIRE);

	/* Release: what the work before it has written is seen by who waits for it. */
	while (before < number && !__atomic_compare_exchange_n(&shared->happened, &before, number,
							       true, __ATOMIC_SEQ_CST,
							       __ATOMIC_ACQUIRE))
		;
	if (before >= number)
		return;
	__atomic_add_fetch(&shared->changes, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &shared->changes, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

static uint64_t newest(const struct event *event)
{
	return __atomic_load_n(&event->shared->recorded, __ATOMIC_SEQ_CST);
}

static bool has_happened(const struct event *event, uint64_t number)
{
	return __atomic_load_n(&event->shared->happened, __ATOMIC_ACQUIRE) >= number;
}

bool event_shared_done(const struct event *event)
{
	return has_happened(event, newest(event));
}

static void wait_for(const struct event *event, uint64_t number, const struct context *context)
{
	const struct timespec look = { .tv_nsec = LOOK_NS };
	struct event_shared *shared = event->shared;

	for (;;) {
		uint32_t changes = __atomic_load_n(&shared->changes, __ATOMIC_SEQ_CST);

		if (has_happened(event, number) || context->stop)
			return;
		syscall(SYS_futex, &shared->changes, FUTEX_WAIT, changes, &look, NULL, 0);
	}
}

void event_shared_wait(const struct event *event)
{
	wait_for(event, newest(event), event->context);
}

static CUresult wait_run(struct task *task)
{
	const struct shared_wait *wait = CONTAINER_OF(task, struct shared_wait, task);

	wait_for(wait->event, wait->number, wait->context);
	return CUDA_SUCCESS;
}

static void wait_free(struct task *task)
{
	struct shared_wait *wait = CONTAINER_OF(task, struct shared_wait, task);

	handle_put(&wait->event->handle);
	context_put(wait->context);
	free(wait);
}

CUresult event_shared_submit_wait(struct event *event, struct stream *stream)
{
	struct shared_wait *wait = calloc(1, sizeof(*wait));

	if (!wait)
		return CUDA_ERROR_OUT_OF_MEMORY;
	wait->task.run = wait_run;
	wait->task.free = wait_free;
	wait->event = handle_ref(&event->handle);
	wait->context = handle_ref(&stream->context->handle);
	wait->number = newest(event);
	return stream_submit(stream, &wait->task);
}

int event_file(CUevent value, unsigned long long id)
{
	struct event *event = event_get(value);
	int fd = -1;

	if (!event)
		return -1;
	if (event->shared && event->id == id)
		fd = fcntl(event->file, F_DUPFD_CLOEXEC, 0);
	handle_put(&event->handle);
	return fd;
}

CUresult cuIpcGetEventHandle(CUipcEventHandle *pHandle, CUevent hEvent)
{
	struct share_name name = { .kind = SHARE_EVENT };
	struct context *context;
	struct event *event;
	CUresult result = context_enter(&context);

	if (result)
		return result;
	if (!pHandle || !hEvent)
		return CUDA_ERROR_INVALID_VALUE;
	event = event_get(hEvent);
	if (!event)
		return CUDA_ERROR_INVALID_HANDLE;
	name.at = (uintptr_t)hEvent;
	name.id = event->id;
	/* What was opened cannot be handed on. */
	if (!event->shared || event->imported)
		result = CUDA_ERROR_INVALID_HANDLE;
	else if (!share_name(&name))
		result = CUDA_ERROR_MAP_FAILED;
	else
		memcpy(pHandle, &name, sizeof(name));
	handle_put(&event->handle);
	return result;
}

CUresult cuIpcOpenEventHandle(CUevent *phEvent, CUipcEventHandle handle)
{
	struct share_name name;
	struct context *context;
	struct event *event;
	CUresult result = context_enter(&context);
	int fd;

	if (result)
		return result;
	memcpy(&name, &handle, sizeof(name));
	if (!phEvent)
		return CUDA_ERROR_INVALID_VALUE;
	if (!share_is_name(&name, SHARE_EVENT))
		return CUDA_ERROR_MAP_FAILED;
	if (share_is_mine(&name))
		return CUDA_ERROR_INVALID_CONTEXT;
	fd = share_fetch(&name);
	if (fd < 0)
		return CUDA_ERROR_MAP_FAILED;
	result = memfd_size(fd) == SHARED_BYTES ?
			 event_create(context, CU_EVENT_INTERPROCESS | CU_EVENT_DISABLE_TIMING, fd,
				   &event) :
			 CUDA_ERROR_MAP_FAILED;
	if (result) {
		close(fd);
		return result;
	}
	*phEvent = (CUevent)event;
	handle_put(&event->handle);
	return CUDA_SUCCESS;
}
