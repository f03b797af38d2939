/* SPDX-License-Identifier: MIT */
/*
 * image.c - how long is a module image?
 *
 * CUDA's functions take a pointer and no length.  The forms an image may have:
 *
 *	wrapper		what nvcc puts around fat binaries: pointers to one, and,
 *			in version 2 (-rdc=true), to a NULL-terminated array of more
 *	fat binary	a header that says how long it is
 *	cubin		an ELF file: as long as its last part reaches
 *	PTX		text, up to its NUL
 *
 * The pieces are packed into memory shared with the host, each 8-byte aligned;
 * the host puts a wrapper together again (qcu-device/worker/image.c).
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qcu-library/cuda/image.h"
#include "qcu-library/cuda/session.h"

#define FATBIN_MAGIC	0xba55ed50u
#define WRAPPER_MAGIC	0x466243b1u

struct fatbin_header {
	uint32_t magic;
	uint16_t version;
	uint16_t header_bytes;
	uint64_t size;		/* of what follows the header */
};
static_assert(sizeof(struct fatbin_header) == 16, "file format");

struct fatbin_wrapper {
	uint32_t magic;
	uint32_t version;
	const void *data;
	const void *const *prelinked;	/* version 2 */
};
static_assert(sizeof(struct fatbin_wrapper) == 24, "file format");

static uint32_t magic_of(const void *data)
{
	uint32_t magic;

	/* Byte by byte: a text may be shorter. */
	if (memchr(data, '\0', 3))
		return 0;
	memcpy(&magic, data, sizeof(magic));
	return magic;
}

