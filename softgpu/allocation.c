/* SPDX-License-Identifier: MIT */
/*
 * allocation.c - cuMemCreate and its like: device memory that has no address yet
 *
 * The memory is a memfd, so that it can be mapped twice, and in another process: the file is
 * the shareable handle.  Its last page says what it is, and seals keep it from being
 * cut, so a file that was not made here is told from one that was.
 */
#include "softgpu/allocation.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "softgpu/driver.h"
#include "softgpu/memfd.h"
#include "softgpu/memory.h"

#define FD	CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR

/* struct label - in the page after the memory */
struct label {
	char magic[16];
	uint64_t size;
	uint32_t device;
	uint32_t types;
};

#define MAGIC	"softgpu memory\n"
enum { LABEL_PAGE = 4096 };

/* Guards the users of all allocations, and with them whether their handles are known. */
static pthread_mutex_t users_lock = PTHREAD_MUTEX_INITIALIZER;

static void allocation_destroy(struct handle *handle)
{
	struct allocation *allocation = CONTAINER_OF(handle, struct allocation, handle);

	if (!allocation->imported)
		memory_uncharge(allocation->device, allocation->size);
	close(allocation->fd);
	free(allocation);
}

/* allocation_new() - published, with one user; takes over @fd unless it fails */
static CUresult allocation_new(int fd, const struct label *label, bool imported,
			       CUmemGenericAllocationHandle *handle)
{
	struct allocation *allocation = calloc(1, sizeof(*allocation));

	if (!allocation)
		return CUDA_ERROR_OUT_OF_MEMORY;
	handle_init(&allocation->handle, HANDLE_ALLOCATION, NULL, allocation_destroy);
	allocation->device = device_get(label->device);
	allocation->size = label->size;
	allocation->fd = fd;
	allocation->types = label->types;
	allocation->imported = imported;
	allocation->users = 1;
	handle_publish(&allocation->handle);
	*handle = allocation_value(allocation);
	handle_put(&allocation->handle);
	return CUDA_SUCCESS;
}

/* file_new() - the memory and its label; -1 without memory */
static int file_new(const struct label *label)
{
	int fd = memfd_new(label->size + LABEL_PAGE);

	if (fd < 0)
		return -1;
	if (pwrite(fd, label, sizeof(*label), (off_t)label->size) == sizeof(*label))
		return fd;
	close(fd);
	return -1;
}

/* check_properties() - what every call that takes a CUmemAllocationProp refuses */
static CUresult check_properties(const CUmemAllocationProp *prop)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!prop || prop->type != CU_MEM_ALLOCATION_TYPE_PINNED)
		return CUDA_ERROR_INVALID_VALUE;
	result = device_of_memory(&prop->location, prop->requestedHandleTypes);
	if (result)
		return result;
	return prop->requestedHandleTypes & ~FD ? CUDA_ERROR_NOT_SUPPORTED : CUDA_SUCCESS;
}

CUresult cuMemGetAllocationGranularity(size_t *granularity, const CUmemAllocationProp *prop,
				       CUmemAllocationGranularity_flags option)
{
	CUresult result = check_properties(prop);

	if (result)
		return result;
	if (!granularity || (option != CU_MEM_ALLOC_GRANULARITY_MINIMUM &&
			     option != CU_MEM_ALLOC_GRANULARITY_RECOMMENDED))
		return CUDA_ERROR_INVALID_VALUE;
	*granularity = ALLOCATION_GRAIN;
	return CUDA_SUCCESS;
}

CUresult cuMemCreate(CUmemGenericAllocationHandle *handle, size_t size,
		     const CUmemAllocationProp *prop, unsigned long long flags)
{
	struct label label = { .magic = MAGIC, .size = size };
	CUresult result = check_properties(prop);
	int fd;

	if (result)
		return result;
	if (!handle || !size || size % ALLOCATION_GRAIN || flags)
		return CUDA_ERROR_INVALID_VALUE;
	label.device = (uint32_t)prop->location.id;
	label.types = prop->requestedHandleTypes;
	if (!memory_charge(device_get(prop->location.id), size))
		return CUDA_ERROR_OUT_OF_MEMORY;
	fd = file_new(&label);
	result = fd < 0 ? CUDA_ERROR_OUT_OF_MEMORY : allocation_new(fd, &label, false, handle);
	if (result) {
		memory_uncharge(device_get(prop->location.id), size);
		if (fd >= 0)
			close(fd);
	}
	return result;
}

