/* SPDX-License-Identifier: MIT */
/*
 * exec_warp.c - exchange between the lanes of a warp (PTX ISA, shfl, vote, match, redux,
 * activemask, bar.warp)
 *
 * The member mask is an operand of every lane.  Lanes with different masks may run together
 * (two tiles of a warp), so results are computed by mask.
 */

#include "softgpu/exec_ops.h"

/* The union of the running lanes' masks: whom the instruction has to wait for */
static inline uint32_t union_mask(const struct warp *w, const uint32_t *members)
{
	const uint32_t mask = w->mask;
	uint32_t all = 0;

	EACH_LANE
		all |= mask & lane_bit[i] ? members[i] : 0;
	return all;
}

/* Are all here whom the running lanes' masks name?  If every lane that lives runs, nobody can be missing. */
static inline bool gathered(struct warp *w, const struct insn *in, const uint32_t *members)
{
	if (likely(!w->keep && !w->forced))
		return true;
	return warp_gathered(w, in, union_mask(w, members));
}

/*
 * d, p, a, b, c, mask; flags: no predicate wanted.  c holds a clamp and a segment mask: @min and
 * @max are the bounds of the lane's segment, @from is the lane it wants to read.
 */
#define SHUFFLE(name, FROM, VALID)						\
	HANDLER(shfl_##name)							\
	{									\
		uint32_t *d = r32(w, in->o[0]);					\
		const uint32_t *a = r32(w, in->o[2]), *b = r32(w, in->o[3]);	\
		const uint32_t *c = r32(w, in->o[4]);				\
		uint32_t value[LANES], source[LANES], bits = 0;			\
										\
		if (!gathered(w, in, r32(w, in->o[5])))	\
			return NULL;						\
		EACH_LANE {							\
			const uint32_t segment = c[i] >> 8 & 31, n = b[i] & 31;	\
			const uint32_t min = i & segment;			\
			const uint32_t max = min | (c[i] & 31 & ~segment);	\
			const uint32_t from = (FROM);				\
			const bool valid = (VALID);				\
										\
			(void)min;						\
			source[i] = valid ? from : i;				\
			bits |= valid ? lane_bit[i] : 0;			\
		}								\
		for (unsigned i = 0; i < LANES; i++)				\
			value[i] = a[source[i]];				\
		STORE_LANES(uint32_t, w, d, value[i]);				\
		if (!in->flags)							\
			pred_write(w, in->o[1], bits);				\
		return in + 1;							\
	}

SHUFFLE(up, i - n, (int32_t)from >= (int32_t)max)
SHUFFLE(down, i + n, from <= max)
SHUFFLE(bfly, i ^ n, from <= max)
SHUFFLE(idx, min | (n & ~segment), from <= max)

/* The lanes whose predicate is true */
static inline uint32_t true_lanes(const struct warp *w, const struct insn *in)
{
	return (*pred(w, in->o[1]) ^ (in->flags ? ALL_LANES : 0)) & w->mask;
}

/* @e is the vote of lanes @same, of which @yes are for it */
#define VOTE(name, e)								\
	HANDLER(vote_##name)							\
	{									\
		const uint32_t *members = r32(w, in->o[2]);			\
		const uint32_t votes = true_lanes(w, in), mask = w->mask;	\
		uint32_t bits = 0;						\
										\
		if (!gathered(w, in, members))		\
			return NULL;						\
		EACH_LANE {							\
			const uint32_t same = members[i] & mask, yes = votes & same;	\
										\
			bits |= (e) ? lane_bit[i] : 0;				\
		}								\
		pred_write(w, in->o[0], bits);					\
		return in + 1;							\
	}

VOTE(all, yes == same)
VOTE(any, yes != 0)
VOTE(uni, yes == same || !yes)

HANDLER(vote_ballot)
{
	uint32_t *d = r32(w, in->o[0]);
	const uint32_t *members = r32(w, in->o[2]);
	const uint32_t votes = true_lanes(w, in);

	if (!gathered(w, in, members))
		return NULL;
	STORE_LANES(uint32_t, w, d, votes & members[i]);
	return in + 1;
}

/* d, p (all only), a, mask */
#define MATCH(name, T)								\
	HANDLER(match_any_##name)						\
	{									\
		uint32_t *d = r32(w, in->o[0]);					\
		const T *a = operand(w, in->o[2]);				\
		const uint32_t *members = r32(w, in->o[3]);			\
		uint32_t result[LANES];						\
										\
		if (!gathered(w, in, members))		\
			return NULL;						\
		EACH_ACTIVE(i, w->mask) {					\
			result[i] = 0;						\
			for (uint32_t k = 0; k < LANES; k++)			\
				if ((members[i] & w->mask) >> k & 1 && a[k] == a[i])	\
					result[i] |= 1u << k;			\
		}								\
		EACH_ACTIVE(i, w->mask)						\
			d[i] = result[i];					\
		return in + 1;							\
	}									\
	HANDLER(match_all_##name)						\
	{									\
		uint32_t *d = r32(w, in->o[0]);					\
		const T *a = operand(w, in->o[2]);				\
		const uint32_t *members = r32(w, in->o[3]);			\
		uint32_t result[LANES], bits = 0;				\
										\
		if (!gathered(w, in, members))		\
			return NULL;						\
		EACH_ACTIVE(i, w->mask) {					\
			bool all = true;					\
										\
			for (uint32_t k = 0; k < LANES; k++)			\
				if ((members[i] & w->mask) >> k & 1 && a[k] != a[i])	\
					all = false;				\
			result[i] = all ? members[i] & w->mask : 0;		\
			bits |= all ? 1u << i : 0;				\
		}								\
		EACH_ACTIVE(i, w->mask)						\
			d[i] = result[i];					\
		if (!in->flags)							\
			pred_write(w, in->o[1], bits);				\
		return in + 1;							\
	}

MATCH(32, uint32_t)
MATCH(64, uint64_t)

#define REDUX(name, T, e)							\
	HANDLER(redux_##name)							\
	{									\
		uint32_t *d = r32(w, in->o[0]);					\
		const T *a = operand(w, in->o[1]);				\
		const uint32_t *members = r32(w, in->o[2]);			\
		uint32_t result[LANES];						\
										\
		if (!gathered(w, in, members))		\
			return NULL;						\
		EACH_ACTIVE(i, w->mask) {					\
			const uint32_t same = members[i] & w->mask;		\
			T x = a[i];						\
										\
			EACH_ACTIVE(k, same & ~(1u << i)) {			\
				const T y = a[k];				\
				x = (e);					\
			}							\
			result[i] = (uint32_t)x;				\
		}								\
		EACH_ACTIVE(i, w->mask)						\
			d[i] = result[i];					\
		return in + 1;							\
	}

REDUX(add, uint32_t, x + y)
REDUX(and, uint32_t, x & y)
REDUX(or, uint32_t, x | y)
REDUX(xor, uint32_t, x ^ y)
REDUX(min_u32, uint32_t, x < y ? x : y)
REDUX(max_u32, uint32_t, x > y ? x : y)
REDUX(min_s32, int32_t, x < y ? x : y)
REDUX(max_s32, int32_t, x > y ? x : y)

HANDLER(activemask)
{
	uint32_t *d = r32(w, in->o[0]);
	const uint32_t mask = w->mask;

	STORE_LANES(uint32_t, w, d, mask);
	return in + 1;
}

/* elect.sync d|p, mask: the lowest lane of the mask leads */
HANDLER(elect)
{
	uint32_t *d = r32(w, in->o[0]);
	const uint32_t *members = r32(w, in->o[2]);
	uint32_t bits = 0;

	if (!gathered(w, in, members))
		return NULL;
	EACH_ACTIVE(i, w->mask) {
		const uint32_t same = members[i] & w->mask;
		const uint32_t leader = same ? (uint32_t)__builtin_ctz(same) : i;

		if (!in->flags)
			d[i] = leader;
		bits |= leader == i ? 1u << i : 0;
	}
	pred_write(w, in->o[1], bits);
	return in + 1;
}

HANDLER(bar_warp)
{
	return gathered(w, in, r32(w, in->o[0])) ? in + 1 : NULL;
}

static const struct exec_op table[] = {
	{ "shfl.up", "", shfl_up }, { "shfl.down", "", shfl_down },
	{ "shfl.bfly", "", shfl_bfly }, { "shfl.idx", "", shfl_idx },
	{ "vote.all", "", vote_all }, { "vote.any", "", vote_any }, { "vote.uni", "", vote_uni },
	{ "vote.ballot", "", vote_ballot },
	{ "match.any.b32", "", match_any_32 }, { "match.any.b64", "", match_any_64 },
	{ "match.all.b32", "", match_all_32 }, { "match.all.b64", "", match_all_64 },
	{ "redux.sync.add.u32", "w=ww", redux_add }, { "redux.sync.add.s32", "w=ww", redux_add },
	{ "redux.sync.min.u32", "w=ww", redux_min_u32 },
	{ "redux.sync.max.u32", "w=ww", redux_max_u32 },
	{ "redux.sync.min.s32", "w=ww", redux_min_s32 },
	{ "redux.sync.max.s32", "w=ww", redux_max_s32 },
	{ "redux.sync.and.b32", "w=ww", redux_and }, { "redux.sync.or.b32", "w=ww", redux_or },
	{ "redux.sync.xor.b32", "w=ww", redux_xor },
	{ "activemask.b32", "w=", activemask },
	{ "elect", "", elect },
	{ "bar.warp.sync", "=w", bar_warp },
};

EXEC_FAMILY(exec_warp, table);
