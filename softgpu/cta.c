/* SPDX-License-Identifier: MIT */
/*
 * cta.c - a block: its warps, its memory, its barriers
 *
 * One thread runs a block.  Its warps take turns: each runs until it ends, waits at a
 * barrier or has used up its budget of backward branches.
 */

#include <stdlib.h>

#include "softgpu/cluster.h"
#include "softgpu/observe.h"

/* Between the pieces of a block's memory, where the sanitizer notices a step over the edge */
#ifdef SOFTGPU_GAPS
#include <sanitizer/asan_interface.h>
#define GAP		256
#define FORBID(p)	ASAN_POISON_MEMORY_REGION(p, GAP)
#else
#define GAP		0
#define FORBID(p)	((void)0)
#endif

/* Turns from barrier to barrier before the block gives way to others and to the clock */
#define ROUNDS	256

static size_t round_up(size_t n, size_t to)
{
	return (n + to - 1) & ~(to - 1);
}

/* The next @bytes of the block of memory at @base; with @base NULL only add up */
static void *take(unsigned char *base, size_t *at, size_t bytes)
{
	size_t from = *at;

	*at += round_up(bytes, 64) + GAP;
	if (!base)
		return NULL;
	FORBID(base + *at - GAP);
	return base + from;
}

static size_t lay_out(struct cta *cta, unsigned char *base)
{
	const struct frame *stack = &cta->job->entry->stack;
	size_t at = 0;

	/* First, for it has the largest alignment */
	cta->shared = take(base, &at, cta->shared_bytes);
	cta->warps = take(base, &at, cta->warp_count * sizeof(struct warp));
	cta->tid = take(base, &at, cta->warp_count * sizeof(*cta->tid));
	for (unsigned i = 0; i < cta->warp_count; i++) {
		for (unsigned b = 0; b < 3; b++) {
			unsigned char *bank = take(base, &at, stack->bank[b]);

			if (!base)
				continue;
			cta->warps[i].memory[b] = bank;
			cta->warps[i].size[b] = stack->bank[b];
		}
	}
	cta->constants = take(base, &at, cta->job->entry->constant_bytes);
	cta->local = take(base, &at, cta->local_size);
	return at;
}

static void fill_tid(struct cta *cta)
{
	const uint32_t *block = cta->job->block;

	for (unsigned i = 0; i < cta->warp_count; i++) {
		for (unsigned lane = 0; lane < LANES; lane++) {
			uint32_t n = i * LANES + lane;

			cta->tid[i][0][lane] = n % block[0];
			cta->tid[i][1][lane] = n / block[0] % block[1];
			cta->tid[i][2][lane] = n / block[0] / block[1];
		}
	}
}

/* Run instructions that belong to no thread, for all lanes; @w has not started */
static void run_hoisted(struct warp *w, const struct insn *in, unsigned count)
{
	w->mask = ALL_LANES;
	w->keep = 0;
	for (unsigned b = 0; b < 3; b++)
		w->bank[b] = bank_at(w->memory[b], b);
	w->bank[BANK_CONST] = bank_at(w->cta->constants, BANK_CONST);
	for (unsigned i = 0; i < count; i++)
		in[i].fn(w, &in[i]);
}

static void fill_constants(struct cta *cta)
{
	const struct function *entry = cta->job->entry;

	memcpy(cta->constants, entry->constants, entry->constant_bytes);
	run_hoisted(cta->warps, entry->once, entry->once_count);
	for (unsigned i = 0; i < cta->warp_count; i++)
		run_hoisted(&cta->warps[i], entry->warp, entry->warp_count);
}

struct cta *cta_create(struct job *job)
{
	struct cta *cta = calloc(1, sizeof(*cta));
	unsigned char *memory;
	size_t size;

	if (!cta)
		return NULL;
	cta->job = job;
	cta->warp_count = (job->threads + LANES - 1) / LANES;
	cta->shared_bytes = job->shared_bytes;
	cta->local_bytes = job->local_bytes;
	/* An odd number of cache lines apart, lest all lanes' frames share a set */
	cta->local_stride = job->local_bytes ? round_up(job->local_bytes, 128) + 64 : 0;
	cta->local_size = cta->local_stride * cta->warp_count * LANES;
	size = lay_out(cta, NULL);
	/* calloc(): a large block's pages cost nothing until they are touched */
	cta->memory = calloc(1, size + 256);
	if (!cta->memory) {
		free(cta);
		return NULL;
	}
	memory = (unsigned char *)round_up((uintptr_t)cta->memory, 256);
	lay_out(cta, memory);
	fill_tid(cta);
	for (unsigned i = 0; i < cta->warp_count; i++) {
		cta->warps[i].cta = cta;
		cta->warps[i].index = i;
		cta->warps[i].shared = cta->shared;
		cta->warps[i].shared_bytes = cta->shared_bytes;
		cta->warps[i].spans = cta->spans;
		cta->warps[i].lowered = true;
	}
	fill_constants(cta);
	return cta;
}

