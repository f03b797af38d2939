/* SPDX-License-Identifier: MIT */
/* entry.c - which address a name has: cuGetProcAddress() and the table behind it */
#include "softgpu/driver.h"
#include "softgpu/log.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum export_stream { ANY = 1, LEGACY = 2, THREAD = 4 };

/* struct export - a row of exports.def */
struct export {
	const char *name;
	int version;
	enum export_stream stream;
	void *address;
};

int export_missing(void);	/* missing.c */
static_assert(CUDA_ERROR_NOT_SUPPORTED == 801, "missing.c answers with this number");

static const struct export exports[] = {
#define EXPORT(symbol, name, version, stream) { #name, version, stream, (void *)symbol },
#include "wire/exports.def"
#undef EXPORT
};

/* streams_for() - which rows a request wants, first choice in *@first */
static bool streams_for(cuuint64_t flags, unsigned int *first, unsigned int *allowed)
{
	switch (flags) {
	case CU_GET_PROC_ADDRESS_DEFAULT:
	case CU_GET_PROC_ADDRESS_LEGACY_STREAM:
		*first = *allowed = ANY | LEGACY;
		return true;
	case CU_GET_PROC_ADDRESS_PER_THREAD_DEFAULT_STREAM:
		*first = ANY | THREAD;
		*allowed = ANY | THREAD | LEGACY;
		return true;
	}
	return false;
}

/* newest() - the newest row of a name that a program of this CUDA version knows */
static const struct export *newest(const char *name, int version, unsigned int streams, bool *known)
{
	const struct export *best = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(exports); i++) {
		const struct export *export = &exports[i];

		if (!(export->stream & streams) || strcmp(export->name, name) ||
		    export->address == (void *)export_missing)
			continue;
		*known = true;
		if (export->version <= version && (!best || export->version > best->version))
			best = export;
	}
	return best;
}

/* A name that is not found is no error: @pfn is NULL and @symbolStatus says why. */
CUresult cuGetProcAddress_v2(const char *symbol, void **pfn, int cudaVersion, cuuint64_t flags,
			     CUdriverProcAddressQueryResult *symbolStatus)
{
	CUdriverProcAddressQueryResult unused;
	const struct export *export;
	unsigned int first, allowed;
	bool known = false;

	if (!symbolStatus)
		symbolStatus = &unused;
	if (!symbol || !pfn || cudaVersion > DRIVER_VERSION ||
	    !streams_for(flags, &first, &allowed))
		return CUDA_ERROR_INVALID_VALUE;
	export = newest(symbol, cudaVersion, first, &known);
	if (!export && first != allowed)
		export = newest(symbol, cudaVersion, allowed, &known);
	*pfn = export ? export->address : NULL;
	if (export)
		*symbolStatus = CU_GET_PROC_ADDRESS_SUCCESS;
	else if (known)
		*symbolStatus = CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT;
	else
		*symbolStatus = CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND;
	return CUDA_SUCCESS;
}

/* The version before there was a status says it with an error. */
CUresult cuGetProcAddress(const char *symbol, void **pfn, int cudaVersion, cuuint64_t flags)
{
	CUresult result = cuGetProcAddress_v2(symbol, pfn, cudaVersion, flags, NULL);

	return result || *pfn ? result : CUDA_ERROR_NOT_FOUND;
}

static void say_who_asks(void)
{
	log_error("NVIDIA's own runtime, linked into this program or a library of it, asks for private tables that are not here: link the runtime shared (nvcc -cudart shared)");
}

/* The private tables behind this are NVIDIA's own affair: there are none. */
CUresult cuGetExportTable(const void **ppExportTable, const CUuuid *pExportTableId)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (!ppExportTable || !pExportTableId)
		return CUDA_ERROR_INVALID_VALUE;
	pthread_once(&once, say_who_asks);
	*ppExportTable = NULL;
	return CUDA_ERROR_NOT_FOUND;
}
