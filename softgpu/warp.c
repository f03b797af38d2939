/* SPDX-License-Identifier: MIT */
/*
 * warp.c - which lanes of a warp run next
 *
 * Theory of operation
 *
 * The lanes of a warp that stand at the same instruction in the same frame form a group.
 * When a branch parts them, both halves are groups; when two groups meet, they are one
 * again.  The group with the deepest call and, there, the lowest pc runs first: code is laid
 * out so that lanes that jumped ahead wait where the others will come by, which needs no
 * analysis of the control flow and is right for any layout.
 *
 * It is not always fair.  In while (atomicCAS(lock, 0, 1)); the lanes that failed go back
 * to a lower pc for ever while the one that has the lock waits behind the loop.  So every
 * backward branch and every call costs a bit of the warp's budget, SPIN_COST times as much
 * if the loop contains what spin locks are made of, and when the budget is gone, the group
 * whose last turn is longest ago is chosen and runs on for a whole budget, whatever its pc.
 * The warp also gives way to the other warps of its block then.
 *
 * A group that waits in a .sync instruction is still merged with those that reach it; the
 * instruction runs when all live lanes of its member mask are there.
 */

#include <stdlib.h>

#include "softgpu/cluster.h"
#include "softgpu/observe.h"
#include "softgpu/warp_join.h"

#define BUDGET		4096
#define SPIN_COST	64
#define BANK_MAX	(1u << 30)	/* bytes of registers of a warp */

const uint32_t lane_bit[LANES] = {
	1u << 0, 1u << 1, 1u << 2, 1u << 3, 1u << 4, 1u << 5, 1u << 6, 1u << 7,
	1u << 8, 1u << 9, 1u << 10, 1u << 11, 1u << 12, 1u << 13, 1u << 14, 1u << 15,
	1u << 16, 1u << 17, 1u << 18, 1u << 19, 1u << 20, 1u << 21, 1u << 22, 1u << 23,
	1u << 24, 1u << 25, 1u << 26, 1u << 27, 1u << 28, 1u << 29, 1u << 30, 1u << 31,
};

const uint64_t lane_bit64[LANES] = {
	1u << 0, 1u << 1, 1u << 2, 1u << 3, 1u << 4, 1u << 5, 1u << 6, 1u << 7,
	1u << 8, 1u << 9, 1u << 10, 1u << 11, 1u << 12, 1u << 13, 1u << 14, 1u << 15,
	1u << 16, 1u << 17, 1u << 18, 1u << 19, 1u << 20, 1u << 21, 1u << 22, 1u << 23,
	1u << 24, 1u << 25, 1u << 26, 1u << 27, 1u << 28, 1u << 29, 1u << 30, 1u << 31,
};

/* Point masks and banks at the running group */
static void select_group(struct warp *w, struct group *g)
{
	w->current = g;
	w->mask = g->mask;
	w->keep = w->live & ~g->mask;
	for (unsigned b = 0; b < 3; b++)
		w->bank[b] = bank_at(w->memory[b] + g->frame.bank[b], b);
	w->bank[BANK_CONST] = bank_at(g->depth ? g->function->constants : w->cta->constants,
				      BANK_CONST);
}

static void remove_group(struct warp *w, struct group *g)
{
	struct group *last = &w->groups[--w->group_count];

	if (w->chosen == g)
		w->chosen = NULL;
	else if (w->chosen == last)
		w->chosen = g;
	if (g != last)
		*g = *last;
}

/* Could @a and @b be one group? */
static bool same_place(const struct group *a, const struct group *b)
{
	return a->pc == b->pc && a->depth == b->depth && frame_equal(&a->frame, &b->frame) &&
	       a->state != GROUP_BARRIER && b->state != GROUP_BARRIER;
}

static void merge_groups(struct warp *w)
{
	for (unsigned i = 0; i < w->group_count; i++) {
		for (unsigned k = i + 1; k < w->group_count;) {
			struct group *a = &w->groups[i], *b = &w->groups[k];

			if (!same_place(a, b)) {
				k++;
				continue;
			}
			a->mask |= b->mask;
			a->state = GROUP_READY;
			if (w->chosen == a || w->chosen == b)
				w->chosen = NULL;
			remove_group(w, b);
		}
	}
}

/* Does @a run before @b? */
static bool runs_before(const struct group *a, const struct group *b)
{
	if (a->depth != b->depth)
		return a->depth > b->depth;
	return (uintptr_t)a->pc < (uintptr_t)b->pc;
}

static struct group *pick_group(struct warp *w)
{
	struct group *best = NULL;

	for (unsigned i = 0; i < w->group_count; i++) {
		struct group *g = &w->groups[i];

		if (g->state == GROUP_READY && (!best || runs_before(g, best)))
			best = g;
	}
	w->ordered = true;
	if (w->chosen && w->chosen->state == GROUP_READY && best != w->chosen) {
		w->ordered = false;
		return w->chosen;
	}
	return best;
}

