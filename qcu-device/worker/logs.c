/* SPDX-License-Identifier: MIT */
/* logs.c - what the host's driver has logged of this session; faces qcu-library/cuda/logs.c */
#include "qcu-device/worker/body.h"

CUresult host_logs_dump(struct dispatch *dispatch, const CUlogIterator *from, uint32_t bytes,
			char *text, CUlogIterator *to, uint32_t *written)
{
	CUlogIterator iterator = from ? *from : 0;
	size_t size = bytes;
	CUresult rc;

	if (!text || !bytes || !to || !written)
		return dispatch_refuse(dispatch);
	if (!driver.cuLogsDumpToMemory)
		return CUDA_ERROR_NOT_SUPPORTED;
	rc = driver.cuLogsDumpToMemory(from ? &iterator : NULL, text, &size, 0);
	*to = iterator;
	*written = size < bytes ? size : bytes;
	return rc;
}
