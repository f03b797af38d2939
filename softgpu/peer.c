/* SPDX-License-Identifier: MIT */
/*
 * peer.c - which device may use whose memory
 *
 * All devices share one address space, so access to another's memory is only a matter of
 * permission: of the context (cuCtxEnablePeerAccess) for what cuMemAlloc gives, of the pool
 * (cuMemPoolSetAccess), of the mapping (cuMemSetAccess).
 */
#include "softgpu/peer.h"

#include "softgpu/context.h"
#include "softgpu/driver.h"
#include "softgpu/memory.h"
#include "softgpu/pool.h"

static bool pool_lets(const struct memory_block *block, unsigned int bit)
{
	struct pool *pool = handle_get(block->pool, HANDLE_POOL);
	bool lets = pool && __atomic_load_n(&pool->access, __ATOMIC_RELAXED) & bit;

	handle_put(pool ? &pool->handle : NULL);
	return lets;
}

bool peer_may_use(const struct context *context, const struct memory_block *block)
{
	unsigned int mine = 1u << context->device->ordinal;

	if (block->kind == MEMORY_MAPPED)
		return block->access & mine;
	if (!block->device || block->device == context->device ||
	    block->kind == MEMORY_MANAGED || block->kind == MEMORY_MANAGED_VARIABLE)
		return true;
	if (block->kind == MEMORY_POOL)
		return pool_lets(block, mine);
	return __atomic_load_n(&context->peers, __ATOMIC_RELAXED) & 1u << block->device->ordinal;
}

/* enter() - the current context, and the bit of the device of another */
static CUresult enter(CUcontext value, struct context **current, unsigned int *bit)
{
	CUresult result = context_enter(current);
	struct context *peer;

	if (result)
		return result;
	peer = context_get(value);
	if (!peer)
		return CUDA_ERROR_INVALID_CONTEXT;
	*bit = 1u << peer->device->ordinal;
	if (context_status(peer) || peer == *current)
		result = CUDA_ERROR_INVALID_CONTEXT;
	else if (peer->device == (*current)->device)
		result = CUDA_ERROR_PEER_ACCESS_UNSUPPORTED;
	context_put(peer);
	return result;
}

CUresult cuCtxEnablePeerAccess(CUcontext peerContext, unsigned int Flags)
{
	struct context *current;
	unsigned int bit;
	CUresult result = enter(peerContext, &current, &bit);

	if (result)
		return result;
	if (Flags)
		return CUDA_ERROR_INVALID_VALUE;
	return __atomic_fetch_or(&current->peers, bit, __ATOMIC_RELAXED) & bit ?
		       CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED : CUDA_SUCCESS;
}

CUresult cuCtxDisablePeerAccess(CUcontext peerContext)
{
	struct context *current;
	unsigned int bit;
	CUresult result = enter(peerContext, &current, &bit);

	if (result)
		return result;
	return __atomic_fetch_and(&current->peers, ~bit, __ATOMIC_RELAXED) & bit ?
		       CUDA_SUCCESS : CUDA_ERROR_PEER_ACCESS_NOT_ENABLED;
}
