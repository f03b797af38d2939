/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * A command goes through these steps, the same for every call:
 *
 *	call_find()		which row is it?
 *	request_decode()	where are its arguments? (wire/codec.c)
 *	check_fixed()		has what has one size that size, does a string end?
 *	resolve_handles()	names to objects; a wrong name is CUDA's error
 *	order_wait()		is it this command's turn? (order.h)
 *	follow_context()	the context the guest's thread has current
 *	the thunk		the row's own length expressions, then the driver
 *	settle_handles()	remember what was created, forget what was destroyed
 *
 * The thunks are made from the rows.  A length that is not what the row says
 * cannot come from our library, so it ends the session; a bad handle can, so it
 * is an error of the call.
 */
#include <stdlib.h>
#include <string.h>

#include "qcu-device/common/log.h"
#include "qcu-device/common/version.h"
#include "qcu-device/worker/blocking.h"
#include "qcu-device/worker/body.h"
#include "qcu-device/worker/context.h"
#include "qcu-device/worker/dispatch.h"
#include "qcu-device/worker/handle.h"
#include "qcu-device/worker/logs.h"
#include "qcu-device/worker/order.h"
#include "qcu-device/worker/output.h"
#include "qcu-device/worker/space.h"
#include "qcu-device/worker/timeline.h"
#include "wire/channel.h"
#include "wire/codec.h"
#include "wire/protocol.h"
#include "wire/handle_error.h"
#include "wire/trace.h"

#define UNKNOWN_IS_ANSWERED_SINCE	1	/* minor version: before, it ends the session */

/* No context of CUDA's has this address: forces the next cuCtxSetCurrent. */
#define CONTEXT_UNKNOWN	((CUcontext)-1)

#define OWN_STREAM	((uint64_t)(uintptr_t)CU_STREAM_PER_THREAD)

typedef CUresult thunk(struct dispatch *, struct arg *);

/* The row's words as locals of the thunk, under their own names */
#define LOAD_IN(t, a)         t a = *(t *)AT
#define LOAD_IN_PTR(t, a)     const t *a = AT
#define LOAD_STR(a)           const char *a = AT
#define LOAD_IN_BUF(t, a, n)  t *a = AT
#define LOAD_OUT(t, a)        t *a = AT
#define LOAD_OUT_BUF(t, a, n) t *a = AT
#define LOAD_HANDLE(t, a)     t a = *(t *)AT
#define LOAD_HANDLES(t, a, n) t *a = AT
#define LOAD_NEW(t, a)        t *a = AT
#define LOAD_DROP(t, a)       t a = *(t *)AT
#define AT(i)                 argv_[i].p
#define LOAD(i, x)            LOAD_##x(i);

/*
 * A buffer is as long as the row says, by the same expression the guest used.
 * SIZED(i, IN_BUF(t, a, n)) becomes "if (a && !buffer_fits(n, sizeof(t),
 * &argv_[i])) return ...": the word opens the statement, SIZED_AT(i) ends it.
 */
#define SIZED_IN(t, a)         SIZED_NOT
#define SIZED_IN_PTR(t, a)     SIZED_NOT
#define SIZED_STR(a)           SIZED_NOT
#define SIZED_IN_BUF(t, a, n)  if (a && !buffer_fits(n, sizeof(t), &argv_ SIZED_AT
#define SIZED_OUT(t, a)        SIZED_NOT
#define SIZED_OUT_BUF(t, a, n) if (a && !buffer_fits(n, sizeof(t), &argv_ SIZED_AT
#define SIZED_HANDLE(t, a)     SIZED_NOT
#define SIZED_HANDLES(t, a, n) if (a && !buffer_fits(n, sizeof(t), &argv_ SIZED_AT
#define SIZED_NEW(t, a)        SIZED_NOT
#define SIZED_DROP(t, a)       SIZED_NOT
#define SIZED_NOT(i)
#define SIZED_AT(i)            [i])) return dispatch_refuse(dispatch_);
#define SIZED(i, x)            SIZED_##x(i)

