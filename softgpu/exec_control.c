/* SPDX-License-Identifier: MIT */
/*
 * exec_control.c - branches, calls, predication (PTX ISA, Control Flow Instructions)
 *
 * Lanes that do not agree on a computed target, callee or return address are dealt with one
 * target at a time: the lanes that want what the first lane wants go, the others stay at
 * this very instruction and run it again.
 */

#include <sched.h>
#include <time.h>

#include "softgpu/exec_call.h"
#include "softgpu/exec_ops.h"

/*
 * The instruction after this one runs for the lanes whose predicate (operand 0, inverted if
 * flags) is true.  It is not one that branches or waits: the decoder jumps around those.
 */
HANDLER(guard)
{
	const uint32_t p = *pred(w, in->o[0]) ^ (in->flags ? ALL_LANES : 0);
	const uint32_t mask = w->mask, keep = w->keep;
	const struct insn *next;

	if (!(p & mask))
		return in + 2;
	w->mask = p & mask;
	w->keep = w->live & ~w->mask;
	next = in[1].fn(w, in + 1);
	w->mask = mask;
	w->keep = keep;
	return next;
}

HANDLER(bra)
{
	return warp_goto(w, in, in->target);
}

HANDLER(bra_if)
{
	const uint32_t p = *pred(w, in->o[0]) ^ (in->flags ? ALL_LANES : 0);
	const uint32_t taken = p & w->mask;

	if (!taken)
		return in + 1;
	if (taken == w->mask)
		return warp_goto(w, in, in->target);
	return warp_split(w, in, taken, in->target, in + 1);
}

/* Keep the lanes whose value is the first's; the others will run @in again */
static uint64_t agree(struct warp *w, const struct insn *in, const uint64_t *value)
{
	const uint64_t first = value[__builtin_ctz(w->mask)];
	uint32_t same = 0;

	EACH_ACTIVE(i, w->mask)
		same |= value[i] == first ? 1u << i : 0;
	if (same != w->mask)
		warp_leave(w, same, in);
	return first;
}

/* brx.idx: operand 0 indexes the table of targets */
HANDLER(brx)
{
	const struct branch_table *table = in->extra;
	const uint32_t *index = r32(w, in->o[0]);
	uint64_t wide[LANES];
	uint64_t first;

	for (unsigned i = 0; i < LANES; i++)
		wide[i] = index[i];
	first = agree(w, in, wide);
	if (first >= table->count)
		return warp_fault(w, in, (unsigned)__builtin_ctz(w->mask), CUDA_ERROR_LAUNCH_FAILED,
				  first, "brx.idx beyond its table");
	return warp_goto(w, in, table->targets[first]);
}

/* Copy arguments from the caller's frame to the callee's: both in local memory */
static void copy_arguments(struct warp *w, const struct call_site *site)
{
	uint32_t from = w->current->frame.local;
	uint32_t to = from + w->current->function->frame.local;

	EACH_ACTIVE(lane, w->mask) {
		unsigned char *local = lane_local(w, lane);

		for (unsigned n = 0; n < site->argument_count; n++)
			memcpy(local + to + site->arguments[n].callee,
			       local + from + site->arguments[n].caller, site->arguments[n].bytes);
	}
}

static const struct insn *enter(struct warp *w, const struct insn *in,
				const struct function *callee)
{
	const struct call_site *site = in->extra;
	uint64_t top = (uint64_t)w->current->frame.local + w->current->function->frame.local +
		       callee->frame.local;

	if (top > w->cta->local_bytes)
		return warp_fault(w, in, (unsigned)__builtin_ctz(w->mask), CUDA_ERROR_ILLEGAL_ADDRESS,
				  0, "stack overflow");
	copy_arguments(w, site);
	return warp_enter(w, in, callee);
}

HANDLER(call)
{
	const struct call_site *site = in->extra;

	return enter(w, in, site->callee);
}

HANDLER(call_indirect)
{
	const struct call_site *site = in->extra;
	uint64_t pointer = agree(w, in, r64(w, in->o[0]));
	const struct function *callee = kernel_function_at(w->cta->job->launch->kernel, pointer);

	if (!callee || callee->parameter_bytes != site->parameter_bytes)
		return warp_fault(w, in, (unsigned)__builtin_ctz(w->mask),
				  CUDA_ERROR_ILLEGAL_INSTRUCTION, pointer,
				  "call of what is not a function of this kind");
	return enter(w, in, callee);
}

/* After a call: results from where the callee's frame was */
HANDLER(call_results)
{
	const struct call_site *site = in->extra;
	uint32_t to = w->current->frame.local;
	uint32_t from = to + w->current->function->frame.local;

	EACH_ACTIVE(lane, w->mask) {
		unsigned char *local = lane_local(w, lane);

		for (unsigned n = 0; n < site->result_count; n++)
			memcpy(local + to + site->results[n].caller,
			       local + from + site->results[n].callee, site->results[n].bytes);
	}
	return in + 1;
}

HANDLER(ret)
{
	const struct insn *call;

	call = (const struct insn *)(uintptr_t)agree(w, in, r64(w, in->o[0]));
	return warp_return(w, call, ((const struct call_site *)call->extra)->caller);
}

HANDLER(exit_lanes)
{
	return warp_exit(w);
}

HANDLER(trap)
{
	return warp_fault(w, in, (unsigned)__builtin_ctz(w->mask), CUDA_ERROR_LAUNCH_FAILED, 0,
			  "trap");
}

HANDLER(nop)
{
	return in + 1;
}

/* membar, fence: and what polls memory between them may be waiting for somebody */
HANDLER(fence)
{
	__sync_synchronize();
	w->spinning = true;
	return in + 1;
}

/* Beside a strong load or store: x86 keeps the order that acquire and release want by itself */
HANDLER(strong)
{
#if !defined(__x86_64__)
	__sync_synchronize();
#endif
	w->spinning = true;
	return in + 1;
}

HANDLER(nanosleep_lanes)
{
	w->budget = 0;
	w->spun = true;
	sched_yield();
	return warp_reschedule(w, in + 1);
}

static const struct exec_op table[] = {
	{ "guard", "", guard }, { "bra", "", bra }, { "bra.if", "", bra_if }, { "brx", "", brx },
	{ "call", "", call }, { "call.indirect", "", call_indirect },
	{ "call.results", "", call_results },
	{ "ret", "", ret }, { "exit", "", exit_lanes }, { "trap", "=", trap }, { "brkpt", "=", trap },
	{ "nop", "", nop }, { "fence", "", fence }, { "strong", "", strong },
	{ "nanosleep.u32", "=w", nanosleep_lanes },
};

EXEC_FAMILY(exec_control, table);
