/* SPDX-License-Identifier: MIT */
/* Fat binaries: the right PTX comes out of every form, and any bytes at all are survived */
/* links: softgpu/fatbin.c softgpu/log.c softgpu/log_kept.c */
#include "softgpu/fatbin.h"
#include "tests/unit/check.h"

#include <lz4.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum { PLAIN, LZ4, ZSTD };

/* struct fatbin - one being built, a header and entries */
struct fatbin {
	unsigned char bytes[8192];
	size_t size;
};

static void put(struct fatbin *fatbin, size_t at, uint64_t value, size_t bytes)
{
	memcpy(fatbin->bytes + at, &value, bytes);
}

static void begin(struct fatbin *fatbin)
{
	memset(fatbin, 0, sizeof(*fatbin));
	put(fatbin, 0, 0xba55ed50, 4);
	put(fatbin, 4, 1, 2);
	put(fatbin, 6, 16, 2);
	fatbin->size = 16;
}

static void add(struct fatbin *fatbin, int kind, unsigned int arch, uint64_t flags, int packing,
		const char *text)
{
	size_t at = fatbin->size, full = strlen(text) + 1, packed = 0, padded;
	unsigned char *payload = fatbin->bytes + at + 64;

	if (packing == LZ4)
		packed = (size_t)LZ4_compress_default(text, (char *)payload, (int)full, 2000);
	else if (packing == ZSTD)
		packed = ZSTD_compress(payload, 2000, text, full, 3);
	else
		memcpy(payload, text, full);
	padded = ((packed ? packed : full) + 7) & ~(size_t)7;
	put(fatbin, at, (uint64_t)kind, 2);
	put(fatbin, at + 4, 64, 4);
	put(fatbin, at + 8, padded, 8);
	put(fatbin, at + 16, packed, 4);
	put(fatbin, at + 28, arch, 4);
	put(fatbin, at + 40, flags | (packing == LZ4 ? 0x2000 : packing == ZSTD ? 0x8000 : 0), 8);
	put(fatbin, at + 56, packed ? full : 0, 8);
	fatbin->size += 64 + padded;
	put(fatbin, 8, fatbin->size - 16, 8);
}

static void expect(const void *data, size_t size, int capability, const char *text)
{
	struct image *image = NULL;

	CHECK(!(size ? image_read_sized(data, size, capability, &image) :
		       image_read(data, capability, &image)));
	CHECK(image->count == 1 && !strncmp(image->texts[0].text, text, strlen(text)));
	image_put(image);
}

static void choose(void)
{
	static const int packings[] = { PLAIN, LZ4, ZSTD };
	struct image *image;
	struct fatbin fatbin;

	for (int i = 0; i < 3; i++) {
		begin(&fatbin);
		add(&fatbin, 2, 75, 0, PLAIN, "machine code");
		add(&fatbin, 1, 50, 0, packings[i], ".version 5.0 old old old old old old old");
		add(&fatbin, 1, 75, 0, packings[i], ".version 7.5 right right right right right");
		add(&fatbin, 1, 90, 0x100000, packings[i], ".version 9.0 only for 90a");
		add(&fatbin, 1, 120, 0, packings[i], ".version 12.0 too new");
		expect(fatbin.bytes, 0, 75, ".version 7.5 right");
		expect(fatbin.bytes, fatbin.size, 90, ".version 7.5 right");
		expect(fatbin.bytes, fatbin.size, 61, ".version 5.0 old");
		CHECK(image_read_sized(fatbin.bytes, fatbin.size, 35, &image) ==
		      CUDA_ERROR_NO_BINARY_FOR_GPU);
		CHECK(image_read_sized(fatbin.bytes, fatbin.size - 1, 75, &image) ==
		      CUDA_ERROR_INVALID_IMAGE);
	}
	expect(".version 8.0 text", 0, 75, ".version 8.0 text");
	CHECK(image_read_sized("\177ELF", 4, 75, &image) == CUDA_ERROR_NO_BINARY_FOR_GPU);
	CHECK(image_read("no such thing", 75, &image) == CUDA_ERROR_INVALID_IMAGE);
	CHECK(image_read("", 75, &image) == CUDA_ERROR_INVALID_IMAGE);
}

/* What nvcc -rdc=true registers: a list of fat binaries, to be linked; then packed and read again */
static void several(void)
{
	struct { uint32_t magic, version; const void *data, *const *objects; } wrapper;
	struct fatbin first, second, none;
	const void *objects[] = { first.bytes, none.bytes, second.bytes, NULL };
	struct image *image, *again;
	void *packed;
	size_t bytes;

	begin(&first);
	add(&first, 1, 75, 0, ZSTD, ".version 7.5 first");
	begin(&second);
	add(&second, 1, 70, 0, PLAIN, ".version 7.0 second");
	begin(&none);
	add(&none, 2, 75, 0, PLAIN, "machine code");
	wrapper.magic = 0x466243b1;
	wrapper.version = 2;
	wrapper.data = none.bytes;
	wrapper.objects = objects;
	CHECK(!image_read(&wrapper, 75, &image) && image->count == 2);
	CHECK(!strcmp(image->texts[1].text, ".version 7.0 second"));
	CHECK(!image_pack(image, &packed, &bytes));
	CHECK(!image_read_sized(packed, bytes, 75, &again) && again->count == 2);
	CHECK(!strcmp(again->texts[0].text, ".version 7.5 first"));
	image_put(image);
	image_put(again);
	free(packed);
	wrapper.version = 1;
	wrapper.data = second.bytes;
	expect(&wrapper, 0, 75, ".version 7.0 second");
}

/* A copy of exactly the size given, so that a sanitizer sees a byte too many. */
static void survive(void)
{
	struct fatbin fatbin;

	begin(&fatbin);
	add(&fatbin, 1, 52, 0, LZ4, ".version 5.0 one one one one one one one one one one one");
	add(&fatbin, 1, 75, 0, ZSTD, ".version 7.5 two two two two two two two two two two two");
	for (int i = 0; i < 200000; i++) {
		size_t size = rand() % 4 ? fatbin.size : (size_t)rand() % fatbin.size + 1;
		unsigned char *copy = malloc(size);
		struct image *image;

		CHECK(copy);
		memcpy(copy, fatbin.bytes, size);
		for (int n = rand() % 4; n >= 0; n--)
			copy[(size_t)rand() % size] ^= (unsigned char)(1 << rand() % 8);
		if (!image_read_sized(copy, size, 75, &image))
			image_put(image);
		free(copy);
	}
}

int main(void)
{
	setenv("QCUDA_SOFTGPU_LOG", "off", 1);
	srand(1);
	choose();
	several();
	survive();
	return 0;
}
