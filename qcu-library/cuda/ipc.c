/* SPDX-License-Identifier: MIT */
/*
 * ipc.c - memory of another process, by a handle of 64 bytes: cuIpc*MemHandle, cuMemPool*Pointer
 *
 * DOC: Theory of operation
 *
 * Faces qcu-device/worker/ipc.c.  What the program is given is a token that the host understands
 * if the other process is of the same machine; the driver's own handle never comes here.
 *
 * The memory lies where the host's driver mapped it, and those addresses must be free here too.
 * If they are not, the memory is closed, that place on the host is taken by a reservation,
 * and it is opened again: then it lies elsewhere.
 */
#include <pthread.h>
#include <string.h>

#include "qcu-library/cuda/context.h"
#include "qcu-library/cuda/ipc.h"
#include "qcu-library/cuda/memory.h"
#include "qcu-library/cuda/ranges.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"

#define MAGIC	"qcuda handle 1\n"
#define GRAIN	((uint64_t)2 << 20)	/* of reservations */

/* What the 64 bytes hold */
struct ticket {
	char magic[16];
	struct wire_token token;
	char unused[16];
};
static_assert(sizeof(struct ticket) == sizeof(CUipcMemHandle) &&
	      sizeof(struct ticket) == sizeof(CUipcEventHandle) &&
	      sizeof(struct ticket) == sizeof(CUmemPoolPtrExportData), "CUDA's handles");

/* Serialises opening and closing: the range counts how often it is open. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void ipc_write(void *handle, const struct wire_token *token)
{
	struct ticket ticket = { .magic = MAGIC, .token = *token };

	memcpy(handle, &ticket, sizeof(ticket));
}

bool ipc_read(const void *handle, struct wire_token *token)
{
	struct ticket ticket;

	memcpy(&ticket, handle, sizeof(ticket));
	*token = ticket.token;
	return !memcmp(ticket.magic, MAGIC, sizeof(ticket.magic));
}

/**
 * struct ask - what is to be opened, and what came of it
 * @pool: that it is imported from; NULL: it is opened by cuIpcOpenMemHandle
 * @address: where it is now, in [@base, @base + @bytes); 0: nowhere yet
 */
struct ask {
	struct wire_token token;
	unsigned int flags;
	CUmemoryPool pool;
	CUdeviceptr address, base;
	uint64_t bytes;
	CUdevice device;
};

static CUresult ask_open(struct ask *ask)
{
	if (ask->pool)
		return send_pool_pointer_import(&ask->address, &ask->device, &ask->base,
						&ask->bytes, ask->pool, ask->token);
	return send_ipc_memory_open(&ask->address, &ask->device, &ask->base, &ask->bytes,
				    ask->token, ask->flags);
}

static void ask_close(const struct ask *ask)
{
	if (ask->pool)
		send_cuMemFree_v2(ask->address);
	else
		send_cuIpcCloseMemHandle(ask->address);
}

/* The reservation that keeps the host from using the same place again */
static void hole_of(const struct ask *ask, CUdeviceptr base, CUdeviceptr *start, uint64_t *bytes)
{
	*start = base & ~(GRAIN - 1);
	*bytes = ((base + ask->bytes + GRAIN - 1) & ~(GRAIN - 1)) - *start;
}

static CUresult get(void *p, CUdeviceptr *address, uint64_t *bytes)
{
	struct ask *ask = p;
	CUdeviceptr start, there;
	uint64_t size;
	CUresult rc;

	if (ask->address) {
		ask_close(ask);
		hole_of(ask, ask->base, &start, &size);
		rc = send_cuMemAddressReserve(&there, size, 0, start, 0);
		if (rc == CUDA_SUCCESS && there != start)
			cuMemAddressFree(there, size);
	}
	rc = ask_open(ask);
	*address = ask->base;
	*bytes = ask->bytes;
	return rc;
}

static void put(void *p, CUdeviceptr base)
{
	CUdeviceptr start;
	uint64_t size;

	hole_of(p, base, &start, &size);
	cuMemAddressFree(start, size);
}

/* Open it where this process has nothing */
static CUresult obtain(struct ask *ask)
{
	static const struct memory_source source = { get, put };
	CUdeviceptr base;
	uint64_t bytes;
	CUresult rc = memory_obtain(&source, ask, &base, &bytes);

	if (rc == CUDA_ERROR_OUT_OF_MEMORY && ask->address)
		ask_close(ask);
	return rc;
}

