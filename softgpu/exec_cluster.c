/* SPDX-License-Identifier: MIT */
/*
 * exec_cluster.c - barrier.cluster, mapa, getctarank, addresses in .shared::cluster, and the special
 * registers of clusters
 */

#include "softgpu/cluster.h"
#include "softgpu/exec_ops.h"

HANDLER(arrive)
{
	uint32_t come = w->mask & ~w->cluster_arrived;
	struct cluster *cluster = w->cta->cluster;

	w->cluster_arrived |= come;
	cluster->arrived += (uint32_t)__builtin_popcount(come);
	cluster_check(cluster);
	return in + 1;
}

/* The barrier lets go of a thread by forgetting that it arrived */
HANDLER(wait)
{
	uint32_t early = w->mask & w->cluster_arrived;

	if (!early)
		return in + 1;
	if (early != w->mask) {
		warp_leave(w, w->mask & ~early, in);
		return in + 1;
	}
	w->current->barrier = CLUSTER_BARRIER;
	return warp_block(w, in + 1, GROUP_BARRIER);
}

/* ---- addresses: of .shared::cluster as in cluster.h, generic ones where the memory is ---- */

/* The block that @address, of .shared::cluster, is in; NULL: there is none */
static const struct cta *block_of(const struct cta *cta, uint32_t address)
{
	uint32_t rank = address >> CLUSTER_RANK_SHIFT;

	return !rank ? cta : rank <= cta->cluster->count ? cta->cluster->ctas[rank - 1] : NULL;
}

/* 0: illegal for whatever reads or writes there */
static uint64_t to_generic(const struct cta *cta, uint32_t address)
{
	const struct cta *block = block_of(cta, address);
	uint32_t offset = address & ((1u << CLUSTER_RANK_SHIFT) - 1);

	return block && offset < block->shared_bytes ? (uint64_t)(uintptr_t)block->shared + offset : 0;
}

static uint32_t to_window(const struct cta *cta, uint64_t address)
{
	const struct cta *block = cluster_shared(cta, address);

	if (!block)
		return ~0u;
	return (block->rank + 1) << CLUSTER_RANK_SHIFT | (uint32_t)(address - (uint64_t)(uintptr_t)block->shared);
}

/* The same place in the block of another rank */
static uint64_t map_generic(const struct cta *cta, uint64_t address, uint32_t rank)
{
	const struct cta *block = cluster_shared(cta, address);

	if (!block || rank >= cta->cluster->count)
		return 0;
	return address - (uint64_t)(uintptr_t)block->shared + (uint64_t)(uintptr_t)cta->cluster->ctas[rank]->shared;
}

static uint32_t map_window(uint32_t address, uint32_t rank)
{
	return (rank + 1) << CLUSTER_RANK_SHIFT | (address & ((1u << CLUSTER_RANK_SHIFT) - 1));
}

static uint32_t rank_window(const struct cta *cta, uint32_t address)
{
	uint32_t rank = address >> CLUSTER_RANK_SHIFT;

	return rank ? rank - 1 : cta->rank;
}

static uint32_t rank_generic(const struct cta *cta, uint64_t address)
{
	const struct cta *block = cluster_shared(cta, address);

	return block ? block->rank : 0;
}

UNARY(generic, uint64_t, uint32_t, to_generic(w->cta, a[i]))
UNARY(window, uint32_t, uint64_t, to_window(w->cta, a[i]))
BINARY(mapa_32, uint32_t, uint32_t, map_window(a[i], b[i]))
BINARY2(mapa_64, uint64_t, uint64_t, uint32_t, map_generic(w->cta, a[i], b[i]))
UNARY(ctarank_32, uint32_t, uint32_t, rank_window(w->cta, a[i]))
UNARY(ctarank_64, uint32_t, uint64_t, rank_generic(w->cta, a[i]))

HANDLER(isspacep)
{
	const uint64_t *a = operand(w, in->o[1]);
	uint32_t bits = 0;

	for (unsigned i = 0; i < LANES; i++)
		bits |= cluster_shared(w->cta, a[i]) ? lane_bit[i] : 0;
	pred_write(w, in->o[0], bits);
	return in + 1;
}

/* ---- special registers ---- */

#define SPECIAL(name, e)							\
	HANDLER(name)								\
	{									\
		uint32_t *d = r32(w, in->o[0]);					\
		const struct cta *cta = w->cta;					\
		const struct job *job = cta->job;				\
										\
		(void)job;							\
		STORE_LANES(uint32_t, w, d, e);					\
		return in + 1;							\
	}
#define AXES(name, e)								\
	SPECIAL(name##_x, e(0)) SPECIAL(name##_y, e(1)) SPECIAL(name##_z, e(2))

#define CTAID(axis)	(cta->ctaid[axis] % job->cluster[axis])
#define NCTAID(axis)	job->cluster[axis]
#define ID(axis)	(cta->ctaid[axis] / job->cluster[axis])
#define NID(axis)	(job->grid[axis] / job->cluster[axis])

AXES(ctaid, CTAID)
AXES(nctaid, NCTAID)
AXES(id, ID)
AXES(nid, NID)
SPECIAL(rank, cta->rank)
SPECIAL(blocks, job->cluster_blocks)

HANDLER(is_explicit)
{
	pred_write(w, in->o[0], w->cta->job->clusters ? ALL_LANES : 0);
	return in + 1;
}

#define AXES_ROWS(reg, name)							\
	{ reg ".x", "w=", name##_x }, { reg ".y", "w=", name##_y }, { reg ".z", "w=", name##_z }

static const struct exec_op table[] = {
	{ "cluster.arrive", "", arrive }, { "cluster.wait", "", wait },
	{ "cluster.generic", "q=w", generic }, { "cluster.window", "w=q", window },
	{ "cluster.mapa.u32", "w=ww", mapa_32 }, { "cluster.mapa.u64", "q=qw", mapa_64 },
	{ "cluster.ctarank.u32", "w=w", ctarank_32 }, { "cluster.ctarank.u64", "w=q", ctarank_64 },
	{ "cluster.isspacep", "p=q", isspacep },
	AXES_ROWS("%cluster_ctaid", ctaid), AXES_ROWS("%cluster_nctaid", nctaid),
	AXES_ROWS("%clusterid", id), AXES_ROWS("%nclusterid", nid),
	{ "%cluster_ctarank", "w=", rank }, { "%cluster_nctarank", "w=", blocks },
	{ "%is_explicit_cluster", "p=", is_explicit },
};

EXEC_FAMILY(exec_cluster, table);
