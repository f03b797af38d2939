/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Faces qcu-device/worker/share.c.  The descriptor that a program exports is a
 * memfd with a token in it, which the host understands if it is of the same
 * machine.  Programs pass it on as any descriptor (SCM_RIGHTS), and another
 * process of the machine imports it: its worker gets the memory from the
 * exporter's.  Seals keep the token from being changed on the way.
 *
 * The exporter must live until the import: unlike the driver's own descriptor, this
 * one keeps no memory alive.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qcu-library/cuda/mapping.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

#define FD	CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR
#define MAGIC	"qcuda memory 1\n"
#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct ticket {
	char magic[16];
	struct wire_token token;
};

/* A descriptor that stands for the token, -1 without memory */
static int ticket_write(const struct wire_token *token)
{
	struct ticket ticket = { .magic = MAGIC, .token = *token };
	int fd = memfd_create("qcuda", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (write(fd, &ticket, sizeof(ticket)) == sizeof(ticket) && !fcntl(fd, F_ADD_SEALS, SEALS))
		return fd;
	close(fd);
	return -1;
}

/* Give the program such a descriptor, where CUDA says "void *" and means "int *" */
static CUresult ticket_give(const struct wire_token *token, void *handle)
{
	int fd = ticket_write(token);

	if (fd < 0)
		return CUDA_ERROR_OPERATING_SYSTEM;
	memcpy(handle, &fd, sizeof(fd));
	return CUDA_SUCCESS;
}

static bool ticket_read(int fd, struct wire_token *token)
{
	struct ticket ticket;

	if (pread(fd, &ticket, sizeof(ticket), 0) != sizeof(ticket) ||
	    memcmp(ticket.magic, MAGIC, sizeof(ticket.magic)) ||
	    (fcntl(fd, F_GET_SEALS) & SEALS) != SEALS)
		return false;
	*token = ticket.token;
	return true;
}

CUresult CUDAAPI cuMemExportToShareableHandle(void *shareableHandle,
					      CUmemGenericAllocationHandle handle,
					      CUmemAllocationHandleType handleType,
					      unsigned long long flags)
{
	CUmemAllocationProp properties;
	struct wire_token token;
	CUresult rc = cuMemGetAllocationPropertiesFromHandle(&properties, handle);

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!shareableHandle || flags || !(handleType & properties.requestedHandleTypes))
		return CUDA_ERROR_INVALID_VALUE;
	if (handleType != FD)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = send_allocation_export(&token, handle);
	if (rc != CUDA_SUCCESS)
		return rc;
	return ticket_give(&token, shareableHandle);
}

CUresult CUDAAPI cuMemImportFromShareableHandle(CUmemGenericAllocationHandle *handle,
						void *osHandle,
						CUmemAllocationHandleType shHandleType)
{
	CUmemGenericAllocationHandle made;
	struct wire_allocation wire;
	struct wire_token token;
	CUdevice device;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!handle)
		return CUDA_ERROR_INVALID_VALUE;
	if (shHandleType != FD)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (!ticket_read((int)(intptr_t)osHandle, &token))
		return CUDA_ERROR_INVALID_VALUE;
	rc = send_allocation_import(&made, token, &device, &wire);
	if (rc == CUDA_SUCCESS)
		rc = mapping_describe(made, device, &wire);
	if (rc == CUDA_SUCCESS)
		*handle = made;
	return rc;
}

CUresult CUDAAPI cuMemPoolExportToShareableHandle(void *handle_out, CUmemoryPool pool,
						  CUmemAllocationHandleType handleType,
						  unsigned long long flags)
{
	struct wire_token token;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && (!handle_out || handleType != FD || flags))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_pool_export(&token, pool);
	return rc == CUDA_SUCCESS ? ticket_give(&token, handle_out) : rc;
}

CUresult CUDAAPI cuMemPoolImportFromShareableHandle(CUmemoryPool *pool_out, void *handle,
						    CUmemAllocationHandleType handleType,
						    unsigned long long flags)
{
	struct wire_token token;
	CUresult rc = session_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	if (!pool_out || handleType != FD || flags)
		return CUDA_ERROR_INVALID_VALUE;
	/* So says an H200 of a descriptor that is of something else. */
	if (!ticket_read((int)(intptr_t)handle, &token))
		return CUDA_ERROR_UNKNOWN;
	return send_pool_import(pool_out, token);
}