/* The first instruction ahead of @g where others wait whom it can join */
static const struct insn *next_meeting(const struct warp *w, const struct group *g)
{
	const struct insn *stop = NULL;

	for (unsigned i = 0; i < w->group_count; i++) {
		const struct group *other = &w->groups[i];

		if (other == g || other->depth != g->depth || other->state == GROUP_BARRIER)
			continue;
		if ((uintptr_t)other->pc > (uintptr_t)g->pc &&
		    (!stop || (uintptr_t)other->pc < (uintptr_t)stop) &&
		    frame_equal(&other->frame, &g->frame))
			stop = other->pc;
	}
	return stop;
}

/*
 * Nobody is ready.  A group in a .sync instruction may go on if the lanes it lacks have
 * ended, or wait at the same place in another frame.  If none can, and no lane waits at a
 * barrier from which it may still come, the program's masks are wrong, which PTX leaves
 * undefined: not a hang here.
 */
static struct group *wake_waiting(struct warp *w)
{
	struct group *first = NULL;
	bool barrier = false, complete = false;

	for (unsigned i = 0; i < w->group_count && !complete; i++) {
		struct group *g = &w->groups[i];

		if (g->state == GROUP_BARRIER) {
			barrier = true;
			continue;
		}
		complete = !(g->members & w->live & ~warp_waiting_at(w, g->pc));
		if (!first || complete)
			first = g;
	}
	if (!first || (barrier && !complete))
		return NULL;
	select_group(w, first);
	warp_join(w, first);
	return first;
}

/* Return: the instruction to run, or NULL: nobody can run */
static const struct insn *schedule(struct warp *w)
{
	struct group *g;

	if (likely(w->group_count == 1 && w->groups[0].state == GROUP_READY)) {
		w->ordered = true;
		w->stop = NULL;
		select_group(w, &w->groups[0]);
		return w->current->pc;
	}
	merge_groups(w);
	g = pick_group(w);
	if (!g) {
		g = wake_waiting(w);
		if (!g || w->cta->faulted)
			return NULL;
	}
	w->stop = next_meeting(w, g);
	select_group(w, g);
	return g->pc;
}

/* The budget is gone: whose turn is it? */
static void rotate(struct warp *w)
{
	struct group *oldest = NULL;

	w->current->turn = ++w->turns;
	w->chosen = NULL;
	if (w->group_count == 1)
		return;
	for (unsigned i = 0; i < w->group_count; i++) {
		struct group *g = &w->groups[i];

		if (g->state == GROUP_READY && (!oldest || g->turn < oldest->turn))
			oldest = g;
	}
	w->chosen = oldest;
}

void warp_start(struct warp *w, const struct function *entry, uint32_t live)
{
	struct group *g = &w->groups[0];

	w->live = live;
	w->group_count = 1;
	w->chosen = NULL;
	w->spinning = w->forced = w->spun = w->blocked = false;
	w->turns = 0;
	memset(g, 0, sizeof(*g));
	g->pc = entry->code;
	g->function = entry;
	g->mask = live;
	for (unsigned i = 0; w->lowered && i < LANES; i++)
		w->stack_top[i] = (uint32_t)w->cta->local_bytes;
	w->lowered = false;
}

enum warp_result warp_run(struct warp *w)
{
	const struct insn *in;

	w->budget = BUDGET;
	while (w->live) {
		in = schedule(w);
		if (!in)
			return w->cta->faulted ? WARP_FAULT : WARP_BLOCKED;
		if (unlikely(w->cta->job->observer))
			in = observe_run(w, in);
		else
			do
				in = in->fn(w, in);
			while (in != w->stop);
		if (in)
			w->current->pc = in;
		if (unlikely(w->cta->faulted))
			return WARP_FAULT;
		if (unlikely(w->budget <= 0)) {
			rotate(w);
			return WARP_YIELD;
		}
	}
	return WARP_DONE;
}

const struct insn *warp_reschedule(struct warp *w, const struct insn *pc)
{
	w->current->pc = pc;
	w->stop = NULL;
	return NULL;
}

/* Pay for going backwards */
static void pay(struct warp *w)
{
	w->budget -= w->spinning ? SPIN_COST : 1;
	w->spun = w->spinning;
	w->spinning = false;
}

/* May the running group go straight on to @target, or may others come first or join? */
static bool goes_on(const struct warp *w, const struct insn *target)
{
	return w->group_count == 1 ||
	       (w->ordered && (!w->stop || (uintptr_t)target <= (uintptr_t)w->stop));
}

const struct insn *warp_goto(struct warp *w, const struct insn *in, const struct insn *target)
{
	if ((uintptr_t)target <= (uintptr_t)in) {
		pay(w);
		if (unlikely(w->budget <= 0))
			return warp_reschedule(w, target);
	}
	return likely(goes_on(w, target)) ? target : warp_reschedule(w, target);
}

/* A group of @mask, otherwise a copy of the running one, waiting at @pc */
static void new_group(struct warp *w, uint32_t mask, const struct insn *pc)
{
	struct group *g = &w->groups[w->group_count++];

	*g = *w->current;
	g->mask = mask;
	g->pc = pc;
}

