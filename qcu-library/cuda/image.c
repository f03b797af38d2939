/* SPDX-License-Identifier: MIT */
/*
 * image.c - how long a module image is, and its way to the host
 *
 * CUDA's functions take a pointer and no length.  The forms an image may have:
 *
 *	wrapper		what nvcc puts around fat binaries: pointers to one, and,
 *			in version 2 (-rdc=true), to a NULL-terminated array of more
 *	fat binary	a header that says how long it is
 *	cubin		an ELF file: as long as its last part reaches
 *	PTX		text, up to its NUL
 *
 * The pieces are sent to the host (upload.c), or, to an older one, packed into memory shared
 * with it, each 8-byte aligned; the host puts a wrapper together again (qcu-device/worker/image.c).
 *
 * Of a fat binary only that is sent which the devices of this machine can use (fatbin.c).
 *
 * What another process of this machine has loaded before need not be sent again: an image of one
 * large piece is named by its digest.  To compute that costs half of what sending does, and so
 * the host is asked first whether it has an image of this length at all: the first process pays a round
 * trip and no digest.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "qcu-library/cuda/crew.h"
#include "qcu-library/cuda/fatbin.h"
#include "qcu-library/cuda/handle.h"
#include "qcu-library/cuda/image.h"
#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/remote.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/stats.h"
#include "qcu-library/cuda/upload.h"
#include "wire/digest.h"

#define WRAPPER_MAGIC	0x466243b1u

/* Bytes.  What is shorter is not worth a look. */
#define TRIM_MIN	(16 << 10)

/*
 * Hashing goes on after HASH_TRY_US only if it does HASH_WORTH_IT bytes in a microsecond: on an
 * emulated CPU it takes longer than to copy the image.  It is looked at every HASH_SLICE bytes.
 */
#define HASH_TRY_US	100000
#define HASH_WORTH_IT	400
#define HASH_SLICE	((size_t)4 << 20)

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
	uint32_t magic = magic_of(data);

	if (magic == FATBIN_MAGIC)
		return fatbin_bytes(data);
	if (!memcmp(&magic, ELFMAG, SELFMAG) && ((const uint8_t *)data)[EI_CLASS] == ELFCLASS64)
		return elf_bytes(data);
	return strlen(data) + 1;
}

static CUresult parts_alloc(struct image *image, uint32_t n)
{
	image->n_pieces = n;
	image->pieces = calloc(n, sizeof(*image->pieces));
	image->parts = calloc(n, sizeof(*image->parts));
	image->trimmed = calloc(n, sizeof(*image->trimmed));
	return image->pieces && image->parts && image->trimmed ? CUDA_SUCCESS :
								 CUDA_ERROR_OUT_OF_MEMORY;
}

/* A fat binary goes without what is for other GPUs. */
static void trim(struct image *image)
{
	for (uint32_t i = 0; i < image->n_pieces; i++) {
		const void *part = image->parts[i];
		size_t bytes = image->pieces[i].bytes;

		if (bytes < TRIM_MIN || magic_of(part) != FATBIN_MAGIC)
			continue;
		image->trimmed[i] = fatbin_trim(part, &bytes);
		if (!image->trimmed[i])
			continue;
		image->parts[i] = image->trimmed[i];
		image->pieces[i].bytes = bytes;
	}
}

