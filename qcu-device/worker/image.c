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
 * The copy of a large image is a sealed file, which the daemon may keep for the
 * machine's next process (daemon/image.h); a known image is such a file.
 *
 * A region of a guest may be larger than its memory, pages being in it many times; so
 * the copies have a bound of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qcu-device/worker/exchange.h"
#include "qcu-device/worker/image.h"
#include "qcu-device/worker/span.h"
#include "qcu-library/cuda/crew.h"

#define FATBIN_MAGIC	0xba55ed50u
#define WRAPPER_MAGIC	0x466243b1u
#define IMAGES_MAX	(4ull << 30)	/* bytes of all copies that there are at a time */
#define SEALS		(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

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

static int copy_threads(void)
{
	cpu_set_t set;

	return crew_size(sched_getaffinity(0, sizeof(set), &set) ? 1 : CPU_COUNT(&set));
}

/* The image is the file, of which this many bytes are mapped. */
static bool map_file(struct image *image, size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, image->fd, 0);

	if (memory == MAP_FAILED)
		return false;
	image->copy = memory;
	image->mapped = bytes;
	return true;
}

/* Fill a file with the image and LINK_IMAGE_TAIL zeroes, and seal it. */
static bool copy_to_file(struct image *image, const void *from, size_t bytes)
{
	size_t whole = bytes + LINK_IMAGE_TAIL;
	void *memory;

	image->fd = memfd_create("qcuda image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (image->fd < 0 || ftruncate(image->fd, whole))
		return false;
	memory = mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_SHARED, image->fd, 0);
	if (memory == MAP_FAILED)
		return false;
	crew_copy(memory, from, bytes, copy_threads());
	munmap(memory, whole);
	return !fcntl(image->fd, F_ADD_SEALS, SEALS) && map_file(image, whole);
}

static bool copy_to_memory(struct image *image, const void *from, size_t bytes)
{
	/* Zeroes behind it end a text that the guest did not end. */
	image->copy = malloc(bytes + sizeof(uint64_t));
	if (!image->copy)
		return false;
	memcpy(image->copy, from, bytes);
	memset(image->copy + bytes, 0, sizeof(uint64_t));
	return true;
}

static _Atomic uint64_t held;	/* bytes of the copies */

/* Have a copy of @bytes, if there is room for it. */
static bool hold(struct image *image, uint64_t bytes)
{
	uint64_t before = held;

	do {
		if (bytes > IMAGES_MAX || before > IMAGES_MAX - bytes)
			return false;
	} while (!atomic_compare_exchange_weak(&held, &before, before + bytes));
	image->held = bytes;
	return true;
}

/* @large: the image is one piece of so many bytes, worth keeping; else 0 */
static CUresult copy_out(struct dispatch *dispatch, const struct wire_image *wire, uint64_t large,
			 struct image *image)
{
	struct wire_span where = { .region = wire->region, .offset = wire->offset,
				   .bytes = wire->bytes };
	struct span span;
	bool good;

	if (!span_get(&where, &span))
		return dispatch_refuse(dispatch);
	good = hold(image, large ? large : span.bytes) &&
	       (large ? copy_to_file(image, span.base, large) :
			copy_to_memory(image, span.base, span.bytes));
	span_put(&span);
	return good ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
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
	uint64_t large = 0;
	CUresult rc;

	*image = (struct image){ .fd = -1 };
	if (!pieces || !n_pieces || n_pieces > WIRE_MAX_PIECES ||
	    (wire->kind == WIRE_IMAGE_PLAIN && n_pieces != 1) ||
	    (wire->kind != WIRE_IMAGE_PLAIN && wire->kind != WIRE_IMAGE_WRAPPER) ||
	    !pieces_fit(wire, pieces, n_pieces))
		return dispatch_refuse(dispatch);
	if (n_pieces == 1 && !pieces[0].offset && pieces[0].bytes > WIRE_IMAGE_SMALL)
		large = pieces[0].bytes;
	rc = copy_out(dispatch, wire, large, image);
	if (rc != CUDA_SUCCESS)
		goto err_put;
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

CUresult image_find(struct dispatch *dispatch, const struct wire_digest *digest, uint32_t kind,
		    uint64_t bytes, struct image *image)
{
	const struct wire_piece piece = { .bytes = bytes };
	CUresult rc = CUDA_ERROR_NOT_FOUND;

	*image = (struct image){ .fd = -1, .known = true };
	if (kind != WIRE_IMAGE_PLAIN && kind != WIRE_IMAGE_WRAPPER)
		return dispatch_refuse(dispatch);
	image->fd = exchange_image_get(digest, bytes);
	if (image->fd < 0)
		return rc;
	rc = CUDA_ERROR_OUT_OF_MEMORY;
	if (!map_file(image, bytes + LINK_IMAGE_TAIL))
		goto err_put;
	rc = CUDA_ERROR_INVALID_IMAGE;
	if (!outline_holds(image->copy, bytes))
		goto err_put;
	image->data = image->copy;
	rc = kind == WIRE_IMAGE_WRAPPER ? build_wrapper(image, &piece, 1) : CUDA_SUCCESS;
	if (rc == CUDA_SUCCESS)
		return CUDA_SUCCESS;
err_put:
	image_put(image);
	return rc;
}

void image_keep(const struct image *image)
{
	if (image->mapped && !image->known)
		exchange_image_keep(image->fd);
}

void image_put(struct image *image)
{
	held -= image->held;
	free(image->wrapper);
	if (image->mapped)
		munmap(image->copy, image->mapped);
	else
		free(image->copy);
	if (image->fd >= 0)
		close(image->fd);
}

CUresult host_image_known(struct dispatch *dispatch, uint64_t bytes, uint32_t *known)
{
	if (!known)
		return dispatch_refuse(dispatch);
	*known = exchange_image_known(bytes);
	return CUDA_SUCCESS;
}
