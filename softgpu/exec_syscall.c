/* SPDX-License-Identifier: MIT */
/*
 * exec_syscall.c - the functions a kernel finds outside itself: vprintf, malloc, free,
 * __assertfail, cudaGraphSetConditional
 *
 * Arguments and results lie in the caller's local frame, where insn.extra, a struct
 * call_site, says.
 */

#include <stdio.h>
#include <stdlib.h>

#include "softgpu/exec_call.h"
#include "softgpu/exec_mem.h"
#include "softgpu/exec_ops.h"
#include "softgpu/guest_printf.h"
#include "softgpu/heap.h"

static uint64_t argument(const struct warp *w, const struct insn *in, unsigned lane, unsigned n)
{
	const struct call_site *site = in->extra;
	uint64_t value = 0;

	if (n < site->argument_count)
		memcpy(&value, lane_local(w, lane) + w->current->frame.local +
		       site->arguments[n].caller,
		       site->arguments[n].bytes < 8 ? site->arguments[n].bytes : 8);
	return value;
}

static void result(const struct warp *w, const struct insn *in, unsigned lane, uint64_t value)
{
	const struct call_site *site = in->extra;

	if (site->result_count)
		memcpy(lane_local(w, lane) + w->current->frame.local + site->results[0].caller,
		       &value, site->results[0].bytes < 8 ? site->results[0].bytes : 8);
}

/* For guest_printf(): reads of the kernel's memory */
struct reader {
	struct warp *warp;
	char *copy;
};

static bool read_bytes(void *context, uint64_t address, void *out, size_t bytes)
{
	struct reader *reader = context;
	struct span span;
	unsigned char *p = memory_resolve(reader->warp, address, bytes, &span);

	if (p)
		memcpy(out, p, bytes);
	return p;
}

static const char *read_string(void *context, uint64_t address)
{
	struct reader *reader = context;

	free(reader->copy);
	reader->copy = memory_string(reader->warp, address, 1 << 20);
	return reader->copy;
}

HANDLER(syscall_vprintf)
{
	struct engine *engine = w->cta->job->launch->engine;
	struct reader reader = { .warp = w };
	const struct guest_reader access = { &reader, read_bytes, read_string };

	EACH_ACTIVE(lane, w->mask) {
		char *format = memory_string(w, argument(w, in, lane, 0), 1 << 20);
		int count = -1;

		if (format)
			count = guest_printf(engine, &access, format, argument(w, in, lane, 1));
		result(w, in, lane, (uint64_t)(int64_t)count);
		free(format);
	}
	free(reader.copy);
	return in + 1;
}

HANDLER(syscall_malloc)
{
	EACH_ACTIVE(lane, w->mask)
		result(w, in, lane, heap_alloc(w->cta->job->launch->engine, argument(w, in, lane, 0)));
	return in + 1;
}

HANDLER(syscall_free)
{
	EACH_ACTIVE(lane, w->mask) {
		uint64_t address = argument(w, in, lane, 0);

		if (address && !heap_free(w->cta->job->launch->engine, address))
			return warp_fault(w, in, lane, CUDA_ERROR_LAUNCH_FAILED, address,
					  "free() of what malloc() did not return");
	}
	return in + 1;
}

/* CUDA C++ Programming Guide, "Assertion": a line for each thread, on stderr */
static void assertion_print(struct warp *w, const struct insn *in, unsigned lane)
{
	const struct cta *cta = w->cta;
	char *message = memory_string(w, argument(w, in, lane, 0), 4096);
	char *file = memory_string(w, argument(w, in, lane, 1), 4096);
	char *function = memory_string(w, argument(w, in, lane, 3), 4096);

	fprintf(stderr, "%s:%u: %s: block: [%u,%u,%u], thread: [%u,%u,%u] Assertion `%s` failed.\n",
		file ? file : "?", (unsigned)argument(w, in, lane, 2), function ? function : "?",
		cta->ctaid[0], cta->ctaid[1], cta->ctaid[2], cta->tid[w->index][0][lane],
		cta->tid[w->index][1][lane], cta->tid[w->index][2][lane],
		message ? message : "?");
	free(message);
	free(file);
	free(function);
}

/* (message, file, line, function, size of a character) */
HANDLER(syscall_assertfail)
{
	EACH_ACTIVE(lane, w->mask)
		assertion_print(w, in, lane);
	return warp_fault(w, in, (unsigned)__builtin_ctz(w->mask), CUDA_ERROR_ASSERT, 0,
			  "an assertion failed");
}

/* (handle, value); CUDA gives no answer to a handle that is none */
HANDLER(syscall_set_conditional)
{
	const struct engine *engine = w->cta->job->launch->engine;

	EACH_ACTIVE(lane, w->mask) {
		uint64_t handle = argument(w, in, lane, 0);

		if (!engine->set_conditional ||
		    !engine->set_conditional(handle, (unsigned int)argument(w, in, lane, 1)))
			return warp_fault(w, in, lane, CUDA_ERROR_LAUNCH_FAILED, handle,
					  "cudaGraphSetConditional() of what is no handle");
	}
	return in + 1;
}

static const struct exec_op table[] = {
	{ "syscall.cudaGraphSetConditional", "", syscall_set_conditional },
	{ "syscall.vprintf", "", syscall_vprintf }, { "syscall.malloc", "", syscall_malloc },
	{ "syscall.free", "", syscall_free }, { "syscall.__assertfail", "", syscall_assertfail },
};

EXEC_FAMILY(exec_syscall, table);
