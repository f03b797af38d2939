/* SPDX-License-Identifier: MIT */
/*
 * fatbin.c - the PTX inside what nvcc links into a program
 *
 * A program hands over a wrapper (version 1: one fat binary; version 2, from -rdc=true: a
 * list of them, one per object file), a bare fat binary, or PTX text.  A fat binary is a
 * header and entries one behind the other; each is PTX or machine code for one
 * architecture, plain or compressed with zstd or LZ4.  Only PTX can be run here.
 *
 * Every length is checked against the one around it before it is used.  The outermost one
 * is the fat binary's own word: the API passes no length.
 */
#include "softgpu/fatbin.h"

#include <assert.h>
#include <lz4.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "softgpu/log.h"

#define WRAPPER_MAGIC	0x466243b1u
#define FATBIN_MAGIC	0xba55ed50u
#define ELF_MAGIC	0x464c457fu
#define ZSTD_FRAME	0xfd2fb528u
#define MOST_OBJECTS	65536
#define MOST_TEXT	((uint64_t)1 << 30)

enum entry_kind { ENTRY_PTX = 1, ENTRY_CUBIN = 2 };

enum entry_flags {
	ENTRY_LZ4 = 0x2000,
	ENTRY_ZSTD = 0x8000,
	ENTRY_ARCH_SPECIFIC = 0x100000,		/* sm_90a: only for that device */
};

/* Our own, set by image_pack(): one of several entries that belong together */
#define ENTRY_OF_MANY ((uint64_t)1 << 63)

/* struct wrapper - what __cudaRegisterFatBinary() passes on */
struct wrapper {
	uint32_t magic, version;
	const void *fatbin;
	const void *const *objects;	/* version 2: fat binaries, NULL at the end */
};
static_assert(sizeof(struct wrapper) == 24, "as nvcc emits it");

struct fatbin_header {
	uint32_t magic;
	uint16_t version, header_bytes;
	uint64_t bytes;			/* of all entries */
};
static_assert(sizeof(struct fatbin_header) == 16, "as nvcc emits it");

struct entry_header {
	uint16_t kind, unknown0;
	uint32_t header_bytes;		/* the payload follows */
	uint64_t bytes;			/* of the payload, padded; the next entry follows */
	uint32_t packed_bytes;		/* exact, when compressed */
	uint32_t options;
	uint16_t minor, major;
	uint32_t arch;			/* 75 */
	uint32_t name_offset, name_bytes;
	uint64_t flags;
	uint64_t unknown1;
	uint64_t full_bytes;		/* when compressed */
};
static_assert(sizeof(struct entry_header) == 64, "as nvcc emits it");

/* struct entry - one found to lie within its fat binary */
struct entry {
	struct entry_header header;
	const uint8_t *payload;
};

/* padded() - texts end in at least one NUL, and entries at a multiple of eight */
static uint64_t padded(uint64_t bytes)
{
	return (bytes + 8) & ~(uint64_t)7;
}

struct image *image_new(void)
{
	struct image *image = calloc(1, sizeof(*image));

	if (image)
		image->refs = 1;
	return image;
}

struct image *image_ref(struct image *image)
{
	__atomic_add_fetch(&image->refs, 1, __ATOMIC_RELAXED);
	return image;
}

void image_put(struct image *image)
{
	if (!image || __atomic_sub_fetch(&image->refs, 1, __ATOMIC_ACQ_REL))
		return;
	for (unsigned int i = 0; i < image->count; i++) {
		free((void *)(uintptr_t)image->texts[i].text);
		free((void *)(uintptr_t)image->texts[i].name);
	}
	free(image->texts);
	free(image);
}

/* take_text() - @text becomes the image's, or is freed */
static CUresult take_text(struct image *image, char *text, size_t bytes, const char *name)
{
	size_t size = (image->count + 1) * sizeof(*image->texts);
	struct ptx_text *texts = realloc(image->texts, size);
	char *copy = strdup(name);

	if (texts)
		image->texts = texts;
	if (!texts || !copy) {
		free(copy);
		free(text);
		return CUDA_ERROR_OUT_OF_MEMORY;
	}
	texts[image->count++] = (struct ptx_text){ .text = text, .bytes = bytes, .name = copy };
	return CUDA_SUCCESS;
}

CUresult image_add(struct image *image, const char *text, size_t bytes, const char *name)
{
	char *copy = malloc(bytes + 1);

	if (!copy)
		return CUDA_ERROR_OUT_OF_MEMORY;
	memcpy(copy, text, bytes);
	copy[bytes] = 0;
	return take_text(image, copy, bytes, name);
}

CUresult image_append(struct image *image, const struct image *from)
{
	CUresult result = CUDA_SUCCESS;

	for (unsigned int i = 0; i < from->count && !result; i++)
		result = image_add(image, from->texts[i].text, from->texts[i].bytes,
				   from->texts[i].name);
	return result;
}

