/* SPDX-License-Identifier: MIT */
/*
 * Copies go the way that the memory and the size ask for, and arrive whole
 *
 * The host's device memory is an array.  Random pieces of it are written and read
 * through pageable, pinned and registered memory, in one and more dimensions.
 */
/* links: qcu-library/cuda_library.c tests/unit/double/host.c */
#include <string.h>

#include "tests/unit/double/host.h"

#define DEVICE_BYTES	(64u << 20)

static uint8_t device[DEVICE_BYTES];
static uint64_t device_base;	/* what the guest calls its first byte */

static uint8_t *at(const void *address)
{
	uint64_t offset = *(const uint64_t *)address - device_base;

	CHECK(offset < DEVICE_BYTES);
	return device + offset;
}

static CUresult alloc(struct arg *argv)
{
	*(uint64_t *)argv[0].p = device_base;
	return CUDA_SUCCESS;
}

static CUresult write_inline(struct arg *argv)
{
	const struct arg *data = &argv[2];

	memcpy(at(argv[0].p), data->p, data->n);
	return CUDA_SUCCESS;
}

static CUresult write_inline_async(struct arg *argv)
{
	memcpy(at(argv[0].p), argv[3].p, argv[3].n);
	return CUDA_SUCCESS;
}

static CUresult read_inline(struct arg *argv)
{
	memcpy(argv[2].p, at(argv[0].p), argv[2].n);
	return CUDA_SUCCESS;
}

static CUresult read_inline_async(struct arg *argv)
{
	memcpy(argv[3].p, at(argv[0].p), argv[3].n);
	return CUDA_SUCCESS;
}

static CUresult write_region(struct arg *argv)
{
	const struct wire_span *span = argv[1].p;

	memcpy(at(argv[0].p), host_span(span), span->bytes);
	return CUDA_SUCCESS;
}

static CUresult read_region(struct arg *argv)
{
	const struct wire_span *span = argv[1].p;

	memcpy(host_span(span), at(argv[0].p), span->bytes);
	return CUDA_SUCCESS;
}

static uint8_t *row(const struct wire_operand *side, const struct wire_copy3d *copy, uint64_t y,
		    uint64_t z)
{
	uint64_t offset = ((side->z + z) * side->height + side->y + y) * side->pitch +
			  side->x_bytes;
	uint64_t address = side->address + offset;
	struct wire_span span = { .region = side->region, .offset = address,
				  .bytes = copy->width_bytes };

	return side->place == WIRE_PLACE_DEVICE ? at(&address) : host_span(&span);
}

static CUresult copy3d(struct arg *argv)
{
	const struct wire_copy3d *copy = argv[0].p;

	for (uint64_t z = 0; z < copy->depth; z++)
		for (uint64_t y = 0; y < copy->height; y++)
			memmove(row(&copy->dst, copy, y, z), row(&copy->src, copy, y, z),
				copy->width_bytes);
	return CUDA_SUCCESS;
}

/* How many commands of these two kinds came since the last time */
static unsigned came(enum call_id a, enum call_id b)
{
	static unsigned seen[CALL_ID_END];
	unsigned n = host_count[a] + host_count[b] - seen[a] - seen[b];

	seen[a] = host_count[a];
	seen[b] = host_count[b];
	return n;
}

/* Write @bytes of @memory to the device and read them back, synchronously and not. */
static void there_and_back(uint8_t *memory, size_t bytes, bool region)
{
	CUdeviceptr to = device_base + rand() % 1000;
	uint8_t *model = malloc(bytes);

	for (int async = 0; async < 2; async++) {
		for (size_t i = 0; i < bytes; i++)
			model[i] = memory[i] = rand() >> 8;
		CHECK(!(async ? cuMemcpyHtoDAsync(to, memory, bytes, NULL) :
				cuMemcpyHtoD(to, memory, bytes)));
		CHECK(!cuStreamSynchronize(NULL));
		CHECK(!memcmp(device + (to - device_base), model, bytes));
		memset(memory, 0, bytes);
		CHECK(!(async ? cuMemcpyAsync((CUdeviceptr)memory, to, bytes, NULL) :
				cuMemcpyDtoH(memory, to, bytes)));
		CHECK(!cuStreamSynchronize(NULL));
		CHECK(!memcmp(memory, model, bytes));
		if (region) {
			CHECK(came(CALL_write_region, CALL_write_region_async) == 1);
			CHECK(came(CALL_read_region, CALL_read_region_async) == 1);
			CHECK(!came(CALL_write_inline, CALL_write_inline_async));
		} else if (bytes <= 1024) {
			CHECK(came(CALL_write_inline, CALL_write_inline_async) == 1);
			CHECK(came(CALL_read_inline, CALL_read_inline_async) == 1);
			CHECK(!came(CALL_write_region, CALL_write_region_async));
		} else if (bytes <= 16384) {
			CHECK(came(CALL_write_inline, CALL_write_inline_async) == 1);
			CHECK(came(CALL_read_region, CALL_read_region_async) == 1);
		}
		came(CALL_write_region, CALL_write_region_async);
		came(CALL_read_region, CALL_read_region_async);
	}
	free(model);
}

