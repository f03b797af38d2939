/* SPDX-License-Identifier: MIT */
/*
 * ipc.c - cuIpc*, cuMemPool*Pointer: the driver's handles of 64 bytes
 *
 * Faces qcu-library/cuda/ipc.c.  NVIDIA's driver takes such a handle at its word, so no guest sees
 * one: they stay on the host, and the guest has a token (daemon/exchange.h).
 */
#include <string.h>

#include "qcu-device/worker/body.h"
#include "qcu-device/worker/exchange.h"
#include "qcu-device/worker/handle.h"

_Static_assert(sizeof(CUipcMemHandle) == LINK_NOTE && sizeof(CUipcEventHandle) == LINK_NOTE &&
	       sizeof(CUmemPoolPtrExportData) == LINK_NOTE, "a handle is a note");

/* The driver's number of the allocation at @address, which no other gets; 0: none, or not told */
static uint64_t allocation_id(uint64_t address)
{
	CUpointer_attribute attribute = CU_POINTER_ATTRIBUTE_BUFFER_ID;
	unsigned long long id = 0;
	void *data = &id;

	if (!driver.cuPointerGetAttributes ||
	    driver.cuPointerGetAttributes(1, &attribute, &data, address) != CUDA_SUCCESS)
		return 0;
	return id;
}

static bool memory_is_alive(const struct exchange_subject *subject)
{
	return !subject->identity || allocation_id(subject->address) == subject->identity;
}

static bool event_is_alive(const struct exchange_subject *subject)
{
	void *event;

	return handle_get(KIND_CUevent, subject->identity, &event) &&
	       (uintptr_t)event == subject->address;
}

/* Leave a handle of 64 bytes for memory */
static CUresult memory_put(enum exchange_kind kind, struct wire_token *token, CUdeviceptr address,
			   const void *handle)
{
	const struct exchange_subject subject = { kind, address, allocation_id(address),
						  memory_is_alive };

	return exchange_put_note(&subject, token, handle) ? CUDA_SUCCESS :
							    CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult host_ipc_memory_export(struct dispatch *dispatch, struct wire_token *token,
				CUdeviceptr address)
{
	CUipcMemHandle handle;
	CUresult rc;

	if (!token)
		return dispatch_refuse(dispatch);
	if (!driver.cuIpcGetMemHandle)
		return CUDA_ERROR_NOT_SUPPORTED;
	memset(&handle, 0, sizeof(handle));
	rc = driver.cuIpcGetMemHandle(&handle, address);
	return rc == CUDA_SUCCESS ? memory_put(EXCHANGE_MEMORY, token, address, &handle) : rc;
}

/* Where memory that was opened lies, as a whole; needs no context */
static CUresult describe(CUdeviceptr address, CUdevice *device, CUdeviceptr *base, uint64_t *bytes)
{
	CUpointer_attribute attributes[] = { CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL,
					     CU_POINTER_ATTRIBUTE_RANGE_START_ADDR,
					     CU_POINTER_ATTRIBUTE_RANGE_SIZE };
	size_t size = 0;
	void *data[] = { device, base, &size };
	CUresult rc = driver.cuPointerGetAttributes(3, attributes, data, address);

	*bytes = size;
	/* Zeros: the driver does not know its own memory. */
	return rc == CUDA_SUCCESS && !size ? CUDA_ERROR_UNKNOWN : rc;
}

CUresult host_ipc_memory_open(struct dispatch *dispatch, CUdeviceptr *address, CUdevice *device,
			      CUdeviceptr *base, uint64_t *bytes, struct wire_token token,
			      unsigned int flags)
{
	CUipcMemHandle handle;
	CUresult rc;

	if (!address || !device || !base || !bytes)
		return dispatch_refuse(dispatch);
	if (!driver.cuIpcOpenMemHandle_v2 || !driver.cuPointerGetAttributes)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (!exchange_get_note(EXCHANGE_MEMORY, &token, &handle))
		return CUDA_ERROR_INVALID_VALUE;
	rc = driver.cuIpcOpenMemHandle_v2(address, handle, flags);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = describe(*address, device, base, bytes);
	if (rc != CUDA_SUCCESS)
		driver.cuIpcCloseMemHandle(*address);
	return rc;
}

CUresult host_ipc_event_export(struct dispatch *dispatch, struct wire_token *token, CUevent event)
{
	const struct exchange_subject subject = { EXCHANGE_EVENT, (uintptr_t)event,
						  dispatch->names[1], event_is_alive };
	CUipcEventHandle handle;
	CUresult rc;

	if (!token)
		return dispatch_refuse(dispatch);
	if (!driver.cuIpcGetEventHandle)
		return CUDA_ERROR_NOT_SUPPORTED;
	memset(&handle, 0, sizeof(handle));
	rc = driver.cuIpcGetEventHandle(&handle, event);
	if (rc == CUDA_SUCCESS && !exchange_put_note(&subject, token, &handle))
		rc = CUDA_ERROR_OUT_OF_MEMORY;
	return rc;
}

CUresult host_ipc_event_open(struct dispatch *dispatch, CUevent *event, struct wire_token token)
{
	CUipcEventHandle handle;

	if (!driver.cuIpcOpenEventHandle)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (!exchange_get_note(EXCHANGE_EVENT, &token, &handle))
		return CUDA_ERROR_MAP_FAILED;
	return driver.cuIpcOpenEventHandle(event, handle);
}

CUresult host_pool_pointer_export(struct dispatch *dispatch, struct wire_token *token,
				  CUdeviceptr address)
{
	CUmemPoolPtrExportData data;
	CUresult rc;

	if (!token)
		return dispatch_refuse(dispatch);
	if (!driver.cuMemPoolExportPointer)
		return CUDA_ERROR_NOT_SUPPORTED;
	memset(&data, 0, sizeof(data));
	rc = driver.cuMemPoolExportPointer(&data, address);
	return rc == CUDA_SUCCESS ? memory_put(EXCHANGE_POINTER, token, address, &data) : rc;
}

CUresult host_pool_pointer_import(struct dispatch *dispatch, CUdeviceptr *address,
				  CUdevice *device, CUdeviceptr *base, uint64_t *bytes,
				  CUmemoryPool pool, struct wire_token token)
{
	CUmemPoolPtrExportData data;
	CUresult rc;

	if (!address || !device || !base || !bytes)
		return dispatch_refuse(dispatch);
	if (!driver.cuMemPoolImportPointer || !driver.cuPointerGetAttributes)
		return CUDA_ERROR_NOT_SUPPORTED;
	if (!exchange_get_note(EXCHANGE_POINTER, &token, &data))
		return CUDA_ERROR_INVALID_VALUE;
	rc = driver.cuMemPoolImportPointer(address, pool, &data);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = describe(*address, device, base, bytes);
	if (rc != CUDA_SUCCESS)
		driver.cuMemFree_v2(*address);
	return rc;
}