/* next_entry() - the entry at *@offset of the @bytes of entries, and move on; false: no more */
static bool next_entry(const uint8_t *entries, uint64_t bytes, uint64_t *offset,
		       struct entry *entry)
{
	struct entry_header *header = &entry->header;
	uint64_t left = bytes - *offset;

	if (left < sizeof(*header))
		return false;
	memcpy(header, entries + *offset, sizeof(*header));
	if (header->header_bytes < sizeof(*header) || header->header_bytes > left ||
	    header->bytes > left - header->header_bytes)
		return false;
	entry->payload = entries + *offset + header->header_bytes;
	*offset += header->header_bytes + header->bytes;
	return true;
}

static bool usable(const struct entry *entry, int capability)
{
	return entry->header.kind == ENTRY_PTX && (int)entry->header.arch <= capability &&
	       entry->header.arch <= INT32_MAX &&
	       !(entry->header.flags & ENTRY_ARCH_SPECIFIC);
}

static bool is_zstd(const struct entry *entry)
{
	uint32_t magic = 0;

	if (entry->header.bytes >= sizeof(magic))
		memcpy(&magic, entry->payload, sizeof(magic));
	return magic == ZSTD_FRAME;
}

static bool unpack(const struct entry *entry, char *text, uint64_t bytes)
{
	uint64_t packed = entry->header.packed_bytes;
	size_t got;

	if (is_zstd(entry)) {
		got = ZSTD_decompress(text, bytes, entry->payload, packed);
		return !ZSTD_isError(got) && got == bytes;
	}
	if (packed > INT32_MAX)
		return false;
	return LZ4_decompress_safe((const char *)entry->payload, text, (int)packed,
				   (int)bytes) == (int)bytes;
}

/* add_entry() - the text of an entry, decompressed if it has to be */
static CUresult add_entry(struct image *image, const struct entry *entry)
{
	const struct entry_header *header = &entry->header;
	bool packed = header->flags & (ENTRY_LZ4 | ENTRY_ZSTD) ||
		      (!(header->flags & ENTRY_OF_MANY) && is_zstd(entry));
	uint64_t bytes = packed ? header->full_bytes : header->bytes;
	char name[32], *text;

	if (bytes > MOST_TEXT || (packed && header->packed_bytes > header->bytes))
		return CUDA_ERROR_INVALID_IMAGE;
	text = malloc(bytes + 1);
	if (!text)
		return CUDA_ERROR_OUT_OF_MEMORY;
	if (!packed)
		memcpy(text, entry->payload, bytes);
	else if (!unpack(entry, text, bytes)) {
		free(text);
		return CUDA_ERROR_INVALID_IMAGE;
	}
	text[bytes] = 0;
	snprintf(name, sizeof(name), "fatbin compute_%u", header->arch);
	return take_text(image, text, bytes, name);
}

/* describe() - append what an entry is to a line for the log */
static void describe(const struct entry *entry, char *line, size_t size)
{
	const char *kind = entry->header.kind == ENTRY_PTX ? "compute" : "sm";
	size_t used = strlen(line);

	if (entry->header.kind == ENTRY_PTX || entry->header.kind == ENTRY_CUBIN)
		snprintf(line + used, size - used, " %s_%u", kind, entry->header.arch);
}

/* add_entries() - the best PTX of one fat binary; @entries are its @bytes behind the header */
static CUresult add_entries(struct image *image, const uint8_t *entries, uint64_t bytes,
			    int capability)
{
	struct entry entry, best = { .payload = NULL };
	uint64_t offset = 0;
	bool many = false;

	while (next_entry(entries, bytes, &offset, &entry)) {
		describe(&entry, image->seen, sizeof(image->seen));
		if (entry.header.kind == ENTRY_PTX && entry.header.flags & ENTRY_OF_MANY) {
			CUresult result = add_entry(image, &entry);

			if (result)
				return result;
			many = true;
			continue;
		}
		if (usable(&entry, capability) &&
		    (!best.payload || entry.header.arch > best.header.arch))
			best = entry;
	}
	if (many)
		return CUDA_SUCCESS;
	return best.payload ? add_entry(image, &best) : CUDA_ERROR_NO_BINARY_FOR_GPU;
}

/* add_fatbin() - @most: bytes that may be looked at */
static CUresult add_fatbin(struct image *image, const void *data, uint64_t most, int capability)
{
	struct fatbin_header header;

	if (most < sizeof(header))
		return CUDA_ERROR_INVALID_IMAGE;
	memcpy(&header, data, sizeof(header));
	if (header.magic != FATBIN_MAGIC || header.header_bytes < sizeof(header) ||
	    header.header_bytes > most || header.bytes > most - header.header_bytes)
		return CUDA_ERROR_INVALID_IMAGE;
	return add_entries(image, (const uint8_t *)data + header.header_bytes, header.bytes,
			   capability);
}

