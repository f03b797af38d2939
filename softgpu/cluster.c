/* SPDX-License-Identifier: MIT */
/* cluster.c - the blocks of a cluster and their barrier; cluster.h explains */

#include "softgpu/cluster.h"

void cluster_start(struct cta *const *ctas, uint64_t index)
{
	const struct job *job = ctas[0]->job;
	struct cluster *cluster = &ctas[0]->own;
	uint64_t first[3];

	memset(cluster, 0, sizeof(*cluster));
	cluster->count = job->cluster_blocks;
	for (unsigned axis = 0; axis < 3; axis++) {
		uint32_t clusters = job->grid[axis] / job->cluster[axis];

		first[axis] = index % clusters * job->cluster[axis];
		index /= clusters;
	}
	for (unsigned rank = 0; rank < cluster->count; rank++) {
		uint64_t x = first[0] + rank % job->cluster[0];
		uint64_t y = first[1] + rank / job->cluster[0] % job->cluster[1];
		uint64_t z = first[2] + rank / job->cluster[0] / job->cluster[1];

		cluster->ctas[rank] = ctas[rank];
		ctas[rank]->cluster = cluster;
		ctas[rank]->rank = rank;
		cta_start(ctas[rank], x + job->grid[0] * (y + job->grid[1] * z));
	}
}

/* All blocks wait for threads that will not come */
static enum cta_result deadlock(struct cta *cta)
{
	cta_deadlock(cta);
	return CTA_FAULT;
}

enum cta_result cluster_run(struct cta *const *ctas)
{
	struct cluster *cluster = ctas[0]->cluster;
	enum cta_result result = CTA_DONE;
	uint64_t phase = cluster->phase;
	bool blocked = true;

	for (unsigned rank = 0; rank < cluster->count; rank++) {
		if (!ctas[rank]->live_threads)
			continue;
		switch (cta_run(ctas[rank])) {
		case CTA_DONE:
			blocked = false;
			break;
		case CTA_FAULT:
			return CTA_FAULT;
		case CTA_YIELD:
			result = CTA_YIELD;
			blocked = false;
			break;
		case CTA_SPIN:
			blocked = false;
			/* fall through */
		case CTA_BLOCKED:
			result = result == CTA_DONE ? CTA_SPIN : result;
		}
	}
	if (result == CTA_SPIN && blocked)
		return phase == cluster->phase ? deadlock(ctas[0]) : CTA_YIELD;
	return result;
}

void cluster_check(struct cluster *cluster)
{
	uint32_t expected = 0;

	for (unsigned rank = 0; rank < cluster->count; rank++)
		expected += cluster->ctas[rank]->live_threads;
	if (!cluster->arrived || cluster->arrived < expected)
		return;
	cluster->arrived = 0;
	cluster->phase++;
	for (unsigned rank = 0; rank < cluster->count; rank++) {
		struct cta *cta = cluster->ctas[rank];

		for (unsigned i = 0; i < cta->warp_count; i++) {
			struct warp *w = &cta->warps[i];

			w->cluster_arrived = 0;
			for (unsigned k = 0; k < w->group_count; k++) {
				struct group *g = &w->groups[k];

				if (g->state != GROUP_BARRIER || g->barrier != CLUSTER_BARRIER)
					continue;
				g->state = GROUP_READY;
				w->blocked = false;
			}
		}
	}
}

void cluster_exit(struct warp *w)
{
	uint32_t gone = w->cluster_arrived & ~w->live;

	w->cluster_arrived &= ~gone;
	w->cta->cluster->arrived -= (uint32_t)__builtin_popcount(gone);
	cluster_check(w->cta->cluster);
}

bool cluster_waits(const struct cta *cta)
{
	for (unsigned i = 0; cta->cluster->count > 1 && i < cta->warp_count; i++) {
		const struct warp *w = &cta->warps[i];

		for (unsigned k = 0; k < w->group_count; k++)
			if (w->groups[k].state == GROUP_BARRIER && w->groups[k].barrier == CLUSTER_BARRIER)
				return true;
	}
	return false;
}

const struct cta *cluster_shared(const struct cta *cta, uint64_t address)
{
	for (unsigned rank = 0; rank < cta->cluster->count; rank++) {
		const struct cta *other = cta->cluster->ctas[rank];

		if (address - (uint64_t)(uintptr_t)other->shared < other->shared_bytes)
			return other;
	}
	return NULL;
}
