/* SPDX-License-Identifier: MIT */
/*
 * observe_race.c - accesses of shared memory that nothing keeps apart
 *
 * Theory of operation
 *
 * Every byte of a block's shared memory remembers who wrote it last and who read it since.  A
 * thread's time is the number of block barriers it has met, of warp barriers, and of its last
 * fence, which is different for every thread and fence.  Two accesses of one byte by different
 * threads, not both atomic and at least one a write, are a race if their times are the same:
 * the same block barriers, no fence, and the same warp barriers if it is one warp.
 *
 * So a barrier of some threads counts as one of all, and whoever has used a fence, or an access that
 * acquires or releases, is thought to know what it does, until the next barrier: races may be missed, but what is reported is
 * one.  Writing what is there already is none: many kernels do that.
 */

#include <stdlib.h>

#include "softgpu/log.h"
#include "softgpu/observe.h"

/* struct moment - a thread's time */
struct moment {
	uint32_t barriers, syncs, fence;
};

/*
 * struct stamp - an access; @thread is one more than the thread's number, 0: none yet; @value:
 * the byte that it wrote, UNKNOWN after an atomic operation
 */
struct stamp {
	struct moment when;
	uint16_t thread, value;
	bool atomic;
	const struct ptx_instr *source;
};

#define UNKNOWN		0x100

/* struct cell - of one byte; two readers, so that the writer itself does not hide another */
struct cell {
	struct stamp write, reads[2];
};

/**
 * struct shadow
 * @fences:	so far
 * @now:	each thread's time
 */
struct shadow {
	uint32_t fences;
	struct moment *now;
	struct cell cells[];
};

void race_block(struct cta *cta)
{
	size_t threads = (size_t)cta->warp_count * LANES;
	size_t cells = cta->shared_bytes * sizeof(struct cell);
	size_t size = sizeof(struct shadow) + cells + threads * sizeof(struct moment);

	/* Without memory for it, nothing is found */
	if (!cta->shadow)
		cta->shadow = malloc(size);
	if (!cta->shadow)
		return;
	memset(cta->shadow, 0, size);
	cta->shadow->now = (struct moment *)((char *)cta->shadow->cells + cells);
}

static bool apart(const struct stamp *then, const struct moment *now, unsigned thread)
{
	unsigned other = then->thread - 1u;

	return !then->thread || other == thread || then->when.barriers != now->barriers ||
	       then->when.fence != now->fence ||
	       (other / LANES == thread / LANES && then->when.syncs != now->syncs);
}

static void report(struct cta *cta, unsigned thread, const struct stamp *this,
		   const struct stamp *other, const char *kind, uint64_t offset)
{
	char text[4][OBSERVE_TEXT];

	if (!observe_new(cta->job->observer, kind, this->source, other->source))
		return;
	log_error("kernel %s: race in shared memory, %s at byte %llu: %s, %s; and %s, %s",
		  cta->job->entry->name, kind, (unsigned long long)offset,
		  observe_thread(cta, thread, text[0]), observe_source(this->source, text[1]),
		  observe_thread(cta, other->thread - 1u, text[2]),
		  observe_source(other->source, text[3]));
}

static void note_read(struct cta *cta, unsigned thread, const struct stamp *stamp, uint64_t offset)
{
	struct cell *cell = &cta->shadow->cells[offset];

	if (!apart(&cell->write, &stamp->when, thread) && !(cell->write.atomic && stamp->atomic))
		report(cta, thread, stamp, &cell->write, "read after write", offset);
	if (cell->reads[0].thread != stamp->thread)
		cell->reads[1] = cell->reads[0];
	cell->reads[0] = *stamp;
}

