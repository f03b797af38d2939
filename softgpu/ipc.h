/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_IPC_H
#define SOFTGPU_IPC_H

#include "softgpu/api.h"

#include <stdint.h>

#include "softgpu/memory.h"
#include "softgpu/share.h"

/**
 * ipc_export() - a name by which other processes map a block
 * @block:	a copy of what is known of it
 * @pool:	id of the shared pool it came from, or 0
 *
 * Waits for the work of the block's context: its pages move.
 * Return: CUDA_SUCCESS, CUDA_ERROR_OUT_OF_MEMORY, CUDA_ERROR_MAP_FAILED.
 */
CUresult ipc_export(const struct memory_block *block, uint64_t pool, struct share_name *name);

/**
 * ipc_import() - map what another process has exported, and register it
 * @wanted:	kind, context, device and pool as they shall be; base, size and id are filled in
 *
 * Return: CUDA_SUCCESS, CUDA_ERROR_INVALID_VALUE (it is no more), CUDA_ERROR_OUT_OF_MEMORY.
 */
CUresult ipc_import(const struct share_name *name, struct memory_block *wanted);

#endif /* SOFTGPU_IPC_H */