/* A program's address of a kind of its own host memory is not the host's to judge. */
static bool is_host(CUdeviceptr address)
{
	struct range range;

	return !ranges_find(address, &range) || range_is_host(&range);
}

CUresult CUDAAPI cuIpcGetMemHandle(CUipcMemHandle *pHandle, CUdeviceptr dptr)
{
	struct wire_token token;
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS && (!pHandle || is_host(dptr)))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_ipc_memory_export(&token, dptr);
	if (rc == CUDA_SUCCESS)
		ipc_write(pHandle, &token);
	return rc;
}

/* Called with the lock held. */
static CUresult open_memory(struct ask *ask)
{
	struct range range = { .kind = RANGE_IPC, .context = context_home(context_current()),
			       .owner = context_home(context_current()) };
	struct range old;
	CUresult rc = obtain(ask);

	if (rc != CUDA_SUCCESS)
		return rc;
	range.start = range.device = ask->address;
	range.bytes = ask->base + ask->bytes - ask->address;
	range.ordinal = ask->device;
	if (ranges_find(ask->address, &old) && old.kind == RANGE_IPC && old.start == range.start &&
	    old.context == range.context) {
		old.opened++;
		ranges_update(&old);
		return CUDA_SUCCESS;
	}
	range.opened = 1;
	rc = ranges_add(&range);
	if (rc != CUDA_SUCCESS)
		ask_close(ask);
	return rc;
}

CUresult CUDAAPI cuIpcOpenMemHandle_v2(CUdeviceptr *pdptr, CUipcMemHandle handle,
				       unsigned int Flags)
{
	struct ask ask = { .flags = Flags };
	CUresult rc = context_check();

	if (rc == CUDA_SUCCESS && (!pdptr || !ipc_read(&handle, &ask.token)))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc != CUDA_SUCCESS)
		return rc;
	pthread_mutex_lock(&lock);
	rc = open_memory(&ask);
	pthread_mutex_unlock(&lock);
	if (rc == CUDA_SUCCESS)
		*pdptr = ask.address;
	return rc;
}

CUresult CUDAAPI cuIpcOpenMemHandle(CUdeviceptr *pdptr, CUipcMemHandle handle, unsigned int Flags)
{
	return cuIpcOpenMemHandle_v2(pdptr, handle, Flags);
}

CUresult CUDAAPI cuIpcCloseMemHandle(CUdeviceptr dptr)
{
	struct range range;
	CUresult rc = context_check();

	if (rc != CUDA_SUCCESS)
		return rc;
	pthread_mutex_lock(&lock);
	rc = send_cuIpcCloseMemHandle(dptr);
	/* Closed, unless refused; what else comes is of earlier calls. */
	if (rc != CUDA_ERROR_INVALID_VALUE && ranges_take(RANGE_IPC, dptr, &range) &&
	    --range.opened)
		ranges_add(&range);
	pthread_mutex_unlock(&lock);
	return rc;
}

CUresult CUDAAPI cuMemPoolExportPointer(CUmemPoolPtrExportData *shareData_out, CUdeviceptr ptr)
{
	struct wire_token token;
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS && (!shareData_out || is_host(ptr)))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = send_pool_pointer_export(&token, ptr);
	if (rc == CUDA_SUCCESS)
		ipc_write(shareData_out, &token);
	return rc;
}

CUresult CUDAAPI cuMemPoolImportPointer(CUdeviceptr *ptr_out, CUmemoryPool pool,
					CUmemPoolPtrExportData *shareData)
{
	struct range range = { .kind = RANGE_POOL, .pool = (uint64_t)pool, .at_times = true };
	struct ask ask = { .pool = pool };
	CUresult rc = session_check();

	if (rc == CUDA_SUCCESS &&
	    (!ptr_out || !pool || !shareData || !ipc_read(shareData, &ask.token)))
		rc = CUDA_ERROR_INVALID_VALUE;
	if (rc == CUDA_SUCCESS)
		rc = obtain(&ask);
	if (rc != CUDA_SUCCESS)
		return rc;
	range.start = range.device = ask.address;
	range.bytes = ask.base + ask.bytes - ask.address;
	range.ordinal = ask.device;
	rc = ranges_add(&range);
	if (rc == CUDA_SUCCESS)
		*ptr_out = ask.address;
	else
		ask_close(&ask);
	return rc;
}
