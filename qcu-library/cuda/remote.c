/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * A call goes through these steps, the same for every row:
 *
 *	check		session, then every handle: nothing wrong is sent
 *	name		a handle for each object the call will create
 *	request_encode()	(wire/codec.c)
 *	channel_post()	into the ring; an asynchronous call ends here
 *	channel_reply()	the host's answer
 *	settle		remember what was created, forget what was destroyed
 *	deferred	a WAIT row returns the errors of earlier asynchronous calls
 *
 * An error that ends its context is noted, for the asynchronous calls that nobody
 * answers.
 *
 * A handle that another thread destroys meanwhile the host refuses.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "qcu-library/cuda/belt.h"
#include "qcu-library/cuda/capture.h"
#include "qcu-library/cuda/channel.h"
#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/logs.h"
#include "qcu-library/cuda/memo.h"
#include "qcu-library/cuda/mirror.h"
#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/output.h"
#include "qcu-library/cuda/quiet.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/stats.h"
#include "qcu-library/cuda/stream.h"
#include "qcu-library/cuda/thread.h"
#include "qcu-library/cuda/timeline.h"
#include "wire/handle_error.h"
#include "wire/trace.h"

_Thread_local bool remote_unasked;

/* NULL is a stream, and where a context is asked for it is the current one. */
static bool may_be_special(const struct param *param)
{
	return param->word == WORD_HANDLE &&
	       (param->kind == KIND_CUstream || param->kind == KIND_CUcontext);
}

static CUresult check_array(const struct param *param, const struct arg *arg)
{
	const uint64_t *handles = arg->p;

	for (size_t i = 0; handles && i < arg->n / sizeof(*handles); i++)
		if (!handle_is(param->kind, handles[i]))
			return handle_error(param->kind);
	return CUDA_SUCCESS;
}

static CUresult check_handle(const struct param *param, const struct arg *arg)
{
	uint64_t handle;

	if (param->word == WORD_NEW)
		return arg->p ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
	if (param->word == WORD_HANDLES)
		return check_array(param, arg);
	memcpy(&handle, arg->p, sizeof(handle));
	if (handle_is_special(handle) ? may_be_special(param) : handle_is(param->kind, handle))
		return CUDA_SUCCESS;
	return handle_is_orphan(handle) ? CUDA_ERROR_CONTEXT_IS_DESTROYED :
					  handle_error(param->kind);
}

static CUresult check(const struct call *call, enum call_id id, const struct arg *argv)
{
	/* These two make the session ready. */
	bool early = id == CALL_host_info || id == CALL_device_info;
	CUresult rc = early ? CUDA_SUCCESS : session_check();

	if (rc == CUDA_SUCCESS && call_since(id) > session.transport->version_minor)
		rc = CUDA_ERROR_NOT_SUPPORTED;
	for (int i = 0; rc == CUDA_SUCCESS && i < call->n_params; i++) {
		const struct param *param = &call->params[i];

		if (param->kind)
			rc = check_handle(param, &argv[i]);
		else if (param->word == WORD_STR && !argv[i].p)
			rc = CUDA_ERROR_INVALID_VALUE;
	}
	return rc;
}

/* What a new object belongs to: the first handle of the row, else the context */
static uint64_t owner_of_new(const struct call *call, const struct arg *argv, uint64_t context,
			     enum handle_kind kind)
{
	uint64_t owner;

	if (kind != KIND_CUcontext && !handle_has_owner(kind))
		return 0;
	for_each_param(i, call->handles) {
		if (call->params[i].word == WORD_HANDLE) {
			memcpy(&owner, argv[i].p, sizeof(owner));
			return owner;
		}
	}
	if (kind == KIND_CUcontext)
		return 0;
	return handle_is_of_green(kind) ? context : context_home(context);
}

static void forget_new(struct flight *flight)
{
	for_each_param(i, flight->call->made)
		handle_drop(flight->names[i]);
}

static CUresult name_new(struct flight *flight, uint64_t context)
{
	const struct call *call = flight->call;

	for_each_param(i, call->made)
		flight->names[i] = 0;
	for_each_param(i, call->made) {
		enum handle_kind kind = call->params[i].kind;

		flight->names[i] = handle_new(kind, owner_of_new(call, flight->argv, context, kind));
		if (!flight->names[i]) {
			forget_new(flight);
			return CUDA_ERROR_OUT_OF_MEMORY;
		}
	}
	return CUDA_SUCCESS;
}

static bool is_device(const struct call *call, int i)
{
	return call->params[i].fixed == sizeof(CUdevice) &&
	       !strcmp(call->spelt[i].type, "CUdevice");
}