static void linear(void)
{
	static const size_t sizes[] = { 1, 100, 16384, 16385, 262144, 262145, 3 << 20, 21 << 20 };
	uint8_t *pinned, *plain = malloc(DEVICE_BYTES);

	CHECK(!cuMemHostAlloc((void **)&pinned, DEVICE_BYTES, 0));
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		there_and_back(plain + i, sizes[i], false);
		there_and_back(pinned + i, sizes[i], true);
	}
	CHECK(!cuMemHostRegister(plain + 5000, 100000, 0));
	there_and_back(plain + 5001, 99999, true);
	there_and_back(plain + 4999, 100000, false);	/* begins outside */
	there_and_back(plain + 5001, 100000, false);	/* ends outside */
	CHECK(!cuMemHostUnregister(plain + 5000));
	there_and_back(plain + 5001, 99999, false);
	CHECK(!cuMemFreeHost(pinned));
	free(plain);
}

/* Registrations that meet within a page: the second has parts in two regions. */
static void neighbours(void)
{
	uint8_t *memory = aligned_alloc(4096, 16384);
	unsigned before = host_regions;

	CHECK(!cuMemHostRegister(memory + 100, 5000, 0));
	CHECK(!cuMemHostRegister(memory + 5100, 5000, 0));
	CHECK(host_regions == before + 2);
	CHECK(cuMemHostRegister(memory + 5099, 1, 0) == CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED);
	there_and_back(memory + 100, 5000, true);
	there_and_back(memory + 5100, 5000, false);
	CHECK(!cuMemHostUnregister(memory + 100));
	CHECK(host_regions == before + 2);	/* its pages have another user */
	there_and_back(memory + 5100, 5000, false);
	CHECK(!cuMemHostUnregister(memory + 5100));
	CHECK(host_regions == before);
	free(memory);
}

static void rows(uint8_t *host, size_t width, size_t height, size_t depth)
{
	size_t pitch = width + rand() % 50, slice = height + rand() % 3;
	CUDA_MEMCPY3D copy = {
		.srcXInBytes = 3, .srcY = 1, .srcZ = 0, .srcMemoryType = CU_MEMORYTYPE_HOST,
		.srcHost = host, .srcPitch = pitch + 3, .srcHeight = slice + 1,
		.dstXInBytes = 7, .dstY = 2, .dstZ = 1, .dstMemoryType = CU_MEMORYTYPE_DEVICE,
		.dstDevice = device_base + 5, .dstPitch = pitch + 9, .dstHeight = slice + 2,
		.WidthInBytes = width, .Height = height, .Depth = depth,
	};
	size_t bytes = (pitch + 3) * (slice + 1) * depth;
	uint8_t *model = malloc(bytes);

	for (size_t i = 0; i < bytes; i++)
		model[i] = host[i] = rand() >> 8;
	CHECK(!cuMemcpy3D(&copy));
	for (size_t z = 0; z < depth; z++)
		for (size_t y = 0; y < height; y++)
			CHECK(!memcmp(device + 5 + ((z + 1) * (slice + 2) + y + 2) * (pitch + 9) + 7,
				      model + (z * (slice + 1) + y + 1) * (pitch + 3) + 3, width));
	memset(host, 0xaa, bytes);
	copy = (CUDA_MEMCPY3D){
		.srcXInBytes = 7, .srcY = 2, .srcZ = 1, .srcMemoryType = CU_MEMORYTYPE_UNIFIED,
		.srcDevice = device_base + 5, .srcPitch = pitch + 9, .srcHeight = slice + 2,
		.dstXInBytes = 3, .dstY = 1, .dstMemoryType = CU_MEMORYTYPE_UNIFIED,
		.dstDevice = (CUdeviceptr)host, .dstPitch = pitch + 3, .dstHeight = slice + 1,
		.WidthInBytes = width, .Height = height, .Depth = depth,
	};
	CHECK(!cuMemcpy3DAsync(&copy, CU_STREAM_PER_THREAD));
	/* The copied box is as it was, and nothing around it was touched. */
	for (size_t i = 0; i < bytes; i++) {
		size_t x = i % (pitch + 3), y = i / (pitch + 3) % (slice + 1);
		bool copied = x >= 3 && x < 3 + width && y >= 1 && y < 1 + height;

		CHECK(host[i] == (copied ? model[i] : 0xaa));
	}
	free(model);
}

static void rectangles(void)
{
	uint8_t *pinned, *plain = malloc(DEVICE_BYTES);

	CHECK(!cuMemHostAlloc((void **)&pinned, DEVICE_BYTES, 0));
	for (int i = 0; i < 10; i++) {
		size_t width = 1 + rand() % 300, height = 1 + rand() % 30, depth = 1 + rand() % 9;

		rows(plain, width, height, depth);
		rows(pinned, width, height, depth);
	}
	rows(plain, 5 << 20, 2, 1);	/* a row longer than the usual staging memory */
	rows(plain, 3000, 3000, 1);	/* more rows than fit */
	rows(plain, 1000, 1000, 6);	/* more slices than fit */
	CHECK(!cuMemFreeHost(pinned));
	free(plain);
}

int main(void)
{
	CUdeviceptr memory;

	device_base = host_hole(DEVICE_BYTES);
	host_answers[CALL_cuMemAlloc_v2] = alloc;
	host_answers[CALL_write_inline] = write_inline;
	host_answers[CALL_write_inline_async] = write_inline_async;
	host_answers[CALL_read_inline] = read_inline;
	host_answers[CALL_read_inline_async] = read_inline_async;
	host_answers[CALL_write_region] = host_answers[CALL_write_region_async] = write_region;
	host_answers[CALL_read_region] = host_answers[CALL_read_region_async] = read_region;
	host_answers[CALL_copy3d] = host_answers[CALL_copy3d_async] = copy3d;
	host_start();
	CHECK(!cuMemAlloc(&memory, DEVICE_BYTES) && memory == device_base);
	linear();
	neighbours();
	rectangles();
	return 0;
}
