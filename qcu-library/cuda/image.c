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
#define LOG_MAX		(32u << 10)	/* two of them fit a reply */

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

/* Lay the parts out one after another; false if they are longer than memory. */
static bool lay_out(struct image *image, const struct parts *parts)
{
	uint64_t at = 0;

	for (uint32_t i = 0; i < parts->n; i++) {
		struct wire_piece *piece = &image->pieces[i];

		piece->offset = at;
		piece->bytes = parts->data[i] ? plain_bytes(parts->data[i]) : 0;
		if (__builtin_add_overflow(at, piece->bytes, &at) || at > SIZE_MAX / 2)
			return false;
		at = (at + 7) & ~(uint64_t)7;
	}
	image->wire.bytes = at;
	image->bytes = (at + PAGE_BYTES - 1) & ~(size_t)(PAGE_BYTES - 1);
	return true;
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
	rc = CUDA_ERROR_OUT_OF_MEMORY;
	image->n_pieces = parts.n;
	image->pieces = calloc(parts.n, sizeof(*image->pieces));
	if (!image->pieces)
		goto err_parts;
	rc = CUDA_ERROR_INVALID_IMAGE;
	if (!lay_out(image, &parts))
		goto err_pieces;
	rc = shared_alloc(NULL, image->bytes, &image->memory, &image->wire.region);
	if (rc != CUDA_SUCCESS)
		goto err_pieces;
	for (uint32_t i = 0; i < parts.n; i++)
		if (image->pieces[i].bytes)
			memcpy((char *)image->memory + image->pieces[i].offset, parts.data[i],
			       image->pieces[i].bytes);
	free(parts.data);
	return CUDA_SUCCESS;

err_pieces:
	free(image->pieces);
err_parts:
	free(parts.data);
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

CUresult image_read(const char *path, void **data)
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
	return CUDA_SUCCESS;

err_free:
	free(bytes);
err_close:
	close(fd);
	return rc;
}

/* Does an option travel as it is?  Those that do not are about logs, or are obsolete. */
static bool is_plain(CUjit_option option)
{
	switch (option) {
	case CU_JIT_MAX_REGISTERS:
	case CU_JIT_THREADS_PER_BLOCK:
	case CU_JIT_OPTIMIZATION_LEVEL:
	case CU_JIT_TARGET_FROM_CUCONTEXT:
	case CU_JIT_TARGET:
	case CU_JIT_FALLBACK_STRATEGY:
	case CU_JIT_GENERATE_DEBUG_INFO:
	case CU_JIT_LOG_VERBOSE:
	case CU_JIT_GENERATE_LINE_INFO:
	case CU_JIT_CACHE_MODE:
	case CU_JIT_POSITION_INDEPENDENT_CODE:
	case CU_JIT_MIN_CTA_PER_SM:
	case CU_JIT_MAX_THREADS_PER_BLOCK:
	case CU_JIT_OVERRIDE_DIRECTIVE_VALUES:
		return true;
	default:
		return false;
	}
}

static uint32_t log_bytes(void *value)
{
	uintptr_t bytes = (unsigned int)(uintptr_t)value;

	return bytes < LOG_MAX ? bytes : LOG_MAX;
}

CUresult jit_init(struct jit *jit, unsigned int n, const CUjit_option *options, void **values)
{
	*jit = (struct jit){ 0 };
	if (n > JIT_MAX_OPTIONS || (n && (!options || !values)))
		return CUDA_ERROR_INVALID_VALUE;
	for (unsigned int i = 0; i < n; i++) {
		switch (options[i]) {
		case CU_JIT_INFO_LOG_BUFFER:
			jit->info.buffer = values[i];
			break;
		case CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES:
			jit->info.bytes = log_bytes(values[i]);
			jit->info.written = &values[i];
			break;
		case CU_JIT_ERROR_LOG_BUFFER:
			jit->error.buffer = values[i];
			break;
		case CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES:
			jit->error.bytes = log_bytes(values[i]);
			jit->error.written = &values[i];
			break;
		case CU_JIT_WALL_TIME:
			jit->wall_time = &values[i];
			break;
		default:
			if (!is_plain(options[i]))
				return CUDA_ERROR_NOT_SUPPORTED;
			jit->options[jit->n++] = (struct wire_option){
				.option = options[i], .value = (uintptr_t)values[i] };
		}
	}
	if (!jit->info.buffer)
		jit->info.bytes = 0;
	if (!jit->error.buffer)
		jit->error.bytes = 0;
	return CUDA_SUCCESS;
}

static void log_done(struct jit_log *log)
{
	size_t n = log->bytes ? strnlen(log->buffer, log->bytes) : 0;

	if (log->bytes && n == log->bytes)
		log->buffer[--n] = '\0';
	if (log->written)
		*log->written = POINTER(n);
}

void jit_done(struct jit *jit)
{
	float none = 0;

	log_done(&jit->info);
	log_done(&jit->error);
	/* CUDA Driver API: the value itself is the float. */
	if (jit->wall_time)
		memcpy(jit->wall_time, &none, sizeof(none));
}
