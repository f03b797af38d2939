/* SPDX-License-Identifier: MIT */
/*
 * image.c - module images from the guest
 *
 * An image is PTX text, a cubin, a fat binary, or the wrapper that nvcc puts
 * around fat binaries.  The driver's functions take no length, so the worker
 * gives them only a private copy whose outline it has checked: text ends in a
 * NUL, a fat binary is as long as its header says.  A wrapper holds pointers;
 * it is built anew around the copies of its pieces.
 */
#include <stdlib.h>
#include <string.h>

#include "qcu-device/worker/image.h"
#include "qcu-device/worker/span.h"

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

static CUresult copy_out(struct dispatch *dispatch, const struct wire_image *wire, uint8_t **copy)
{
	struct wire_span where = { .region = wire->region, .offset = wire->offset,
				   .bytes = wire->bytes };
	CUresult rc = CUDA_ERROR_OUT_OF_MEMORY;
	struct span span;

	if (!span_get(&where, &span))
		return dispatch_refuse(dispatch);
	/* Zeroes behind it end a text that the guest did not end. */
	*copy = malloc(span.bytes + sizeof(uint64_t));
	if (*copy) {
		memcpy(*copy, span.base, span.bytes);
		memset(*copy + span.bytes, 0, sizeof(uint64_t));
		rc = CUDA_SUCCESS;
	}
	span_put(&span);
	return rc;
}

/* The wrapper around piece 0 (data, NULL if empty) and the prelinked others */
static CUresult build_wrapper(struct image *image, const struct wire_piece *pieces, uint32_t n)
{
	struct fatbin_wrapper *wrapper = calloc(1, sizeof(*wrapper) + n * sizeof(void *));

	if (!wrapper)
		return CUDA_ERROR_OUT_OF_MEMORY;
	wrapper->magic = WRAPPER_MAGIC;
	wrapper->version = n > 1 ? 2 : 1;
	wrapper->data = pieces[0].bytes ? image->copy + pieces[0].offset : NULL;
	if (n > 1) {
		wrapper->prelinked = (const void **)(wrapper + 1);
		for (uint32_t i = 1; i < n; i++)
			wrapper->prelinked[i - 1] = image->copy + pieces[i].offset;
	}
	image->wrapper = wrapper;
	image->data = wrapper;
	return CUDA_SUCCESS;
}

CUresult image_get(struct dispatch *dispatch, const struct wire_image *wire,
		   const struct wire_piece *pieces, uint32_t n_pieces, struct image *image)
{
	CUresult rc;

	memset(image, 0, sizeof(*image));
	if (!pieces || !n_pieces || n_pieces > WIRE_MAX_PIECES ||
	    (wire->kind == WIRE_IMAGE_PLAIN && n_pieces != 1) ||
	    (wire->kind != WIRE_IMAGE_PLAIN && wire->kind != WIRE_IMAGE_WRAPPER) ||
	    !pieces_fit(wire, pieces, n_pieces))
		return dispatch_refuse(dispatch);
	rc = copy_out(dispatch, wire, &image->copy);
	if (rc != CUDA_SUCCESS)
		return rc;
	rc = CUDA_ERROR_INVALID_IMAGE;
	for (uint32_t i = 0; i < n_pieces; i++)
		if (!outline_holds(image->copy + pieces[i].offset, pieces[i].bytes))
			goto err_put;
	image->data = image->copy + pieces[0].offset;
	rc = CUDA_SUCCESS;
	if (wire->kind == WIRE_IMAGE_WRAPPER)
		rc = build_wrapper(image, pieces, n_pieces);
	if (rc == CUDA_SUCCESS)
		return CUDA_SUCCESS;
err_put:
	image_put(image);
	return rc;
}

void image_put(struct image *image)
{
	free(image->wrapper);
	free(image->copy);
}
