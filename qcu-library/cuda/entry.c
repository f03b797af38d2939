/* SPDX-License-Identifier: MIT */
/*
 * entry.c - which address a name has
 *
 * A name has had several meanings over the years (cuCtxCreate: four), and two
 * twins for the two default streams; wire/exports.def says which symbol is
 * which.  What does not cross is reported as not found, so that a program which
 * asks first does not call it.
 */
#include <string.h>

#include "qcu-library/cuda/session.h"

#define KNOWN_FLAGS	((cuuint64_t)(CU_GET_PROC_ADDRESS_LEGACY_STREAM | \
				      CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM))

enum stream { ANY = 1, LEGACY = 2, THREAD = 4 };

int absent(void);		/* absent.c */
int absent_result(void);

int absent_result(void)
{
	CUresult rc = session_check();

	return rc == CUDA_SUCCESS ? CUDA_ERROR_NOT_SUPPORTED : rc;
}

static const struct entry {
	const char *name;
	int version;
	enum stream stream;
	void *address;
} entries[] = {
#define EXPORT(symbol, name, version, stream) { #name, version, stream, (void *)symbol },
#include "wire/exports.def"
#undef EXPORT
};

/* The newest meaning of a name to a program of this version, and whether it gets one later */
static const struct entry *newest(const char *name, int version, unsigned int streams, bool *later)
{
	const struct entry *best = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		const struct entry *entry = &entries[i];

		if (!(entry->stream & streams) || strcmp(entry->name, name))
			continue;
		if (entry->version > version)
			*later = true;
		else if (entry->address != (void *)absent &&
			 (!best || entry->version > best->version))
			best = entry;
	}
	return best;
}

static const struct entry *look_up(const char *name, int version, bool per_thread, bool *later)
{
	const struct entry *entry = NULL;

	if (per_thread)
		entry = newest(name, version, ANY | THREAD, later);
	return entry ? entry : newest(name, version, ANY | LEGACY, later);
}

CUresult CUDAAPI cuGetProcAddress_v2(const char *symbol, void **pfn, int cudaVersion,
				     cuuint64_t flags,
				     CUdriverProcAddressQueryResult *symbolStatus)
{
	bool later = false, per_thread = flags & CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM;
	CUdriverProcAddressQueryResult status = CU_GET_PROC_ADDRESS_SUCCESS;
	const struct entry *entry;

	/* A major version that is not out yet is a mistake of the program's. */
	if (!symbol || !pfn || flags & ~KNOWN_FLAGS || cudaVersion / 1000 > CUDA_VERSION / 1000)
		return CUDA_ERROR_INVALID_VALUE;
	entry = look_up(symbol, cudaVersion, per_thread, &later);
	*pfn = entry ? entry->address : NULL;
	if (!entry)
		status = later ? CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT :
				 CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
	if (symbolStatus)
		*symbolStatus = status;
	return CUDA_SUCCESS;
}

CUresult CUDAAPI cuGetProcAddress(const char *symbol, void **pfn, int cudaVersion,
				  cuuint64_t flags)
{
	CUresult rc = cuGetProcAddress_v2(symbol, pfn, cudaVersion, flags, NULL);

	return rc == CUDA_SUCCESS && !*pfn ? CUDA_ERROR_NOT_FOUND : rc;
}

/* The tables behind this are NVIDIA's own affair: there are none. */
CUresult CUDAAPI cuGetExportTable(const void **ppExportTable, const CUuuid *pExportTableId)
{
	if (!ppExportTable || !pExportTableId)
		return CUDA_ERROR_INVALID_VALUE;
	*ppExportTable = NULL;
	return CUDA_ERROR_NOT_FOUND;
}
