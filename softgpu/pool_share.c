/* SPDX-License-Identifier: MIT */
/*
 * pool_share.c - pools that several processes use
 *
 * The descriptor of a pool holds no more than its name: which pool of which process.  Memory is
 * shared block by block, as with cuIpcGetMemHandle (ipc.c), and its name says the pool.
 */
#include <string.h>
#include <unistd.h>

#include "softgpu/context.h"
#include "softgpu/driver.h"
#include "softgpu/ipc.h"
#include "softgpu/memfd.h"
#include "softgpu/pool.h"

#define FD	CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR

/* name_file() - a descriptor with the name in it, -1 without memory */
static int name_file(const struct share_name *name)
{
	int fd = memfd_new(sizeof(*name));

	if (fd < 0 || pwrite(fd, name, sizeof(*name), 0) == sizeof(*name))
		return fd;
	close(fd);
	return -1;
}

static CUresult export(const struct pool *pool, int *fd)
{
	struct share_name name = {
		.kind = SHARE_POOL, .id = pool->id, .device = (uint32_t)pool->device->ordinal,
	};

	if (!share_name(&name))
		return CUDA_ERROR_OUT_OF_MEMORY;
	*fd = name_file(&name);
	return *fd < 0 ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
}

CUresult cuMemPoolExportToShareableHandle(void *handle_out, CUmemoryPool pool,
					  CUmemAllocationHandleType handleType,
					  unsigned long long flags)
{
	struct pool *found;
	CUresult result = pool_find(pool, &found);
	int fd;

	if (result)
		return result;
	if (!handle_out || handleType != FD || flags || !(found->types & FD))
		result = CUDA_ERROR_INVALID_VALUE;
	else
		result = export(found, &fd);
	handle_put(&found->handle);
	if (!result)
		memcpy(handle_out, &fd, sizeof(fd));
	return result;
}

CUresult cuMemPoolImportFromShareableHandle(CUmemoryPool *pool_out, void *handle,
					    CUmemAllocationHandleType handleType,
					    unsigned long long flags)
{
	int fd = (int)(intptr_t)handle;
	struct share_name name;
	struct pool *pool;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!pool_out || handleType != FD || flags)
		return CUDA_ERROR_INVALID_VALUE;
	if (memfd_size(fd) != sizeof(name) || pread(fd, &name, sizeof(name), 0) != sizeof(name) ||
	    !share_is_name(&name, SHARE_POOL) || !device_get((CUdevice)name.device))
		return CUDA_ERROR_UNKNOWN;	/* so says an H200 */
	pool = pool_new(device_get((CUdevice)name.device), 0);
	if (!pool)
		return CUDA_ERROR_OUT_OF_MEMORY;
	pool->imported = true;
	pool->origin = name;
	*pool_out = (CUmemoryPool)pool;
	handle_put(&pool->handle);
	return CUDA_SUCCESS;
}

CUresult cuMemPoolExportPointer(CUmemPoolPtrExportData *shareData_out, CUdeviceptr ptr)
{
	struct memory_block block;
	struct share_name name;
	struct pool *pool;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!shareData_out || !memory_find(ptr, &block) || block.base != ptr ||
	    block.kind != MEMORY_POOL ||
	    pool_find((CUmemoryPool)block.pool, &pool))
		return CUDA_ERROR_INVALID_VALUE;
	if (pool->types & FD)
		result = ipc_export(&block, pool->id, &name);
	else
		result = CUDA_ERROR_INVALID_VALUE;
	handle_put(&pool->handle);
	if (!result)
		memcpy(shareData_out, &name, sizeof(name));
	return result;
}

static CUresult import(struct pool *pool, const struct share_name *name, CUdeviceptr *address)
{
	struct memory_block block = {
		.kind = MEMORY_POOL, .device = pool->device, .context = context_current(),
		.pool = pool,
	};
	CUresult result;

	if (!pool->imported || !share_is_name(name, SHARE_MEMORY) ||
	    name->socket != pool->origin.socket || name->pool != pool->origin.id)
		return CUDA_ERROR_INVALID_VALUE;
	result = ipc_import(name, &block);
	if (result)
		return result;
	pool_account(pool, block.size);
	*address = block.base;
	return CUDA_SUCCESS;
}

CUresult cuMemPoolImportPointer(CUdeviceptr *ptr_out, CUmemoryPool pool,
				CUmemPoolPtrExportData *shareData)
{
	struct share_name name;
	struct pool *found;
	CUresult result = pool_find(pool, &found);

	if (result)
		return result;
	if (ptr_out && shareData) {
		memcpy(&name, shareData, sizeof(name));
		result = import(found, &name, ptr_out);
	} else {
		result = CUDA_ERROR_INVALID_VALUE;
	}
	handle_put(&found->handle);
	return result;
}