static CUresult find_parts(struct image *image, const void *data)
{
	struct fatbin_wrapper wrapper = { .data = data };
	uint32_t n_prelinked = 0;
	CUresult rc;

	image->wire.kind = WIRE_IMAGE_PLAIN;
	if (magic_of(data) == WRAPPER_MAGIC) {
		image->wire.kind = WIRE_IMAGE_WRAPPER;
		memcpy(&wrapper, data, sizeof(wrapper));
		if (wrapper.version >= 2 && wrapper.prelinked)
			while (n_prelinked < WIRE_MAX_PIECES && wrapper.prelinked[n_prelinked])
				n_prelinked++;
		if (n_prelinked == WIRE_MAX_PIECES || (!wrapper.data && !n_prelinked))
			return CUDA_ERROR_INVALID_IMAGE;
	}
	rc = parts_alloc(image, 1 + n_prelinked);
	if (rc != CUDA_SUCCESS)
		return rc;
	image->parts[0] = wrapper.data;
	for (uint32_t i = 0; i < n_prelinked; i++)
		image->parts[1 + i] = wrapper.prelinked[i];
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

/* Find out how long the image at @data is; on success image_finish() is due. */
static CUresult image_init(struct image *image, const void *data)
{
	CUresult rc;

	*image = (struct image){ 0 };
	if (!data)
		return CUDA_ERROR_INVALID_VALUE;
	rc = find_parts(image, data);
	for (uint32_t i = 0; rc == CUDA_SUCCESS && i < image->n_pieces; i++)
		image->pieces[i].bytes = image->parts[i] ? plain_bytes(image->parts[i]) : 0;
	if (rc == CUDA_SUCCESS && !option_set(NO_TRIM))
		trim(image);
	if (rc == CUDA_SUCCESS && !lay_out(image))
		rc = CUDA_ERROR_INVALID_IMAGE;
	if (rc != CUDA_SUCCESS)
		image_finish(image, rc);
	return rc;
}

CUresult image_init_bytes(struct image *image, const void *data, size_t bytes)
{
	CUresult rc;

	*image = (struct image){ .wire.kind = WIRE_IMAGE_PLAIN };
	rc = parts_alloc(image, 1);
	if (rc == CUDA_SUCCESS) {
		image->parts[0] = data;
		image->pieces[0].bytes = bytes;
		rc = lay_out(image) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_IMAGE;
	}
	if (rc != CUDA_SUCCESS)
		image_finish(image, rc);
	return rc;
}

void image_finish(struct image *image, CUresult rc)
{
	if (rc != CUDA_SUCCESS && image->wire.kind & WIRE_IMAGE_SENT)
		upload_drop(image);
	if (image->memory)
		shared_free(image->memory, image->bytes, image->wire.region);
	for (uint32_t i = 0; image->trimmed && i < image->n_pieces; i++)
		free(image->trimmed[i]);
	free(image->trimmed);
	free(image->pieces);
	free(image->parts);
}

/* Share a copy with the host. */
static CUresult share(struct image *image)
{
	CUresult rc = shared_alloc(NULL, image->bytes, &image->memory, &image->wire.region);

	if (rc != CUDA_SUCCESS)
		return rc;
	for (uint32_t i = 0; i < image->n_pieces; i++)
		if (image->pieces[i].bytes)
			crew_copy((char *)image->memory + image->pieces[i].offset, image->parts[i],
				  image->pieces[i].bytes, option_copy_threads());
	return CUDA_SUCCESS;
}

CUresult image_send(struct image *image)
{
	CUresult rc = upload_allowed() ? upload(image) : share(image);

	if (rc == CUDA_SUCCESS)
		stats_note_image(image->wire.bytes);
	return rc;
}

static_assert(CREW_GRAIN == DIGEST_GRAIN, "a grain is a grain");

/* struct slice - a part of the image that is hashed, and the number of its first grain */
struct slice {
	struct wire_digest *values;
	uint64_t first;
};

/* @to: a slice, @from: its bytes */
static void hash_grains(void *to, const void *from, size_t at, size_t bytes)
{
	const struct slice *slice = to;
	size_t now;

	for (; bytes; at += now, bytes -= now) {
		size_t grain = at / DIGEST_GRAIN;

		now = bytes < DIGEST_GRAIN ? bytes : DIGEST_GRAIN;
		digest_grain(&slice->values[grain], (const char *)from + at, now,
			     slice->first + grain);
	}
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ull + now.tv_nsec / 1000;
}

/* false if it would take longer than to send the bytes */
static bool hash(struct wire_digest *values, const char *data, size_t bytes)
{
	uint64_t start = now_us();
	size_t now;

	for (size_t at = 0; at < bytes; at += now) {
		struct slice slice = { values + at / DIGEST_GRAIN, at / DIGEST_GRAIN };
		uint64_t spent = now_us() - start;

		if (spent > HASH_TRY_US && at / spent < HASH_WORTH_IT)
			return false;
		now = bytes - at < HASH_SLICE ? bytes - at : HASH_SLICE;
		crew_run(hash_grains, &slice, data + at, now, option_copy_threads());
	}
	return true;
}

/* May the host have it from another process?  If so, its digest is its name. */
static bool is_known(struct image *image)
{
	uint64_t bytes = image->pieces[0].bytes;
	struct wire_digest *values;
	uint32_t known;
	bool good;

	if (option_set(NO_KNOWN) || image->n_pieces > 1 || bytes <= WIRE_IMAGE_SMALL ||
	    send_image_known(bytes, &known) != CUDA_SUCCESS || !known)
		return false;
	values = calloc(digest_grains(bytes), sizeof(*values));
	if (!values)
		return false;
	good = hash(values, image->parts[0], bytes);
	if (good)
		digest_finish(&image->digest, values, digest_grains(bytes));
	free(values);
	return good;
}

CUresult image_load(uint64_t *made, const void *data, struct jit *jit, image_sender *send,
		    image_sender *send_known)
{
	struct image image;
	int result = CUDA_SUCCESS;
	CUresult rc = image_init(&image, data);

	if (rc != CUDA_SUCCESS)
		return rc;
	rc = CUDA_ERROR_NOT_FOUND;
	if (is_known(&image))
		rc = send_known(made, &image, jit, &result);
	if (rc == CUDA_ERROR_NOT_FOUND) {
		rc = image_send(&image);
		if (rc == CUDA_SUCCESS)
			rc = send(made, &image, jit, &result);
	}
	image_finish(&image, rc);
	if (rc != CUDA_SUCCESS)
		return rc;
	jit_done(jit);
	/* The command succeeds also when the load does not, for the logs' sake. */
	if (result != CUDA_SUCCESS)
		handle_drop(*made);
	return result;
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