/* find() - the allocation of a handle, with a reference */
static CUresult find(CUmemGenericAllocationHandle handle, struct allocation **allocation)
{
	CUresult result = driver_enter();

	if (result)
		return result;
	*allocation = allocation_get(handle);
	return *allocation ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

void allocation_retain(struct allocation *allocation)
{
	pthread_mutex_lock(&users_lock);
	/* The last cuMemRelease() hid what is still mapped: show it again. */
	if (!allocation->users++)
		handle_publish(&allocation->handle);
	pthread_mutex_unlock(&users_lock);
}

/* Mappings have references of their own. */
CUresult cuMemRelease(CUmemGenericAllocationHandle handle)
{
	struct allocation *allocation;
	CUresult result = find(handle, &allocation);

	if (result)
		return result;
	pthread_mutex_lock(&users_lock);
	if (allocation->users && !--allocation->users)
		handle_retire(&allocation->handle);
	pthread_mutex_unlock(&users_lock);
	handle_put(&allocation->handle);
	return CUDA_SUCCESS;
}

CUresult cuMemGetAllocationPropertiesFromHandle(CUmemAllocationProp *prop,
						CUmemGenericAllocationHandle handle)
{
	struct allocation *allocation;
	CUresult result = find(handle, &allocation);

	if (result)
		return result;
	if (prop)
		*prop = (CUmemAllocationProp){
			.type = CU_MEM_ALLOCATION_TYPE_PINNED,
			.requestedHandleTypes = allocation->types,
			.location = { CU_MEM_LOCATION_TYPE_DEVICE, allocation->device->ordinal },
		};
	handle_put(&allocation->handle);
	return prop ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemExportToShareableHandle(void *shareableHandle, CUmemGenericAllocationHandle handle,
				      CUmemAllocationHandleType handleType,
				      unsigned long long flags)
{
	struct allocation *allocation;
	CUresult result = find(handle, &allocation);
	int fd = -1;

	if (result)
		return result;
	if (!shareableHandle || handleType != FD || flags || !(allocation->types & FD)) {
		result = CUDA_ERROR_INVALID_VALUE;
	} else {
		fd = fcntl(allocation->fd, F_DUPFD_CLOEXEC, 0);
		result = fd < 0 ? CUDA_ERROR_OPERATING_SYSTEM : CUDA_SUCCESS;
	}
	handle_put(&allocation->handle);
	if (!result)
		memcpy(shareableHandle, &fd, sizeof(fd));
	return result;
}

/* read_label() - false unless this is a file of file_new() */
static bool read_label(int fd, struct label *label)
{
	uint64_t size = memfd_size(fd);

	if (size <= LABEL_PAGE)
		return false;
	size -= LABEL_PAGE;
	return pread(fd, label, sizeof(*label), (off_t)size) == sizeof(*label) &&
	       !memcmp(label->magic, MAGIC, sizeof(label->magic)) && label->size == size &&
	       size % ALLOCATION_GRAIN == 0 && device_get((CUdevice)label->device);
}

CUresult cuMemImportFromShareableHandle(CUmemGenericAllocationHandle *handle, void *osHandle,
					CUmemAllocationHandleType shHandleType)
{
	int from = (int)(intptr_t)osHandle, fd;
	struct label label;
	CUresult result = driver_enter();

	if (result)
		return result;
	if (!handle || shHandleType != FD || !read_label(from, &label))
		return CUDA_ERROR_INVALID_VALUE;
	fd = fcntl(from, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return CUDA_ERROR_OPERATING_SYSTEM;
	result = allocation_new(fd, &label, true, handle);
	if (result)
		close(fd);
	return result;
}