static size_t max(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Bytes of an ELF file in memory: where its farthest part ends */
static size_t elf_bytes(const uint8_t *data)
{
	Elf64_Ehdr header;
	Elf64_Shdr section;
	size_t end;

	memcpy(&header, data, sizeof(header));
	end = max(sizeof(header), header.e_shoff + (size_t)header.e_shnum * header.e_shentsize);
	end = max(end, header.e_phoff + (size_t)header.e_phnum * header.e_phentsize);
	for (unsigned int i = 0; i < header.e_shnum; i++) {
		memcpy(&section, data + header.e_shoff + (size_t)i * header.e_shentsize,
		       sizeof(section));
		if (section.sh_type != SHT_NOBITS)
			end = max(end, section.sh_offset + section.sh_size);
	}
	return end;
}

/* Bytes of an image that is no wrapper */
static size_t plain_bytes(const void *data)
{
	struct fatbin_header header;
	uint32_t magic = magic_of(data);

	if (magic == FATBIN_MAGIC) {
		memcpy(&header, data, sizeof(header));
		return header.header_bytes + header.size;
	}
	if (!memcmp(&magic, ELFMAG, SELFMAG) && ((const uint8_t *)data)[EI_CLASS] == ELFCLASS64)
		return elf_bytes(data);
	return strlen(data) + 1;
}

/* The parts of an image: where they are here */
struct parts {
	const void **data;
	uint32_t n;
};

static CUresult find_parts(const void *data, struct parts *parts, uint32_t *kind)
{
	struct fatbin_wrapper wrapper = { .data = data };
	uint32_t n_prelinked = 0;

	*kind = WIRE_IMAGE_PLAIN;
	if (magic_of(data) == WRAPPER_MAGIC) {
		*kind = WIRE_IMAGE_WRAPPER;
		memcpy(&wrapper, data, sizeof(wrapper));
		if (wrapper.version >= 2 && wrapper.prelinked)
			while (n_prelinked < WIRE_MAX_PIECES && wrapper.prelinked[n_prelinked])
				n_prelinked++;
		if (n_prelinked == WIRE_MAX_PIECES || (!wrapper.data && !n_prelinked))
			return CUDA_ERROR_INVALID_IMAGE;
	}
	parts->n = 1 + n_prelinked;
	parts->data = calloc(parts->n, sizeof(*parts->data));
	if (!parts->data)
		return CUDA_ERROR_OUT_OF_MEMORY;
	parts->data[0] = wrapper.data;
	for (uint32_t i = 0; i < n_prelinked; i++)
		parts->data[1 + i] = wrapper.prelinked[i];
	return CUDA_SUCCESS;
}

/* Lay the pieces out one after another; false if they are longer than memory. */
static bool lay_out(struct image *image)
{
	uint64_t at = 0;

	for (uint32_t i = 0; i < image->n_pieces; i++) {
		struct wire_piece *piece = &image->pieces[i];

		piece->offset = at;
		if (__builtin_add_overflow(at, piece->bytes, &at) || at > SIZE_MAX / 2)
			return false;
		at = (at + 7) & ~(uint64_t)7;
	}
	image->wire.bytes = at;
	image->bytes = (at + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
	return true;
}

/* Share a copy of the parts, whose lengths are in image->pieces */
static CUresult share(struct image *image, const struct parts *parts)
{
	CUresult rc;

	if (!lay_out(image))
		return CUDA_ERROR_INVALID_IMAGE;
	rc = shared_alloc(NULL, image->bytes, &image->memory, &image->wire.region);
	if (rc != CUDA_SUCCESS)
		return rc;
	for (uint32_t i = 0; i < parts->n; i++)
		if (image->pieces[i].bytes)
			memcpy((char *)image->memory + image->pieces[i].offset, parts->data[i],
			       image->pieces[i].bytes);
	return CUDA_SUCCESS;
}

static CUresult pieces_alloc(struct image *image, uint32_t n)
{
	image->n_pieces = n;
	image->pieces = calloc(n, sizeof(*image->pieces));
	return image->pieces ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult image_share(const void *data, struct image *image)
{
	struct parts parts = { 0 };
	CUresult rc;

	*image = (struct image){ 0 };
	if (!data)
		return CUDA_ERROR_INVALID_VALUE;
	rc = find_parts(data, &parts, &image->wire.kind);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = pieces_alloc(image, parts.n);
	for (uint32_t i = 0; rc == CUDA_SUCCESS && i < parts.n; i++)
		image->pieces[i].bytes = parts.data[i] ? plain_bytes(parts.data[i]) : 0;
	if (rc == CUDA_SUCCESS)
		rc = share(image, &parts);
	if (rc != CUDA_SUCCESS)
		free(image->pieces);
	free(parts.data);
	return rc;
}

CUresult image_share_bytes(const void *data, size_t bytes, struct image *image)
{
	struct parts parts = { .data = &data, .n = 1 };
	CUresult rc;

	*image = (struct image){ .wire.kind = WIRE_IMAGE_PLAIN };
	rc = pieces_alloc(image, 1);
	if (rc != CUDA_SUCCESS)
		return rc;
	image->pieces[0].bytes = bytes;
	rc = share(image, &parts);
	if (rc != CUDA_SUCCESS)
		free(image->pieces);
	return rc;
}

void image_unshare(struct image *image)
{
	shared_free(image->memory, image->bytes, image->wire.region);
	free(image->pieces);
}

static bool read_all(int fd, char *to, size_t bytes)
{
	while (bytes) {
		ssize_t n = read(fd, to, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to += n;
		bytes -= n;
	}
	return true;
}

CUresult image_read(const char *path, void **data, size_t *size)
{
	CUresult rc = CUDA_ERROR_FILE_NOT_FOUND;
	struct stat stat;
	char *bytes;
	int fd;

	if (!path)
		return CUDA_ERROR_INVALID_VALUE;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return rc;
	if (fstat(fd, &stat) || !S_ISREG(stat.st_mode))
		goto err_close;
	rc = CUDA_ERROR_OUT_OF_MEMORY;
	bytes = malloc(stat.st_size + 1);
	if (!bytes)
		goto err_close;
	rc = CUDA_ERROR_INVALID_IMAGE;
	if (!read_all(fd, bytes, stat.st_size))
		goto err_free;
	bytes[stat.st_size] = '\0';
	close(fd);
	*data = bytes;
	if (size)
		*size = stat.st_size;
	return CUDA_SUCCESS;

err_free:
	free(bytes);
err_close:
	close(fd);
	return rc;
}