/* The row's words as arguments, each with a leading comma */
#define NAME_IN(t, a)         , a
#define NAME_IN_PTR(t, a)     , a
#define NAME_STR(a)           , a
#define NAME_IN_BUF(t, a, n)  , a
#define NAME_OUT(t, a)        , a
#define NAME_OUT_BUF(t, a, n) , a
#define NAME_HANDLE(t, a)     , a
#define NAME_HANDLES(t, a, n) , a
#define NAME_NEW(t, a)        , a
#define NAME_DROP(t, a)       , a
#define NAME(i, x)            NAME_##x
#define NAMES(...)            CAT(NAMES_, __VA_OPT__(N))(__VA_ARGS__)
#define NAMES_()
#define NAMES_N(...)          TAIL(MAP(NAME, __VA_ARGS__))

static bool buffer_fits(size_t count, size_t size, const struct arg *arg)
{
	size_t bytes;

	return !__builtin_mul_overflow(count, size, &bytes) && bytes == arg->n;
}

#define THUNK(name, words, call_)                                             \
	static CUresult thunk_##name(struct dispatch *dispatch_, struct arg *argv_) \
	{                                                                     \
		(void)dispatch_;                                              \
		(void)argv_;                                                  \
		words                                                         \
		call_;                                                        \
	}
#define BY_ROW(id, name, when, ...)                                           \
	THUNK(name, MAP(LOAD, __VA_ARGS__) MAP(SIZED, __VA_ARGS__),           \
	      return driver.name ? driver.name(NAMES(__VA_ARGS__)) : CUDA_ERROR_NOT_SUPPORTED)