void warp_leave(struct warp *w, uint32_t stay, const struct insn *pc)
{
	new_group(w, w->mask & ~stay, pc);
	w->current->mask = w->mask = stay;
	w->keep = w->live & ~stay;
	w->stop = NULL;
	w->ordered = false;
}

const struct insn *warp_split(struct warp *w, const struct insn *in, uint32_t taken,
			      const struct insn *target, const struct insn *next)
{
	bool back = (uintptr_t)target <= (uintptr_t)in;
	const struct insn *near = back ? target : next, *far = back ? next : target;
	uint32_t stay = back ? taken : w->mask & ~taken;
	bool ordered = w->ordered;

	if (back)
		pay(w);
	new_group(w, w->mask & ~stay, far);
	w->current->mask = w->mask = stay;
	w->keep = w->live & ~stay;
	/* The lower pc goes on; the other half is one more to be met on the way */
	if (!ordered || w->budget <= 0 || (w->stop && (uintptr_t)near > (uintptr_t)w->stop))
		return warp_reschedule(w, near);
	if (!w->stop || (uintptr_t)far < (uintptr_t)w->stop)
		w->stop = far;
	return near;
}

const struct insn *warp_exit(struct warp *w)
{
	struct cta *cta = w->cta;

	w->live &= ~w->mask;
	cta->live_threads -= likely(w->mask == ALL_LANES) ? LANES :
			     (unsigned)__builtin_popcount(w->mask);
	remove_group(w, w->current);
	w->stop = NULL;
	EACH_ACTIVE(i, cta->active)
		barrier_check(cta, i);
	if (unlikely(cta->cluster->arrived))
		cluster_exit(w);
	return NULL;
}

const struct insn *warp_block(struct warp *w, const struct insn *pc, enum group_state state)
{
	w->current->state = state;
	return warp_reschedule(w, pc);
}

bool warp_gathered(struct warp *w, const struct insn *in, uint32_t members)
{
	bool forced = w->forced;

	w->forced = false;
	if (likely(!(members & w->live & ~w->mask)) || forced)
		return true;
	w->current->members = members;
	warp_block(w, in, GROUP_SYNC);
	return false;
}

/* Room for registers of @callee behind @frame; banks may move */
static bool reserve(struct warp *w, const struct frame *frame, const struct function *callee)
{
	for (unsigned b = 0; b < 3; b++) {
		uint64_t top = (uint64_t)frame->bank[b] + callee->frame.bank[b];
		size_t size = w->size[b];
		unsigned char *memory;

		if (likely(top <= size))
			continue;
		/* Beyond it a frame's offsets do not fit their type */
		if (top > BANK_MAX)
			return false;
		while (size < top)
			size = size ? size * 2 : 4096;
		memory = aligned_alloc(64, (size + 63) & ~(size_t)63);
		if (!memory)
			return false;
		memcpy(memory, w->memory[b], w->size[b]);
		memset(memory + w->size[b], 0, size - w->size[b]);
		if (w->grown[b])
			free(w->memory[b]);
		w->memory[b] = memory;
		w->size[b] = size;
		w->grown[b] = true;
	}
	return true;
}

const struct insn *warp_enter(struct warp *w, const struct insn *in,
			      const struct function *callee)
{
	struct group *g = w->current;
	const struct frame *mine = &g->function->frame;
	struct frame frame;
	uint64_t *link;

	for (unsigned b = 0; b < 3; b++)
		frame.bank[b] = g->frame.bank[b] + mine->bank[b];
	frame.local = g->frame.local + mine->local;
	for (unsigned i = 0; i < LANES; i++)
		if ((w->mask >> i & 1) && frame.local + callee->frame.local > w->stack_top[i])
			return warp_fault(w, in, i, CUDA_ERROR_ILLEGAL_ADDRESS, 0, "stack overflow");
	if (!reserve(w, &frame, callee))
		return warp_fault(w, in, 0, CUDA_ERROR_OUT_OF_MEMORY, 0, "no memory for a call");
	/* The link register is the callee's first 64-bit register */
	link = (uint64_t *)(w->memory[BANK_64] + frame.bank[BANK_64]);
	for (unsigned i = 0; i < LANES; i++)
		if (w->mask >> i & 1)
			link[i] = (uint64_t)(uintptr_t)in;
	g->frame = frame;
	g->function = callee;
	g->depth++;
	/* Recursion is a loop, too */
	w->budget--;
	if (w->group_count > 1 || unlikely(w->budget <= 0))
		return warp_reschedule(w, callee->code);
	select_group(w, g);
	return callee->code;
}

const struct insn *warp_return(struct warp *w, const struct insn *call,
			       const struct function *caller)
{
	struct group *g = w->current;

	for (unsigned b = 0; b < 3; b++)
		g->frame.bank[b] -= caller->frame.bank[b];
	g->frame.local -= caller->frame.local;
	g->function = caller;
	g->depth--;
	if (w->group_count > 1)
		return warp_reschedule(w, call + 1);
	select_group(w, g);
	return call + 1;
}
