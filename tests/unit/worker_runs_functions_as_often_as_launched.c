/* SPDX-License-Identifier: MIT */
/*
 * worker_runs_functions_as_often_as_launched.c - host functions, and a driver that calls them
 *
 * A function that was launched runs once, whatever the driver does afterwards; one that was
 * captured as often as its graph, also when the capture began while it was being launched.
 */
/* links: qcu-device/worker_calls.c tests/unit/double/control.c tests/unit/double/regions.c */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-device/worker/callback.h"
#include "tests/unit/check.h"

#define FUNCTIONS 64

static _Atomic int ran[FUNCTIONS];	/* in the guest */
static int status_seen;

static void *guest(void *unused)
{
	struct dispatch dispatch = { 0 };
	struct wire_callback next;

	for (;;) {
		CHECK(host_callback_next(&dispatch, &next) == CUDA_SUCCESS);
		ran[next.function]++;
		status_seen = next.status;
	}
	return NULL;
}

/* The driver: what it was given, and whether its stream captures */
static bool captures, will_capture, fails;
static CUhostFn function;
static CUstreamCallback stream_function;
static void *data;

static CUresult CUDAAPI fake_is_capturing(CUstream stream, CUstreamCaptureStatus *status)
{
	*status = captures ? CU_STREAM_CAPTURE_STATUS_ACTIVE : CU_STREAM_CAPTURE_STATUS_NONE;
	return CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_launch(CUstream stream, CUhostFn given, void *given_data)
{
	captures = will_capture;
	function = given;
	data = given_data;
	return fails ? CUDA_ERROR_INVALID_HANDLE : CUDA_SUCCESS;
}

static CUresult CUDAAPI fake_add_callback(CUstream stream, CUstreamCallback given,
					  void *given_data, unsigned int flags)
{
	stream_function = given;
	data = given_data;
	return CUDA_SUCCESS;
}

static void launch(int which, bool before, bool after)
{
	const struct wire_callback wire = { .function = which, .kind = WIRE_CALLBACK_FUNCTION };
	struct dispatch dispatch = { 0 };

	captures = before;
	will_capture = after;
	CHECK(host_callback_launch(&dispatch, NULL, wire) ==
	      (fails ? CUDA_ERROR_INVALID_HANDLE : CUDA_SUCCESS));
}

static void launched_ones_run_once(void)
{
	void *first;

	launch(1, false, false);
	first = data;
	function(data);
	function(data);
	CHECK(ran[1] == 1);
	/* another in its place, which the old number does not mean */
	launch(2, false, false);
	function(first);
	CHECK(ran[1] == 1 && ran[2] == 0);
	function(data);
	CHECK(ran[2] == 1);
}

static void captured_ones_run_as_often_as_their_graph(void)
{
	struct wire_callback wire;

	launch(3, true, true);
	for (int i = 0; i < 5; i++)
		function(data);
	CHECK(ran[3] == 5 && callback_get(data, &wire) && wire.function == 3);
	/* the capture begins during the launch; or ends */
	launch(4, false, true);
	for (int i = 0; i < 5; i++)
		function(data);
	CHECK(ran[4] == 5);
	launch(5, true, false);
	function(data);
	CHECK(ran[5] == 1);
}

static void refused_ones_do_not_run(void)
{
	fails = true;
	launch(6, false, false);
	function(data);
	launch(6, true, true);
	function(data);
	fails = false;
	CHECK(ran[6] == 0);
}

static void callbacks_of_streams_are_told_the_status(void)
{
	const struct wire_callback wire = { .function = 7, .kind = WIRE_CALLBACK_STREAM };
	struct dispatch dispatch = { 0 };

	captures = false;
	CHECK(host_callback_launch(&dispatch, NULL, wire) == CUDA_SUCCESS);
	stream_function(NULL, CUDA_ERROR_LAUNCH_FAILED, data);
	stream_function(NULL, CUDA_SUCCESS, data);
	CHECK(ran[7] == 1 && status_seen == CUDA_ERROR_LAUNCH_FAILED);
}

/* Many at a time, created and gone in any order */
static void numbers_are_not_confused(void)
{
	void *made[1000] = { NULL };
	struct wire_callback wire;

	for (int i = 0; i < 100000; i++) {
		int at = rand() % 1000;

		CHECK(callback_get(made[at], &wire) == !!made[at]);
		CHECK(!made[at] || wire.data == (uint64_t)at);
		callback_destroy(made[at]);
		CHECK(!callback_get(made[at], &wire));
		callback_destroy(made[at]);
		wire = (struct wire_callback){ .data = at };
		made[at] = rand() % 2 ? callback_create(&wire, true) : NULL;
	}
}

static void *thread(void *argument)
{
	const int which = (int)(intptr_t)argument;

	for (int i = 0; i < 200; i++) {
		const struct wire_callback wire = { .function = which };
		void *made = callback_create(&wire, true);

		callback_run(made);
		callback_run(made);
	}
	return NULL;
}

static void many_threads_launch(void)
{
	pthread_t threads[8];

	for (intptr_t i = 0; i < 8; i++)
		CHECK(!pthread_create(&threads[i], NULL, thread, (void *)(20 + i)));
	for (int i = 0; i < 8; i++) {
		pthread_join(threads[i], NULL);
		CHECK(ran[20 + i] == 200);
	}
}

int main(void)
{
	pthread_t serving;

	driver.cuStreamIsCapturing = fake_is_capturing;
	driver.cuLaunchHostFunc = fake_launch;
	driver.cuStreamAddCallback = fake_add_callback;
	CHECK(!pthread_create(&serving, NULL, guest, NULL));
	launched_ones_run_once();
	captured_ones_run_as_often_as_their_graph();
	refused_ones_do_not_run();
	callbacks_of_streams_are_told_the_status();
	numbers_are_not_confused();
	many_threads_launch();
	return 0;
}
