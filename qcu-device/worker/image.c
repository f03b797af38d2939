/* SPDX-License-Identifier: MIT */
/*
 * image.c - module images from the guest
 *
 * An image is PTX text, a cubin, a fat binary, or the wrapper that nvcc puts
 * around fat binaries.  The driver's functions take no length, so the worker
 * gives them only a private copy whose outline it has checked: text ends in a
 * NUL, a fat binary is as long as its header says.  A wrapper holds pointers;
 * it is built anew around the copies of its pieces.
 *
 * A large one is also written into a sealed file, which the daemon may keep for the
 * machine's next process (keep.c, daemon/image.h); a known image is such a file.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qcu-device/worker/exchange.h"
#include "qcu-device/worker/image.h"
#include "qcu-device/worker/span.h"
#include "qcu-device/worker/upload.h"

#define FATBIN_MAGIC	0xba55ed50u
#define WRAPPER_MAGIC	0x466243b1u

/* Start of a fat binary: header, then @size bytes of entries */
struct fatbin_header {
	uint32_t magic;
	uint16_t version;
	uint16_t header_bytes;
	uint64_t size;
};
_Static_assert(sizeof(struct fatbin_header) == 16, "file format");

/* What __cudaRegisterFatBinary and cuModuleLoadFatBinary are given by nvcc's code */
struct fatbin_wrapper {
	uint32_t magic;
	uint32_t version;	/* 2: @prelinked is there */
	const void *data;
	const void **prelinked;	/* NULL-terminated */
};
_Static_assert(sizeof(struct fatbin_wrapper) == 24, "file format");

/* A fat binary must not be longer than its piece; other forms end by themselves */
static bool outline_holds(const uint8_t *data, uint64_t bytes)
{
	struct fatbin_header header;
	uint64_t end;

	if (bytes < sizeof(header.magic))
		return true;
	memset(&header, 0, sizeof(header));
	memcpy(&header, data, bytes < sizeof(header) ? bytes : sizeof(header));
	if (header.magic != FATBIN_MAGIC)
		return true;
	return !__builtin_add_overflow(header.size, header.header_bytes, &end) && end <= bytes &&
	       header.header_bytes >= sizeof(header);
}

static bool pieces_fit(const struct wire_image *wire, const struct wire_piece *pieces, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t end;

		if (pieces[i].offset % 8 ||
		    __builtin_add_overflow(pieces[i].offset, pieces[i].bytes, &end) ||
		    end > wire->bytes)
			return false;
	}
	return true;
}

/* Have a copy of an image that lies in a region of the guest. */
static CUresult copy_out(struct dispatch *dispatch, const struct wire_image *wire,
			 struct image *image)
{
	struct wire_span where = { .region = wire->region, .offset = wire->offset,
				   .bytes = wire->bytes };
	struct span span;

	if (!span_get(&where, &span))
		return dispatch_refuse(dispatch);
	image->memory = image_memory_new(span.bytes);
	if (image->memory)
		image_memory_fill(image->memory, 0, span.base, span.bytes);
	span_put(&span);
	return image->memory ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

/* Or what has come of it piece by piece */
static CUresult take(struct dispatch *dispatch, const struct wire_image *wire, struct image *image)
{
	const struct wire_upload name = { .id = wire->region, .bytes = wire->bytes };

	return wire->kind & WIRE_IMAGE_SENT ? upload_take(dispatch, &name, &image->memory) :
					      copy_out(dispatch, wire, image);
}

/* The wrapper around piece 0 (data, NULL if empty) and the prelinked others */
static CUresult build_wrapper(struct image *image, const struct wire_piece *pieces, uint32_t n)
{
	struct fatbin_wrapper *wrapper = calloc(1, sizeof(*wrapper) + n * sizeof(void *));

	if (!wrapper)
		return CUDA_ERROR_OUT_OF_MEMORY;
	wrapper->magic = WRAPPER_MAGIC;
	wrapper->version = n > 1 ? 2 : 1;
	wrapper->data = pieces[0].bytes ? image->memory->at + pieces[0].offset : NULL;
	if (n > 1) {
		wrapper->prelinked = (const void **)(wrapper + 1);
		for (uint32_t i = 1; i < n; i++)
			wrapper->prelinked[i - 1] = image->memory->at + pieces[i].offset;
	}
	image->wrapper = wrapper;
	image->data = wrapper;
	return CUDA_SUCCESS;
}

static bool shape_holds(uint32_t kind, const struct wire_piece *pieces, uint32_t n)
{
	if (!pieces || !n || n > WIRE_MAX_PIECES)
		return false;
	return kind == WIRE_IMAGE_WRAPPER || (kind == WIRE_IMAGE_PLAIN && n == 1);
}

/* What is in memory becomes what the driver is given. */
static CUresult complete(struct image *image, uint32_t kind, const struct wire_piece *pieces,
			 uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!outline_holds(image->memory->at + pieces[i].offset, pieces[i].bytes))
			return CUDA_ERROR_INVALID_IMAGE;
	image->data = image->memory->at + pieces[0].offset;
	return kind == WIRE_IMAGE_WRAPPER ? build_wrapper(image, pieces, n) : CUDA_SUCCESS;
}

CUresult image_get(struct dispatch *dispatch, const struct wire_image *wire,
		   const struct wire_piece *pieces, uint32_t n_pieces, struct image *image)
{
	uint32_t kind = wire->kind & ~WIRE_IMAGE_SENT;
	CUresult rc;

	*image = (struct image){ 0 };
	if (!shape_holds(kind, pieces, n_pieces) || !pieces_fit(wire, pieces, n_pieces))
		return dispatch_refuse(dispatch);
	rc = take(dispatch, wire, image);
	if (rc == CUDA_SUCCESS)
		rc = complete(image, kind, pieces, n_pieces);
	if (rc != CUDA_SUCCESS)
		image_put(image);
	else if (n_pieces == 1 && !pieces[0].offset && pieces[0].bytes > WIRE_IMAGE_SMALL)
		image->keep = keep_begin(image->memory, pieces[0].bytes);
	return rc;
}

CUresult image_find(struct dispatch *dispatch, const struct wire_digest *digest, uint32_t kind,
		    uint64_t bytes, struct image *image)
{
	const struct wire_piece piece = { .bytes = bytes };
	CUresult rc;
	int fd;

	*image = (struct image){ 0 };
	if (!shape_holds(kind, &piece, 1))
		return dispatch_refuse(dispatch);
	fd = exchange_image_get(digest, bytes);
	if (fd < 0)
		return CUDA_ERROR_NOT_FOUND;
	image->memory = image_memory_of_file(fd, bytes);
	close(fd);
	rc = image->memory ? complete(image, kind, &piece, 1) : CUDA_ERROR_OUT_OF_MEMORY;
	if (rc != CUDA_SUCCESS)
		image_put(image);
	return rc;
}

void image_loaded(struct image *image, CUresult rc)
{
	keep_end(image->keep, rc == CUDA_SUCCESS);
	image->keep = NULL;
}

void image_put(struct image *image)
{
	keep_end(image->keep, false);
	free(image->wrapper);
	if (image->memory)
		image_memory_put(image->memory);
}

CUresult host_image_known(struct dispatch *dispatch, uint64_t bytes, uint32_t *known)
{
	if (!known)
		return dispatch_refuse(dispatch);
	*known = exchange_image_known(bytes);
	return CUDA_SUCCESS;
}