/* add_objects() - those without PTX are left out: what is missing then is a symbol to name */
static CUresult add_objects(struct image *image, const void *const *objects, int capability)
{
	CUresult result = CUDA_SUCCESS;

	for (size_t i = 0; objects[i]; i++) {
		if (i == MOST_OBJECTS)
			return CUDA_ERROR_INVALID_IMAGE;
		result = add_fatbin(image, objects[i], UINT64_MAX, capability);
		if (result && result != CUDA_ERROR_NO_BINARY_FOR_GPU)
			return result;
	}
	return image->count ? CUDA_SUCCESS : CUDA_ERROR_NO_BINARY_FOR_GPU;
}

/*
 * add_wrapper() - version 2's first fat binary is machine code that the linker made of the
 * objects; the objects themselves hold the PTX
 */
static CUresult add_wrapper(struct image *image, const void *data, int capability)
{
	struct wrapper wrapper;

	memcpy(&wrapper, data, sizeof(wrapper));
	if (wrapper.version == 2 && wrapper.objects && wrapper.objects[0])
		return add_objects(image, wrapper.objects, capability);
	if (wrapper.version > 2 || !wrapper.fatbin)
		return CUDA_ERROR_INVALID_IMAGE;
	return add_fatbin(image, wrapper.fatbin, UINT64_MAX, capability);
}

static CUresult add_text(struct image *image, const char *text, size_t bytes)
{
	/* Enough to tell a text from noise; the rest is the parser's business. */
	if (!memmem(text, bytes, ".version", 8))
		return CUDA_ERROR_INVALID_IMAGE;
	return image_add(image, text, bytes, "ptx");
}

/* magic_of() - the first four bytes, as far as there are that many before a NUL */
static uint32_t magic_of(const void *data, size_t bytes)
{
	const uint8_t *byte = data;
	uint32_t magic = 0;

	for (size_t i = 0; i < sizeof(magic) && i < bytes && byte[i]; i++)
		magic |= (uint32_t)byte[i] << 8 * i;
	return magic;
}

static CUresult deliver(struct image *image, CUresult result, int capability, struct image **out)
{
	if (result == CUDA_ERROR_NO_BINARY_FOR_GPU)
		log_error("no PTX for compute capability %d.%d or below, only:%s; "
			  "compile with -gencode arch=compute_%d,code=compute_%d",
			  capability / 10, capability % 10, *image->seen ? image->seen : " nothing",
			  capability, capability);
	if (result)
		image_put(image);
	else
		*out = image;
	return result;
}

CUresult image_read(const void *data, int capability, struct image **out)
{
	struct image *image = image_new();
	CUresult result;

	if (!image)
		return CUDA_ERROR_OUT_OF_MEMORY;
	switch (magic_of(data, SIZE_MAX)) {
	case WRAPPER_MAGIC:
		result = add_wrapper(image, data, capability);
		break;
	case FATBIN_MAGIC:
		result = add_fatbin(image, data, UINT64_MAX, capability);
		break;
	case ELF_MAGIC:
		snprintf(image->seen, sizeof(image->seen), " a cubin");
		result = CUDA_ERROR_NO_BINARY_FOR_GPU;
		break;
	default:
		result = add_text(image, data, strlen(data));
	}
	return deliver(image, result, capability, out);
}

CUresult image_pack(const struct image *image, void **out, size_t *bytes)
{
	struct fatbin_header header = {
		.magic = FATBIN_MAGIC, .version = 1, .header_bytes = sizeof(header),
	};
	char *at;

	for (unsigned int i = 0; i < image->count; i++)
		header.bytes += sizeof(struct entry_header) + padded(image->texts[i].bytes);
	*bytes = sizeof(header) + header.bytes;
	at = *out = calloc(1, *bytes);
	if (!at)
		return CUDA_ERROR_OUT_OF_MEMORY;
	memcpy(at, &header, sizeof(header));
	at += sizeof(header);
	for (unsigned int i = 0; i < image->count; i++) {
		const struct entry_header entry = {
			.kind = ENTRY_PTX, .header_bytes = sizeof(entry),
			.bytes = padded(image->texts[i].bytes), .flags = ENTRY_OF_MANY,
		};

		memcpy(at, &entry, sizeof(entry));
		memcpy(at + sizeof(entry), image->texts[i].text, image->texts[i].bytes);
		at += sizeof(entry) + entry.bytes;
	}
	return CUDA_SUCCESS;
}

CUresult image_read_sized(const void *data, size_t bytes, int capability, struct image **out)
{
	struct image *image = image_new();
	CUresult result;

	if (!image)
		return CUDA_ERROR_OUT_OF_MEMORY;
	switch (magic_of(data, bytes)) {
	case FATBIN_MAGIC:
		result = add_fatbin(image, data, bytes, capability);
		break;
	case ELF_MAGIC:
		snprintf(image->seen, sizeof(image->seen), " a cubin");
		result = CUDA_ERROR_NO_BINARY_FOR_GPU;
		break;
	default:
		result = add_text(image, data, strnlen(data, bytes));
	}
	return deliver(image, result, capability, out);
}