/* The host's numbers for devices, where the program has others */
static void renumber(struct flight *flight, struct arg *sent)
{
	for (int i = 0; i < flight->call->n_params; i++) {
		const struct param *param = &flight->call->params[i];

		if (!is_device(flight->call, i) || param->word != WORD_IN)
			continue;
		memcpy(&flight->devices[i], sent[i].p, sizeof(CUdevice));
		flight->devices[i] = device_on_host(flight->devices[i]);
		sent[i].p = &flight->devices[i];
	}
}

static void renumber_back(struct flight *flight)
{
	for (int i = 0; i < flight->call->n_params; i++) {
		const struct param *param = &flight->call->params[i];
		CUdevice device;

		if (!is_device(flight->call, i) || param->word != WORD_OUT || !flight->argv[i].p)
			continue;
		memcpy(&device, flight->argv[i].p, sizeof(device));
		device = device_from_host(device);
		memcpy(flight->argv[i].p, &device, sizeof(device));
	}
}

/* The arguments as they are sent: for a NEW the name, not the program's pointer */
static bool encode(struct flight *flight, struct request *request)
{
	struct arg sent[CALL_MAX_PARAMS];

	if (!flight->call->made && !devices_are_renumbered())
		return request_encode(request, flight->call, flight->argv);
	memcpy(sent, flight->argv, flight->call->n_params * sizeof(*sent));
	for_each_param(i, flight->call->made)
		sent[i].p = &flight->names[i];
	if (devices_are_renumbered())
		renumber(flight, sent);
	return request_encode(request, flight->call, sent);
}

static void trace(const struct flight *flight, CUresult rc)
{
	char line[TRACE_LINE_MAX];

	if (__builtin_expect(!option_set(DEBUG_CALL), 1))
		return;
	trace_call(line, sizeof(line), flight->call, flight->argv, rc);
	fprintf(stderr, "%s\n", line);
}

/* May the device read or write memory of the program's because of this call? */
static bool gives_work(const struct call *call, enum call_id id)
{
	return call->when == ASYNC || (id >= CALL_write_inline && id <= CALL_cuMemsetD2D32Async) ||
	       id == CALL_launch_with || id == CALL_graph_launch_checked;
}

/*
 * May it have work that overtakes the thread's copy on the legacy default stream, or capture such work?
 * In another context that stream is another one.
 */
static bool may_overtake(const struct call *call, const struct arg *argv, uint64_t context)
{
	if (context != thread_self()->late_context)
		return true;
	for_each_param(i, call->handles)
		if (call->params[i].kind == KIND_CUstream)
			return !stream_is_legacy(&argv[i]);
	/* A synchronous one is on that stream itself. */
	return call->when == ASYNC;
}

static CUresult begin(struct flight *flight, enum call_id id, const struct arg *argv, bool async)
{
	const struct call *call = call_find(id);
	uint64_t context = context_current();
	struct request request;
	CUresult rc = check(call, id, argv);

	stats_count(id, STATS_CALL);
	flight->id = id;
	flight->began = timeline_begin();
	quiet_begin(flight);
	if (rc == CUDA_SUCCESS && gives_work(call, id))
		mirror_before_work();
	if (rc == CUDA_SUCCESS && thread_self()->late_word && may_overtake(call, argv, context))
		rc = belt_arrive();
	flight->call = call;
	flight->context = context;
	flight->argv = argv;
	flight->async = async;
	flight->want_reply = !async || option_set(NO_ASYNC) || capture_is_on();
	if (rc == CUDA_SUCCESS && async)
		rc = context_lost(context);
	if (rc == CUDA_SUCCESS)
		rc = channel_get(&flight->channel);
	if (rc == CUDA_SUCCESS)
		rc = name_new(flight, context);
	if (rc != CUDA_SUCCESS)
		goto out;

	pthread_mutex_lock(&flight->channel->lock);
	rc = CUDA_ERROR_INVALID_VALUE;
	if (encode(flight, &request))
		rc = channel_post(flight->channel, id, &request, context, async,
				  flight->want_reply);
	if (rc == CUDA_SUCCESS) {
		flight->command = flight->channel->commands;
		flight->ticket = flight->channel->ticket;
		thread_self()->posts += async;
		thread_self()->command = flight->command;
		stats_count(id, flight->want_reply ? STATS_SYNC : STATS_ASYNC);
		return CUDA_SUCCESS;
	}
	pthread_mutex_unlock(&flight->channel->lock);
	forget_new(flight);
out:
	trace(flight, rc);
	if (logs_watched())
		logs_say(call->name, rc);
	return rc;
}

