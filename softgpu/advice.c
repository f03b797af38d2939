/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Advice is kept for spans of memory, sorted by address, which do not overlap; memory in none of
 * them has had no advice.  What is said of a range cuts the spans at its ends, fills the gaps
 * between them, and is then said of each span within; what is asked of a range is answered if all
 * its spans, and its gaps, say the same.
 *
 * Nothing here knows what is under the API: the guest's libcuda is made of this file too.
 */
#include "softgpu/advice.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* struct advice - zero is none: a location of type 0 is CU_MEM_LOCATION_TYPE_INVALID */
struct advice {
	bool read_mostly, accessed_by_host;
	CUmemLocation preferred, prefetched;
};

struct span {
	uint64_t start, end;
	struct advice advice;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct span *spans;		/* under the lock, and its length and capacity */
static size_t n_spans, capacity;

static const struct advice none;

/* The first span that ends behind @address */
static size_t find(uint64_t address)
{
	size_t low = 0, high = n_spans;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (spans[middle].end <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool insert(size_t at, struct span span)
{
	if (n_spans == capacity) {
		size_t more = capacity ? 2 * capacity : 16;
		struct span *grown = realloc(spans, more * sizeof(*grown));

		if (!grown)
			return false;
		spans = grown;
		capacity = more;
	}
	memmove(&spans[at + 1], &spans[at], (n_spans - at) * sizeof(*spans));
	spans[at] = span;
	n_spans++;
	return true;
}

/* No span goes over @address */
static bool cut(uint64_t address)
{
	size_t at = find(address);
	struct span first;

	if (at == n_spans || spans[at].start >= address)
		return true;
	first = spans[at];
	first.end = address;
	if (!insert(at, first))
		return false;
	spans[at + 1].start = address;
	return true;
}

/* [@start, @end) is spans without a gap */
static bool cover(uint64_t start, uint64_t end)
{
	if (!cut(start) || !cut(end))
		return false;
	for (size_t at = find(start); start < end; at++) {
		uint64_t until = at < n_spans && spans[at].start < end ? spans[at].start : end;

		if (start < until && !insert(at, (struct span){ start, until, none }))
			return false;
		start = spans[at].end;
	}
	return true;
}

static bool is_host(const CUmemLocation *location)
{
	return location->type == CU_MEM_LOCATION_TYPE_HOST ||
	       location->type == CU_MEM_LOCATION_TYPE_HOST_NUMA ||
	       location->type == CU_MEM_LOCATION_TYPE_HOST_NUMA_CURRENT;
}

static void apply(struct advice *to, CUmem_advise advice, const CUmemLocation *location)
{
	switch (advice) {
	case CU_MEM_ADVISE_SET_READ_MOSTLY:
	case CU_MEM_ADVISE_UNSET_READ_MOSTLY:
		to->read_mostly = advice == CU_MEM_ADVISE_SET_READ_MOSTLY;
		break;
	case CU_MEM_ADVISE_SET_PREFERRED_LOCATION:
		to->preferred = *location;
		break;
	case CU_MEM_ADVISE_UNSET_PREFERRED_LOCATION:
		to->preferred = none.preferred;
		break;
	default:
		to->accessed_by_host = advice == CU_MEM_ADVISE_SET_ACCESSED_BY;
		break;
	}
}

static CUresult check_advice(CUmem_advise advice, const CUmemLocation *location)
{
	switch (advice) {
	case CU_MEM_ADVISE_SET_READ_MOSTLY:
	case CU_MEM_ADVISE_UNSET_READ_MOSTLY:
	case CU_MEM_ADVISE_UNSET_PREFERRED_LOCATION:
		return CUDA_SUCCESS;
	case CU_MEM_ADVISE_SET_PREFERRED_LOCATION:
	case CU_MEM_ADVISE_SET_ACCESSED_BY:
	case CU_MEM_ADVISE_UNSET_ACCESSED_BY:
		return is_host(location) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

CUresult advice_take(CUdeviceptr address, size_t bytes, CUmem_advise advice,
		     CUmemLocation location)
{
	CUresult result = check_advice(advice, &location);

	if (result)
		return result;
	pthread_mutex_lock(&lock);
	if (!cover(address, address + bytes))
		result = CUDA_ERROR_OUT_OF_MEMORY;
	else
		for (size_t i = find(address); i < n_spans && spans[i].start < address + bytes; i++)
			apply(&spans[i].advice, advice, &location);
	pthread_mutex_unlock(&lock);
	return result;
}

CUresult advice_prefetched(CUdeviceptr address, size_t bytes, CUmemLocation location)
{
	CUresult result = is_host(&location) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;

	if (result)
		return result;
	pthread_mutex_lock(&lock);
	if (!cover(address, address + bytes))
		result = CUDA_ERROR_OUT_OF_MEMORY;
	else
		for (size_t i = find(address); i < n_spans && spans[i].start < address + bytes; i++)
			spans[i].advice.prefetched = location;
	pthread_mutex_unlock(&lock);
	return result;
}

void advice_forget(CUdeviceptr address, size_t bytes)
{
	size_t first, last;

	pthread_mutex_lock(&lock);
	/* Without memory for the cut more is forgotten than asked: it is advice. */
	cut(address);
	cut(address + bytes);
	for (first = last = find(address); last < n_spans && spans[last].start < address + bytes;)
		last++;
	if (first < last)
		memmove(&spans[first], &spans[last], (n_spans - last) * sizeof(*spans));
	n_spans -= last - first;
	pthread_mutex_unlock(&lock);
}

static bool same_place(const CUmemLocation *a, const CUmemLocation *b)
{
	return a->type == b->type && a->id == b->id;
}

/* What all of a range has in common */
static struct advice common(uint64_t start, uint64_t end)
{
	struct advice all = none;
	bool any = false;

	for (size_t at = find(start); start < end; at++) {
		bool gap = at == n_spans || spans[at].start > start;
		const struct advice *here = gap ? &none : &spans[at].advice;

		if (!any)
			all = *here;
		any = true;
		all.read_mostly &= here->read_mostly;
		all.accessed_by_host &= here->accessed_by_host;
		if (!same_place(&all.preferred, &here->preferred))
			all.preferred = none.preferred;
		if (!same_place(&all.prefetched, &here->prefetched))
			all.prefetched = none.prefetched;
		if (gap)
			return all;
		start = spans[at].end;
	}
	return all;
}

/* The old way to name a place */
static int device_of(const CUmemLocation *location)
{
	return location->type == CU_MEM_LOCATION_TYPE_INVALID ? CU_DEVICE_INVALID : CU_DEVICE_CPU;
}

static int id_of(const CUmemLocation *location)
{
	return location->type == CU_MEM_LOCATION_TYPE_INVALID ? CU_DEVICE_INVALID : location->id;
}

static CUresult answer(int *numbers, size_t n, CUmem_range_attribute attribute,
		       const struct advice *advice)
{
	switch (attribute) {
	case CU_MEM_RANGE_ATTRIBUTE_READ_MOSTLY:
		*numbers = advice->read_mostly;
		return CUDA_SUCCESS;
	case CU_MEM_RANGE_ATTRIBUTE_PREFERRED_LOCATION:
		*numbers = device_of(&advice->preferred);
		return CUDA_SUCCESS;
	case CU_MEM_RANGE_ATTRIBUTE_PREFERRED_LOCATION_TYPE:
		*numbers = advice->preferred.type;
		return CUDA_SUCCESS;
	case CU_MEM_RANGE_ATTRIBUTE_PREFERRED_LOCATION_ID:
		*numbers = id_of(&advice->preferred);
		return CUDA_SUCCESS;
	case CU_MEM_RANGE_ATTRIBUTE_LAST_PREFETCH_LOCATION:
		*numbers = device_of(&advice->prefetched);
		return CUDA_SUCCESS;
	case CU_MEM_RANGE_ATTRIBUTE_LAST_PREFETCH_LOCATION_TYPE:
		*numbers = advice->prefetched.type;
		return CUDA_SUCCESS;
	case CU_MEM_RANGE_ATTRIBUTE_LAST_PREFETCH_LOCATION_ID:
		*numbers = id_of(&advice->prefetched);
		return CUDA_SUCCESS;
	case CU_MEM_RANGE_ATTRIBUTE_ACCESSED_BY:
		for (size_t i = 0; i < n; i++)
			numbers[i] = !i && advice->accessed_by_host ? CU_DEVICE_CPU :
								      CU_DEVICE_INVALID;
		return CUDA_SUCCESS;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

CUresult advice_attribute(void *data, size_t bytes, CUmem_range_attribute attribute,
			  CUdeviceptr address, size_t count)
{
	struct advice advice;

	if (!data || !bytes || bytes % sizeof(int) ||
	    (attribute != CU_MEM_RANGE_ATTRIBUTE_ACCESSED_BY && bytes != sizeof(int)))
		return CUDA_ERROR_INVALID_VALUE;
	pthread_mutex_lock(&lock);
	advice = common(address, address + count);
	pthread_mutex_unlock(&lock);
	return answer(data, bytes / sizeof(int), attribute, &advice);
}