#define BY_HAND(id, name, when, ...)                                          \
	THUNK(name, MAP(LOAD, __VA_ARGS__) MAP(SIZED, __VA_ARGS__),           \
	      return host_##name(dispatch_ MAP(NAME, __VA_ARGS__)))
#define CALL(...) BY_ROW(__VA_ARGS__)
#define WRAP(...) BY_ROW(__VA_ARGS__)
#define HAND(...) BY_HAND(__VA_ARGS__)
#include "wire/calls.def"

#define CALL(id, name, ...) [id] = thunk_##name,
#define WRAP(id, name, ...) [id] = thunk_##name,
#define HAND(id, name, ...) [id] = thunk_##name,
static thunk *const thunks[CALL_ID_END] = {
#include "wire/calls.def"
};

CUresult dispatch_refuse(struct dispatch *dispatch)
{
	dispatch->refused = true;
	return CUDA_ERROR_INVALID_VALUE;
}

void dispatch_context_changed(struct dispatch *dispatch)
{
	dispatch->current = CONTEXT_UNKNOWN;
}

int dispatch_init_process(const char *driver_path, bool warm, bool caged)
{
	output_init();
	if (driver_load(driver_path))
		return QCUDA_ERR_DRIVER;
	if (caged && driver_reaches_process()) {
		log_error("kernels of a guest could use all memory of this process, the VM's included: "
			  "load nvidia-uvm with uvm_disable_hmm=1 (qcu-device --cage=0 does without)");
		return QCUDA_ERR_DRIVER;
	}
	output_limit();
	if (warm)
		context_warm();
	return QCUDA_OK;
}

struct dispatch *dispatch_create(uint32_t channel)
{
	struct dispatch *dispatch = calloc(1, sizeof(*dispatch));

	if (!dispatch)
		return NULL;
	dispatch->channel = channel;
	dispatch->current = CONTEXT_UNKNOWN;
	return dispatch;
}

uint32_t dispatch_printed(const struct dispatch *dispatch)
{
	return dispatch->printed;
}

bool dispatch_is_personal(const struct dispatch *dispatch)
{
	return dispatch->own != OWN_NOWHERE;
}

void dispatch_hand_on(struct dispatch *dispatch, bool served)
{
	dispatch->deferred = CUDA_SUCCESS;
	if (!served)
		return;
	dispatch_context_changed(dispatch);
	dispatch->own = OWN_NOWHERE;
}

void dispatch_destroy(struct dispatch *dispatch)
{
	if (dispatch && dispatch->passage)
		space_give(dispatch->passage, DISPATCH_PASSAGE);
	free(dispatch);
}

void *dispatch_passage(struct dispatch *dispatch)
{
	if (!dispatch->passage)
		dispatch->passage = space_map(DISPATCH_PASSAGE);
	return dispatch->passage;
}

/* What has one size has that size; a string ends where it says. */
static bool check_fixed(const struct call *call, const struct arg *argv)
{
	for (int i = 0; i < call->n_params; i++) {
		const struct param *param = &call->params[i];

		if (param->fixed && argv[i].n == param->fixed)
			continue;
		if (argv[i].n == ARG_NONE) {
			if (param->word == WORD_IN || param->word == WORD_HANDLE ||
			    param->word == WORD_NEW || param->word == WORD_DROP)
				return false;
		} else if (param->fixed) {
			return false;
		} else if (param->word == WORD_STR) {
			if (!argv[i].n || ((const char *)argv[i].p)[argv[i].n - 1])
				return false;
		}
	}
	return true;
}

/* Names to objects, in place: the command is this thread's own copy. */
static CUresult resolve_array(const struct param *param, const struct arg *arg)
{
	uint64_t *names = arg->p;

	for (size_t i = 0; names && i < arg->n / sizeof(*names); i++) {
		void *object;

		if (handle_is_special(names[i]) || !handle_get(param->kind, names[i], &object))
			return handle_error(param->kind);
		names[i] = (uintptr_t)object;
	}
	return CUDA_SUCCESS;
}

/*
 * Replace names by objects: afterwards argv[i].p of a HANDLE or DROP points to
 * the object's pointer, and that of a NEW to where the driver will put one.
 */
static CUresult resolve_handles(struct dispatch *dispatch, const struct call *call,
				struct arg *argv)
{
	for_each_param(i, call->handles) {
		const struct param *param = &call->params[i];

		if (param->word == WORD_HANDLES) {
			CUresult rc = resolve_array(param, &argv[i]);

			if (rc != CUDA_SUCCESS)
				return rc;
			continue;
		}
		memcpy(&dispatch->names[i], argv[i].p, sizeof(uint64_t));
		dispatch->objects[i] = NULL;
		argv[i].p = &dispatch->objects[i];
		if (param->word == WORD_NEW) {
			if (!handle_is_free(param->kind, dispatch->names[i]))
				return dispatch_refuse(dispatch);
		} else if (!handle_get(param->kind, dispatch->names[i], &dispatch->objects[i])) {
			return handle_error(param->kind);
		}
	}
	return CUDA_SUCCESS;
}

/* Where a new object goes if the row has no handle */
static uint64_t home_of_new(uint64_t context, enum handle_kind kind)
{
	uint64_t parent = handle_is_of_green(kind) ? 0 : handle_owner(context);

	return parent ? parent : context;
}

/* What a new object belongs to: the first handle of the row, else the context */
static uint64_t owner_of_new(const struct dispatch *dispatch, const struct call *call,
			     enum handle_kind kind)
{
	if (kind != KIND_CUcontext && !handle_has_owner(kind))
		return 0;
	for_each_param(i, call->handles)
		if (call->params[i].word == WORD_HANDLE)
			return dispatch->names[i];
	return kind == KIND_CUcontext ? 0 : home_of_new(dispatch->context, kind);
}

static CUresult settle_handles(struct dispatch *dispatch, const struct call *call)
{
	for_each_param(i, call->dropped) {
		handle_drop(dispatch->names[i]);
		if (call->params[i].kind == KIND_CUcontext)
			dispatch_context_changed(dispatch);
	}
	for_each_param(i, call->made) {
		enum handle_kind kind = call->params[i].kind;

		if (dispatch->objects[i] &&
		    !handle_put(dispatch->names[i], dispatch->objects[i],
				owner_of_new(dispatch, call, kind)))
			return CUDA_ERROR_OUT_OF_MEMORY;
	}
	return CUDA_SUCCESS;
}

/* Make the context that the command names current in this thread. */
static void follow_context(struct dispatch *dispatch, uint64_t name)
{
	void *context;

	dispatch->context = name;
	if (!handle_get(KIND_CUcontext, name, &context))
		context = NULL;
	if (context == dispatch->current)
		return;
	/* Should it fail, the call that follows says so itself. */
	driver.cuCtxSetCurrent(context);
	dispatch->current = context;
	dispatch->crowd = CROWD_UNKNOWN;
}

static void log_call(const struct call *call, const struct arg *argv, CUresult rc)
{
	char line[TRACE_LINE_MAX];

	if (log_level < LOG_LEVEL_DEBUG)
		return;
	trace_call(line, sizeof(line), call, argv, rc);
	log_debug("%s", line);
}

static void forget_contexts(struct dispatch *dispatch, const struct call *call)
{
	for_each_param(i, call->dropped)
		if (call->params[i].kind == KIND_CUcontext)
			timeline_gpu_context_goes(dispatch, dispatch->objects[i]);
	/* It made them current; the call is for the one that the command names. */
	if (dispatch->current == CONTEXT_UNKNOWN)
		follow_context(dispatch, dispatch->context);
}

static bool names_own_stream(const struct dispatch *dispatch, const struct call *call)
{
	for_each_param(i, call->handles)
		if (call->params[i].kind == KIND_CUstream && dispatch->names[i] == OWN_STREAM)
			return true;
	return false;
}

/* After a call that succeeded: has all work on the thread's own stream been done? */
static bool is_done(const struct dispatch *dispatch, enum call_id id)
{
	return dispatch->own == dispatch->context &&
	       (id == CALL_cuStreamSynchronize || id == CALL_cuStreamQuery ||
		id == CALL_cuCtxSynchronize);
}

/* What does the driver keep now for this very thread? */
static void note_own(struct dispatch *dispatch, const struct call *call, enum call_id id,
		     CUresult rc)
{
	bool named = names_own_stream(dispatch, call);

	if (id == CALL_capture_mode ||
	    (named && (id == CALL_stream_set_attribute || id == CALL_cuStreamCopyAttributes)))
		dispatch->own = OWN_FOR_GOOD;
	else if (rc == CUDA_SUCCESS && is_done(dispatch, id) &&
		 (named || id == CALL_cuCtxSynchronize))
		dispatch->own = OWN_NOWHERE;
	else if (named && dispatch->own != dispatch->context)
		dispatch->own = dispatch->own == OWN_NOWHERE ? dispatch->context : OWN_FOR_GOOD;
}

/* The driver's function, by the row; waits in it are waited for as the crowd asks */
static CUresult ask_driver(struct dispatch *dispatch, const struct call *call, uint32_t id,
			   struct arg *argv)
{
	CUresult rc;

	if (call->when == WAIT)
		blocking_follow(dispatch);
	if (!blocking_shows(id))
		return thunks[id](dispatch, argv);
	blocking_hide(dispatch);
	rc = thunks[id](dispatch, argv);
	blocking_unhide();
	return rc;
}

static CUresult run(struct dispatch *dispatch, const struct call *call, uint32_t id,
		    struct arg *argv)
{
	CUresult rc = resolve_handles(dispatch, call, argv);
	struct gpu_mark *mark;

	if (rc != CUDA_SUCCESS)
		return rc;
	forget_contexts(dispatch, call);
	mark = timeline_gpu_begin(dispatch, call, id);
	rc = ask_driver(dispatch, call, id, argv);
	timeline_gpu_end(mark, rc);
	note_own(dispatch, call, id, rc);
	if (rc != CUDA_SUCCESS || dispatch->refused)
		return rc;
	return settle_handles(dispatch, call);
}

static size_t put_reply(struct dispatch *dispatch, void *reply, CUresult rc, size_t payload)
{
	struct wire_reply header = {
		.bytes = sizeof(header) + (rc == CUDA_SUCCESS ? payload : 0),
		.result = rc,
		.deferred = dispatch->deferred,
		.deferred_call = dispatch->deferred_call,
	};

	dispatch->deferred = CUDA_SUCCESS;
	memcpy(reply, &header, sizeof(header));
	return header.bytes;
}

/* The bytes of the reply; without one the error is for the next that wants one */
static ssize_t finish(struct dispatch *dispatch, const struct wire_command *header, void *reply,
		      CUresult rc, size_t payload)
{
	if (header->flags & WIRE_WANT_REPLY)
		return put_reply(dispatch, reply, rc, payload);
	if (rc != CUDA_SUCCESS && dispatch->deferred == CUDA_SUCCESS) {
		dispatch->deferred = rc;
		dispatch->deferred_call = header->call;
	}
	return 0;
}

/* A guest newer than this host is told that the call is not supported. */
static ssize_t unknown_call(struct dispatch *dispatch, const struct wire_command *header,
			    void *reply)
{
	/* So it was in 1.0, and a guest that has agreed to that does not send such a call. */
	if (version_minor < UNKNOWN_IS_ANSWERED_SINCE) {
		log_error("the guest sent an unknown call 0x%x", header->call);
		return -1;
	}
	log_debug("the guest knows a call 0x%x", header->call);
	order_wait(header->ticket);
	if (header->flags & WIRE_ASYNC)
		order_done(header->ticket);
	dispatch->printed = 0;
	return finish(dispatch, header, reply, CUDA_ERROR_NOT_SUPPORTED, 0);
}

ssize_t dispatch_command(struct dispatch *dispatch, const void *command, size_t bytes,
			 void *reply, size_t reply_cap)
{
	const struct wire_command *header = command;
	const struct call *call = call_since(header->call) <= version_minor ?
					  call_find(header->call) : NULL;
	uint64_t began = timeline_begin();
	struct arg argv[CALL_MAX_PARAMS];
	size_t payload = 0;
	CUresult rc;

	dispatch->commands++;
	if (!call)
		return unknown_call(dispatch, header, reply);
	if (reply_cap < sizeof(struct wire_reply) ||
	    !request_decode(call, (uint8_t *)command + sizeof(*header), bytes - sizeof(*header),
			    argv, (uint8_t *)reply + sizeof(struct wire_reply),
			    reply_cap - sizeof(struct wire_reply), &payload) ||
	    !check_fixed(call, argv)) {
		log_error("the guest sent a malformed %s (call 0x%x)", call_name(header->call),
			  header->call);
		return -1;
	}

	order_wait(header->ticket);
	follow_context(dispatch, header->context);
	rc = run(dispatch, call, header->call, argv);
	log_call(call, argv, rc);
	if (began)
		timeline_add(dispatch->channel, dispatch->commands, header->call, began);
	/* A guest of 1.0 has no such flag: there the row says it. */
	if ((header->flags & WIRE_ASYNC && version_minor >= WIRE_POST_SINCE) || call->when == ASYNC)
		order_done(header->ticket);
	dispatch->printed = call->when == WAIT ? output_waits() : 0;
	if (logs_wait())
		dispatch->printed |= CHANNEL_LOGS;
	if (dispatch->refused) {
		log_error("the guest broke the protocol in %s", call->name);
		return -1;
	}
	return finish(dispatch, header, reply, rc, payload);
}