static void note_write(struct cta *cta, unsigned thread, const struct stamp *stamp,
		       uint64_t offset)
{
	struct cell *cell = &cta->shadow->cells[offset];
	/* Other lanes' bytes of this very instruction are not in memory yet */
	unsigned before = cell->write.thread ? cell->write.value : cta->shared[offset];
	bool changes = stamp->value == UNKNOWN || stamp->value != before;

	if (changes && !apart(&cell->write, &stamp->when, thread) &&
	    !(cell->write.atomic && stamp->atomic))
		report(cta, thread, stamp, &cell->write, "write after write", offset);
	for (unsigned i = 0; i < 2 && changes; i++)
		if (!apart(&cell->reads[i], &stamp->when, thread) &&
		    !(cell->reads[i].atomic && stamp->atomic))
			report(cta, thread, stamp, &cell->reads[i], "write after read", offset);
	cell->write = *stamp;
}

/* Byte @n of the row at lane @lane's address: stmatrix takes it from other lanes (exec_matrix.c) */
static unsigned row_value(const struct warp *w, const struct insn *in, unsigned lane, unsigned n)
{
	const uint32_t *fragment = r32(w, in->o[1 + lane / 8]);
	unsigned row = in->flags ? n / 2 : lane % 8, column = in->flags ? lane % 8 : n / 2;

	return (uint8_t)(fragment[4 * row + column / 2] >> (16 * (column % 2) + 8 * (n % 2)));
}

/* Byte @n of what lane @lane writes */
static unsigned value_of(const struct warp *w, const struct insn *in, const struct access *access,
			 unsigned lane, unsigned n)
{
	unsigned element = access->bytes / (in->count ? in->count : 1);
	uint32_t o = in->o[1 + n / element];
	uint64_t value;

	if (access->kind != ACCESS_STORE || !in->count)
		return UNKNOWN;
	if (access->matrices)
		return row_value(w, in, lane, n);
	/* A constant has the width of the element */
	value = (o & 3) == BANK_64 || ((o & 3) == BANK_CONST && element == 8) ? r64(w, o)[lane] :
										r32(w, o)[lane];
	return (uint8_t)(value >> 8 * (n % element));
}

static void note_lane(struct warp *w, const struct insn *in, const struct access *access,
		      struct stamp *stamp, unsigned lane)
{
	unsigned thread = stamp->thread - 1u;
	uint64_t offset;

	if (!access_shared(w, in, access, lane, &offset))
		return;
	for (unsigned i = 0; i < access->bytes; i++) {
		stamp->value = (uint16_t)value_of(w, in, access, lane, i);
		if (access->kind == ACCESS_LOAD)
			note_read(w->cta, thread, stamp, offset + i);
		else
			note_write(w->cta, thread, stamp, offset + i);
	}
}

static void tick(struct warp *w, const struct access *access, uint32_t mask)
{
	struct shadow *shadow = w->cta->shadow;

	EACH_ACTIVE(i, mask) {
		struct moment *now = &shadow->now[w->index * LANES + i];

		now->barriers += access->kind == ACCESS_BARRIER;
		now->fence = access->kind == ACCESS_BARRIER ? 0 : ++shadow->fences;
	}
}

void race_synced(struct warp *w, uint32_t mask)
{
	EACH_ACTIVE(i, mask)
		if (w->cta->shadow)
			w->cta->shadow->now[w->index * LANES + i].syncs++;
}

void race_check(struct warp *w, const struct insn *in, const struct access *access, uint32_t mask)
{
	const struct function *f = w->current->function;
	struct shadow *shadow = w->cta->shadow;

	if (!shadow || access->kind == ACCESS_NONE || access->space == SPACE_LOCAL)
		return;
	if (access->kind == ACCESS_BARRIER || access->kind == ACCESS_FENCE || access->ordered)
		tick(w, access, mask);
	if (access->kind > ACCESS_ATOMIC)
		return;
	EACH_ACTIVE(i, mask) {
		unsigned thread = w->index * LANES + i;
		struct stamp stamp = {
			.when = shadow->now[thread], .thread = (uint16_t)(thread + 1),
			.atomic = !access->weak, .source = f->source[in - f->code],
		};

		note_lane(w, in, access, &stamp, i);
	}
}