void cta_destroy(struct cta *cta)
{
	for (unsigned i = 0; i < cta->warp_count; i++)
		for (unsigned b = 0; b < 3; b++)
			if (cta->warps[i].grown[b])
				free(cta->warps[i].memory[b]);
	free(cta->shadow);
	free(cta->memory);
	free(cta);
}

void cta_start(struct cta *cta, uint64_t linear)
{
	const struct job *job = cta->job;

	cta->linear = linear;
	cta->ctaid[0] = (uint32_t)(linear % job->grid[0]);
	cta->ctaid[1] = (uint32_t)(linear / job->grid[0] % job->grid[1]);
	cta->ctaid[2] = (uint32_t)(linear / job->grid[0] / job->grid[1]);
	run_hoisted(cta->warps, job->entry->block, job->entry->block_count);
	if (job->observer)
		observe_block(cta);
	cta->live_threads = job->threads;
	cta->faulted = false;
	cta->active = 0;
	for (unsigned i = 0; i < cta->warp_count; i++) {
		unsigned left = job->threads - i * LANES;

		cta->warps[i].cluster_arrived = 0;
		warp_start(&cta->warps[i], job->entry,
			   left >= LANES ? ALL_LANES : (1u << left) - 1);
	}
}

void cta_deadlock(struct cta *cta)
{
	struct fault fault = { .result = CUDA_ERROR_LAUNCH_TIMEOUT };

	memcpy(fault.block, cta->ctaid, sizeof(fault.block));
	snprintf(fault.text, sizeof(fault.text),
		 "kernel %s: deadlock: all threads of block (%u,%u,%u) wait at barriers",
		 cta->job->entry->name, cta->ctaid[0], cta->ctaid[1], cta->ctaid[2]);
	job_fail(cta->job, &fault);
	cta->faulted = true;
}

enum cta_result cta_run(struct cta *cta)
{
	bool ran, yielded = false, spinning = true;
	unsigned rounds = 0;

	do {
		/* A loop that goes through a barrier never uses up a warp's budget */
		if (++rounds > ROUNDS)
			return CTA_YIELD;
		ran = false;
		for (unsigned i = 0; i < cta->warp_count; i++) {
			struct warp *w = &cta->warps[i];

			if (!w->live || w->blocked)
				continue;
			ran = true;
			switch (warp_run(w)) {
			case WARP_FAULT:
				return CTA_FAULT;
			case WARP_BLOCKED:
				w->blocked = true;
				break;
			case WARP_YIELD:
				yielded = true;
				spinning &= w->spun;
				break;
			default:
				break;
			}
		}
	} while (ran && !yielded && cta->live_threads);
	if (!cta->live_threads)
		return CTA_DONE;
	if (yielded)
		return spinning ? CTA_SPIN : CTA_YIELD;
	if (cluster_waits(cta))
		return CTA_BLOCKED;
	cta_deadlock(cta);
	return CTA_FAULT;
}

/* What bar.red gives to all: the decoder put the reduction into the instruction's aux */
static uint32_t reduction(const struct barrier *barrier, uint32_t kind)
{
	switch (kind) {
	case BAR_POPC:
		return barrier->popc;
	case BAR_AND:
		return barrier->all;
	default:
		return barrier->any;
	}
}

void barrier_check(struct cta *cta, unsigned id)
{
	struct barrier *barrier = &cta->barriers[id];
	uint32_t expected = barrier->expected ? barrier->expected : cta->live_threads;

	if (barrier->arrived < expected)
		return;
	for (unsigned i = 0; i < cta->warp_count; i++) {
		struct warp *w = &cta->warps[i];

		for (unsigned k = 0; k < w->group_count; k++) {
			struct group *g = &w->groups[k];

			if (g->state != GROUP_BARRIER || g->barrier != id)
				continue;
			g->state = GROUP_READY;
			g->members = reduction(barrier, g->pc[-1].aux);
			w->blocked = false;
		}
	}
	cta->active &= ~(1u << id);
}

const struct insn *warp_fault(struct warp *w, const struct insn *in, unsigned lane,
			      CUresult result, uint64_t address, const char *what)
{
	const struct cta *cta = w->cta;
	const struct function *f = w->current->function;
	const struct ptx_instr *source = f->source[in - f->code];
	struct fault fault = { .result = result, .kernel = cta->job->entry->name };
	char at[40] = "", where[OBSERVE_TEXT];

	fault.address = address;
	for (unsigned axis = 0; axis < 3; axis++) {
		fault.block[axis] = cta->ctaid[axis];
		fault.thread[axis] = cta->tid[w->index][axis][lane];
	}
	if (address)
		snprintf(at, sizeof(at), " 0x%llx", (unsigned long long)address);
	snprintf(fault.text, sizeof(fault.text),
		 "kernel %s: %s%s in block (%u,%u,%u), thread (%u,%u,%u), %s",
		 fault.kernel, what, at, fault.block[0], fault.block[1], fault.block[2],
		 fault.thread[0], fault.thread[1], fault.thread[2], observe_source(source, where));
	job_fail(cta->job, &fault);
	w->cta->faulted = true;
	w->stop = NULL;
	return NULL;
}
