/* SPDX-License-Identifier: MIT */
/*
 * fatbin.c - what is in a fat binary, and for whom
 *
 * DOC: Theory of operation
 *
 * A fat binary is a header and entries one behind the other, each with a header of its own that says
 * what it is: PTX, or machine code for one compute capability.  Libraries have machine code for
 * every GPU that was sold in the last ten years, of which this machine needs one.  CUDA C++ Programming
 * Guide, "Binary Compatibility": machine code for X.y runs on devices of X.z, z >= y, and on no other.  So
 * what is for another X stays here.  It is not even read: in a program that is a mapped file, the pages
 * are never brought in.
 *
 * What is not machine code stays in, and so does what is for Blackwell and later (10.0), whose
 * families have been numbered anew once, where such a device is; and a fat binary that is not just entries is
 * left alone.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "qcu-library/cuda/api.h"
#include "qcu-library/cuda/device.h"
#include "qcu-library/cuda/fatbin.h"

#define MACHINE_CODE	2	/* entry.kind */
#define RENUMBERED	10	/* the first X.. */

struct header {
	uint32_t magic;
	uint16_t version;
	uint16_t header_bytes;
	uint64_t bytes;		/* of what follows the header */
};
static_assert(sizeof(struct header) == 16, "file format");

/* The start of an entry's header; what it holds follows the header */
struct entry {
	uint16_t kind;
	uint16_t unknown;
	uint32_t header_bytes;
	uint64_t bytes;
	uint32_t packed_bytes, options;
	uint16_t minor, major;
	uint32_t arch;		/* 10 * X + y */
};
static_assert(sizeof(struct entry) == 32, "file format");

size_t fatbin_bytes(const void *data)
{
	struct header header;

	memcpy(&header, data, sizeof(header));
	return header.header_bytes + header.bytes;
}

static bool runs_here(uint32_t arch)
{
	uint32_t wanted = arch / 10;
	int count;

	if (cuDeviceGetCount(&count) != CUDA_SUCCESS)
		return true;
	for (int i = 0; i < count; i++) {
		uint32_t have = device_attribute(i, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);

		if (have == wanted || (have >= RENUMBERED && wanted >= RENUMBERED))
			return true;
	}
	return false;
}

/*
 * Go through the entries and append what is needed to @to, unless that is NULL.  Return: bytes of it; 0
 * if there is nothing, or something else than entries.
 */
static size_t collect(const uint8_t *entries, size_t bytes, uint8_t *to)
{
	size_t at = 0, kept = 0;

	while (at < bytes) {
		struct entry entry;
		size_t whole;

		if (bytes - at < sizeof(entry))
			return 0;
		memcpy(&entry, entries + at, sizeof(entry));
		if (entry.header_bytes < sizeof(entry) ||
		    __builtin_add_overflow(entry.bytes, entry.header_bytes, &whole) ||
		    whole > bytes - at)
			return 0;
		if (entry.kind != MACHINE_CODE || runs_here(entry.arch)) {
			if (to)
				memcpy(to + kept, entries + at, whole);
			kept += whole;
		}
		at += whole;
	}
	return kept;
}

void *fatbin_trim(const void *data, size_t *bytes)
{
	const uint8_t *entries;
	struct header header;
	uint8_t *copy;

	memcpy(&header, data, sizeof(header));
	entries = (const uint8_t *)data + header.header_bytes;
	header.bytes = collect(entries, header.bytes, NULL);
	if (!header.bytes || header.header_bytes < sizeof(header) || header.bytes > *bytes / 2)
		return NULL;
	copy = malloc(header.header_bytes + header.bytes);
	if (!copy)
		return NULL;
	memcpy(copy, data, header.header_bytes);
	memcpy(copy, &header, sizeof(header));
	collect(entries, *bytes - header.header_bytes, copy + header.header_bytes);
	*bytes = header.header_bytes + header.bytes;
	return copy;
}