CUresult remote_begin(struct flight *flight, enum call_id id, const struct arg *argv)
{
	const struct call *call = call_find(id);

	memcpy(flight->kept, argv, call->n_params * sizeof(*argv));
	return begin(flight, id, flight->kept, call->when == ASYNC);
}

static void settle(struct flight *flight, CUresult rc)
{
	const struct call *call = flight->call;
	uint64_t handle;

	for_each_param(i, call->made) {
		if (rc == CUDA_SUCCESS)
			memcpy(flight->argv[i].p, &flight->names[i], sizeof(handle));
		else
			handle_drop(flight->names[i]);
	}
	for_each_param(i, rc == CUDA_SUCCESS ? call->dropped : 0) {
		memcpy(&handle, flight->argv[i].p, sizeof(handle));
		handle_drop(handle);
	}
}

static CUresult take_deferred(struct channel *channel)
{
	CUresult deferred = channel->deferred;

	channel->deferred = CUDA_SUCCESS;
	return deferred;
}

void remote_forget_deferred(void)
{
	struct channel *channel = thread_self()->channel;

	if (!channel)
		return;
	pthread_mutex_lock(&channel->lock);
	take_deferred(channel);
	pthread_mutex_unlock(&channel->lock);
}

/* Called with the channel's lock held. */
static CUresult receive(struct flight *flight)
{
	struct wire_reply reply;
	const void *payload = NULL;
	size_t bytes = 0;
	CUresult rc = channel_reply(flight->channel, &reply, &payload, &bytes);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = reply.result;
	/* For the host there is none; calls that need none are answered. */
	if (rc == CUDA_ERROR_INVALID_CONTEXT && flight->context && context_is_gone(flight->context))
		rc = CUDA_ERROR_CONTEXT_IS_DESTROYED;
	if (rc == CUDA_SUCCESS && !reply_decode(flight->call, flight->argv, payload, bytes))
		return session_failed(-EIO);
	if (rc == CUDA_SUCCESS && devices_are_renumbered())
		renumber_back(flight);
	return rc;
}

CUresult remote_end(struct flight *flight)
{
	struct channel *channel = flight->channel;
	bool waited = flight->call->when == WAIT && flight->want_reply;
	CUresult rc = CUDA_SUCCESS, shown;
	uint32_t printed = 0;

	channel->patient = waited && context_sleeps(flight->context);
	if (flight->want_reply)
		rc = receive(flight);
	channel->patient = false;
	shown = rc;
	if (rc == CUDA_SUCCESS && waited && !remote_unasked)
		shown = take_deferred(channel);
	if (waited || (flight->want_reply && logs_watched()))
		printed = channel_take_output(channel);
	if (waited) {
		/* What host functions wrote, see session.h */
		atomic_load_explicit(&session.callbacks, memory_order_acquire);
	}
	/* What a new handle's name is must be known before another thread can ask. */
	settle(flight, rc);
	pthread_mutex_unlock(&channel->lock);
	if (!flight->async)
		quiet_end(flight, shown);
	context_note_error(flight->context, shown);
	trace(flight, shown);
	timeline_end(flight);
	if (shown == CUDA_SUCCESS && waited)
		mirror_after_wait();
	if (printed)
		output_print(printed);
	if (printed & CHANNEL_LOGS)
		logs_fetch();
	return shown;
}

CUresult remote_post(enum call_id id, struct arg *argv)
{
	struct flight flight;
	CUresult rc;

	if (session_check() != CUDA_SUCCESS || session.transport->version_minor < WIRE_POST_SINCE ||
	    option_set(NO_POST) || capture_is_on())
		return remote(id, argv);
	rc = begin(&flight, id, argv, true);
	return rc == CUDA_SUCCESS ? remote_end(&flight) : rc;
}

/* Has the host answered this before, and would the call be made at all? */
static bool recall(struct memo *memo, enum call_id id, const struct arg *argv)
{
	memo->call = NULL;
	return memo_is_constant(id) && check(call_find(id), id, argv) == CUDA_SUCCESS &&
	       memo_recall(memo, id, argv);
}

CUresult remote(enum call_id id, struct arg *argv)
{
	struct flight flight;
	struct memo memo;
	CUresult rc;

	if (recall(&memo, id, argv)) {
		stats_count(id, STATS_CALL);
		return CUDA_SUCCESS;
	}
	rc = begin(&flight, id, argv, call_find(id)->when == ASYNC);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = remote_end(&flight);
	if (rc == CUDA_SUCCESS)
		memo_keep(&memo, argv);
	memo_note(id);
	return rc;
}
