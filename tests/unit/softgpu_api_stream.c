/* SPDX-License-Identifier: MIT */
/* Streams: order within one, the default stream's rules, fences, and who does the work */
/* links: softgpu/stream.c softgpu/handle.c */
#include "softgpu/capture.h"
#include "softgpu/stream.h"
#include "tests/unit/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* struct step - a task that notes when it ran, and waits for @gate if there is one */
struct step {
	struct task task;
	int *gate, *when;
	CUresult result;
};

static struct context context = { .alive = true };
static int clock_now, freed;	/* atomic */

static void context_free(struct handle *handle)
{
}

CUresult context_status(const struct context *of)
{
	return __atomic_load_n(&of->sticky, __ATOMIC_ACQUIRE);
}

void context_fail(struct context *of, CUresult error)
{
	__atomic_store_n(&of->sticky, error, __ATOMIC_RELEASE);
}

bool capture_takes(struct stream *stream, struct task *task, bool waits, CUresult *result)
{
	return false;
}

void capture_stream_forget(struct stream *stream)
{
}

static CUresult step_run(struct task *task)
{
	struct step *step = CONTAINER_OF(task, struct step, task);

	while (step->gate && !__atomic_load_n(step->gate, __ATOMIC_ACQUIRE))
		usleep(100);
	if (step->when)
		*step->when = __atomic_add_fetch(&clock_now, 1, __ATOMIC_RELAXED);
	return step->result;
}

static void step_free(struct task *task)
{
	__atomic_add_fetch(&freed, 1, __ATOMIC_RELAXED);
	free(CONTAINER_OF(task, struct step, task));
}

static struct task *step_new(int *gate, int *when, CUresult result)
{
	struct step *step = calloc(1, sizeof(*step));

	CHECK(step);
	step->task.run = step_run;
	step->task.free = step_free;
	step->gate = gate;
	step->when = when;
	step->result = result;
	return &step->task;
}

static void submit(struct stream *stream, int *gate, int *when)
{
	CHECK(!stream_submit(stream, step_new(gate, when, CUDA_SUCCESS)));
}

static void open_gate(int *gate)
{
	__atomic_store_n(gate, 1, __ATOMIC_RELEASE);
}

/* Blocking streams wait for the default stream and the other way round; the third does not. */
static void default_stream_rules(struct stream *legacy)
{
	struct stream *a = stream_new(&context, 0, 0);
	struct stream *b = stream_new(&context, 0, 0);
	struct stream *loose = stream_new(&context, CU_STREAM_NON_BLOCKING, 0);
	int gate = 0, a1 = 0, legacy1 = 0, b1 = 0, loose1 = 0;

	submit(a, &gate, &a1);
	submit(legacy, NULL, &legacy1);
	submit(b, NULL, &b1);
	submit(loose, NULL, &loose1);
	stream_synchronize(loose);
	CHECK(loose1 == 1 && stream_done(loose));
	CHECK(!stream_done(a) && !stream_done(b) && !stream_done(legacy));
	open_gate(&gate);
	stream_synchronize(b);
	CHECK(a1 == 2 && legacy1 == 3 && b1 == 4);
	stream_close(a);
	stream_close(b);
	stream_close(loose);
}

/* A task with a fence waits for that place in the other stream and not for what comes after. */
static void fences(void)
{
	struct stream *a = stream_new(&context, CU_STREAM_NON_BLOCKING, 0);
	struct stream *b = stream_new(&context, CU_STREAM_NON_BLOCKING, 0);
	int first = 0, second = 0, before = 0, after = 0, waited = 0;
	struct fence point;
	struct task *task;

	CHECK(!stream_submit_point(a, step_new(&first, &before, CUDA_SUCCESS), &point));
	submit(a, &second, &after);
	task = step_new(NULL, &waited, CUDA_SUCCESS);
	task->wait = fence_copy(&point);
	CHECK(!stream_submit(b, task));
	usleep(5000);
	CHECK(!fence_done(&point));
	open_gate(&first);
	stream_synchronize(b);
	CHECK(fence_done(&point) && before && waited > before && !stream_done(a));
	open_gate(&second);
	stream_synchronize_context(&context);
	CHECK(after > waited);
	fence_drop(&point);
	stream_close(a);
	stream_close(b);
}

/* What is queued in a stream that is closed is still done. */
static void closing(void)
{
	struct stream *stream = stream_new(&context, 0, 0);
	int gate = 0, when = 0;

	submit(stream, &gate, NULL);
	submit(stream, NULL, &when);
	stream_close(stream);
	open_gate(&gate);
	stream_synchronize_context(&context);
	CHECK(when);
}

static void *hammer(void *argument)
{
	struct stream *shared = argument, *own = stream_new(&context, 0, 0);

	for (int i = 0; i < 300; i++) {
		int mine = 0;

		submit(shared, NULL, NULL);
		submit(own, NULL, NULL);
		CHECK(!stream_run(own, step_new(NULL, &mine, CUDA_SUCCESS)) && mine);
	}
	stream_close(own);
	return NULL;
}

static void many_threads(struct stream *legacy)
{
	pthread_t threads[4];

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		CHECK(!pthread_create(&threads[i], NULL, hammer, legacy));
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		CHECK(!pthread_join(threads[i], NULL));
	stream_synchronize_context(&context);
}

static void failure(struct stream *legacy)
{
	int when = 0;

	CHECK(stream_run(legacy, step_new(NULL, NULL, CUDA_ERROR_ILLEGAL_ADDRESS)) ==
	      CUDA_ERROR_ILLEGAL_ADDRESS);
	CHECK(stream_run(legacy, step_new(NULL, &when, CUDA_SUCCESS)) ==
	      CUDA_ERROR_ILLEGAL_ADDRESS);
	CHECK(!when);
	context.alive = false;
	CHECK(stream_submit(legacy, step_new(NULL, &when, CUDA_SUCCESS)) ==
	      CUDA_ERROR_CONTEXT_IS_DESTROYED);
}

int main(void)
{
	struct stream *legacy;

	alarm(60);
	handle_init(&context.handle, HANDLE_CONTEXT, NULL, context_free);
	CHECK(stream_new_legacy(&context));
	legacy = stream_legacy(&context);
	default_stream_rules(legacy);
	fences();
	closing();
	many_threads(legacy);
	failure(legacy);
	stream_put(legacy);
	stream_close_legacy(&context);
	CHECK(!stream_legacy(&context));
	return 0;
}
