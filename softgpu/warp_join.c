/* SPDX-License-Identifier: MIT */
/*
 * warp_join.c - one .sync instruction for lanes in different frames
 *
 * Lanes that came to a function by different ways stand at the same instruction with
 * registers at different places, so their groups cannot merge.  When such an instruction has
 * all its lanes, the others' operands are laid into the columns that their lanes have in the
 * first group's frame, the instruction runs there for all, and results and columns go
 * back where they belong.
 */

#include "softgpu/warp_join.h"

static unsigned role(const struct insn *in, unsigned n)
{
	return (in->o[n] & 3) == BANK_CONST ? ROLE_NONE : in->roles >> 2 * n & 3;
}

static unsigned char *place_of(const struct warp *w, const struct frame *frame, uint32_t o)
{
	return w->memory[o & 3] + frame->bank[o & 3] + (o & ~3u);
}

static uint64_t get(const struct warp *w, const struct frame *frame, uint32_t o, unsigned lane)
{
	const unsigned char *place = place_of(w, frame, o);

	switch (o & 3) {
	case BANK_32:
		return ((const uint32_t *)place)[lane];
	case BANK_64:
		return ((const uint64_t *)place)[lane];
	default:
		return *(const uint32_t *)place >> lane & 1;
	}
}

static void set(const struct warp *w, const struct frame *frame, uint32_t o, unsigned lane,
		uint64_t value)
{
	unsigned char *place = place_of(w, frame, o);
	uint32_t *bits = (uint32_t *)place;

	switch (o & 3) {
	case BANK_32:
		((uint32_t *)place)[lane] = (uint32_t)value;
		break;
	case BANK_64:
		((uint64_t *)place)[lane] = value;
		break;
	default:
		*bits = (*bits & ~(1u << lane)) | (uint32_t)value << lane;
	}
}

static const struct frame *frame_of(const struct warp *w, unsigned lane)
{
	for (unsigned i = 0; i < w->group_count; i++)
		if (w->groups[i].mask >> lane & 1)
			return &w->groups[i].frame;
	return NULL;
}

uint32_t warp_waiting_at(const struct warp *w, const struct insn *pc)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < w->group_count; i++)
		if (w->groups[i].state == GROUP_SYNC && w->groups[i].pc == pc)
			mask |= w->groups[i].mask;
	return mask;
}

typedef uint64_t columns[INSN_OPERANDS][LANES];

/* Operands of role @want of lanes @mask, each in its lane's own frame */
static void read_own(const struct warp *w, const struct insn *in, uint32_t mask, unsigned want,
		     columns out)
{
	for (unsigned n = 0; n < INSN_OPERANDS; n++)
		if (role(in, n) & want)
			EACH_ACTIVE(lane, mask)
				out[n][lane] = get(w, frame_of(w, lane), in->o[n], lane);
}

static void read_in(const struct warp *w, const struct frame *frame, const struct insn *in,
		    uint32_t mask, unsigned want, columns out)
{
	for (unsigned n = 0; n < INSN_OPERANDS; n++)
		if (role(in, n) & want)
			EACH_ACTIVE(lane, mask)
				out[n][lane] = get(w, frame, in->o[n], lane);
}

static void write_in(const struct warp *w, const struct frame *frame, const struct insn *in,
		     uint32_t mask, unsigned want, columns from)
{
	for (unsigned n = 0; n < INSN_OPERANDS; n++)
		if (role(in, n) & want)
			EACH_ACTIVE(lane, mask)
				set(w, frame, in->o[n], lane, from[n][lane]);
}

static void write_own(const struct warp *w, const struct insn *in, uint32_t mask, columns from)
{
	for (unsigned n = 0; n < INSN_OPERANDS; n++)
		if (role(in, n) & ROLE_DEF)
			EACH_ACTIVE(lane, mask)
				set(w, frame_of(w, lane), in->o[n], lane, from[n][lane]);
}

/* The frames may lie across each other: read everything before anything is written */
void warp_join(struct warp *w, struct group *first)
{
	const struct insn *in = first->pc;
	const struct frame *frame = &first->frame;
	uint32_t all = warp_waiting_at(w, in), others = all & ~first->mask;
	columns values, saved;

	read_own(w, in, others, ROLE_USE, values);
	read_in(w, frame, in, others, ROLE_BOTH, saved);
	write_in(w, frame, in, others, ROLE_USE, values);
	w->mask = all;
	w->keep = w->live & ~all;
	w->forced = true;
	in->fn(w, in);
	read_in(w, frame, in, others, ROLE_DEF, values);
	write_in(w, frame, in, others, ROLE_BOTH, saved);
	write_own(w, in, others, values);
	for (unsigned i = 0; i < w->group_count; i++) {
		struct group *g = &w->groups[i];

		if (g->state == GROUP_SYNC && g->pc == in) {
			g->state = GROUP_READY;
			g->pc = in + 1;
		}
	}
}
