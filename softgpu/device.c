/* SPDX-License-Identifier: MIT */
/* device.c - the devices there are, as the environment says */
#include "softgpu/device.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "softgpu/driver.h"
#include "softgpu/log.h"
#include "softgpu/memory.h"

#define DEFAULT_ARCH	"7.5"
#define DEFAULT_MEMORY	((uint64_t)4 << 30)
#define LEAST_MEMORY	((uint64_t)16 << 20)
#define MOST_MEMORY	((uint64_t)1 << 40)

static const struct arch archs[] = {
	{ 5, 0, 2048, 32,  64 << 10,  48 << 10, 128, 32 },
	{ 5, 2, 2048, 32,  96 << 10,  48 << 10, 128, 32 },
	{ 6, 0, 2048, 32,  64 << 10,  48 << 10,  64,  2 },
	{ 6, 1, 2048, 32,  96 << 10,  48 << 10, 128, 32 },
	{ 7, 0, 2048, 32,  96 << 10,  96 << 10,  64,  2 },
	{ 7, 5, 1024, 16,  64 << 10,  64 << 10,  64, 32 },
	{ 8, 0, 2048, 32, 164 << 10, 163 << 10,  64,  2 },
	{ 8, 6, 1536, 16, 100 << 10,  99 << 10, 128, 64 },
	{ 8, 9, 1536, 24, 100 << 10,  99 << 10, 128, 64 },
	{ 9, 0, 2048, 32, 228 << 10, 227 << 10, 128,  2 },
};

static struct device devices[DEVICE_MOST];
static int n_devices;		/* that the program sees */

/* arch_named() - "7.5" or "75"; NULL: there is none of that name */
static const struct arch *arch_named(const char *name)
{
	char text[16];

	for (size_t i = 0; i < ARRAY_SIZE(archs); i++) {
		snprintf(text, sizeof(text), "%d.%d", archs[i].major, archs[i].minor);
		if (!strcmp(name, text))
			return &archs[i];
		snprintf(text, sizeof(text), "%d%d", archs[i].major, archs[i].minor);
		if (!strcmp(name, text))
			return &archs[i];
	}
	return NULL;
}

static const struct arch *configured_arch(void)
{
	const char *name = getenv("QCUDA_SOFTGPU_CC");
	const struct arch *arch = arch_named(name && *name ? name : DEFAULT_ARCH);

	if (arch)
		return arch;
	log_error("QCUDA_SOFTGPU_CC=%s is no compute capability from 5.0 to 9.0: it is " DEFAULT_ARCH, name);
	return arch_named(DEFAULT_ARCH);
}

/* memory_size() - "512M", "6G", or bytes; 0 if it is none of these */
static uint64_t memory_size(const char *text)
{
	unsigned long long value;
	int shift = 0;
	char *end;

	value = strtoull(text, &end, 0);
	switch (*end) {
	case 'T': case 't':
		shift += 10; /* fall through */
	case 'G': case 'g':
		shift += 10; /* fall through */
	case 'M': case 'm':
		shift += 10; /* fall through */
	case 'K': case 'k':
		shift += 10;
		end++;
	}
	if (end == text || *end || value > MOST_MEMORY >> shift)
		return 0;
	return value << shift;
}

static uint64_t configured_memory(void)
{
	const char *text = getenv("QCUDA_SOFTGPU_MEM");
	uint64_t bytes = text && *text ? memory_size(text) : DEFAULT_MEMORY;

	if (bytes >= LEAST_MEMORY && bytes <= MOST_MEMORY)
		return bytes & ~(uint64_t)0xfffff;
	log_error("QCUDA_SOFTGPU_MEM=%s is no size from 16M to 1T: it is 4G", text);
	return DEFAULT_MEMORY;
}

/* configured_timeout() - in milliseconds, the least limit being one; 0: there is none */
static unsigned int configured_timeout(void)
{
	const char *text = getenv("QCUDA_SOFTGPU_TIMEOUT");
	double seconds;
	char *end;

	if (!text || !*text)
		return 0;
	seconds = strtod(text, &end);
	if (!*end && seconds >= 0 && seconds <= 1e6)
		return (unsigned int)ceil(seconds * 1e3);
	log_error("QCUDA_SOFTGPU_TIMEOUT=%s is no number of seconds: there is no limit", text);
	return 0;
}

/* configured_devices() - how many there are, whether or not the program sees them */
static int configured_devices(void)
{
	const char *text = getenv("QCUDA_SOFTGPU_DEVICES");
	int n = text ? atoi(text) : 1;

	return n < 1 ? 1 : n > DEVICE_MOST ? DEVICE_MOST : n;
}

static CUuuid uuid_of(int number)
{
	CUuuid uuid = { {
		0x71, 0x43, 0x55, 0x44, 0x41, 0x00, 0x40, 0x00,
		(char)0x80, 0x00, 0x73, 0x6f, 0x66, 0x74, 0x00, (char)number,
	} };

	return uuid;
}

/* is_prefix_of_uuid() - is a word the beginning of the UUID in its usual form? */
static bool is_prefix_of_uuid(const char *word, size_t length, CUuuid uuid)
{
	char full[40], *at = full;

	for (size_t i = 0; i < sizeof(uuid.bytes); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		at += sprintf(at, "%02x", (unsigned char)uuid.bytes[i]);
	}
	return !strncmp(word, full, length);
}

/* find_visible() - the device that a word of $CUDA_VISIBLE_DEVICES means; -1: none */
static int find_visible(const char *word, size_t length, int there)
{
	char *end;
	long number = strtol(word, &end, 10);

	if (end != word && end == word + length)
		return number >= 0 && number < there ? (int)number : -1;
	if (length <= 4 || strncmp(word, "GPU-", 4))
		return -1;
	for (int i = 0; i < there; i++)
		if (is_prefix_of_uuid(word + 4, length - 4, uuid_of(i)))
			return i;
	return -1;
}

static void add(int number, const struct arch *arch, uint64_t memory)
{
	struct device *device = &devices[n_devices];

	device->ordinal = n_devices++;
	device->arch = arch;
	device->memory_bytes = memory;
	snprintf(device->name, sizeof(device->name), "qCUDA Software GPU");
	device->uuid = uuid_of(number);
	pthread_mutex_init(&device->lock, NULL);
}

/* CUDA C++ Programming Guide, "CUDA Environment Variables": those listed, up to the first that is none */
static void choose_visible(int there)
{
	const char *word = getenv("CUDA_VISIBLE_DEVICES");
	const struct arch *arch = configured_arch();
	uint64_t memory = configured_memory();
	unsigned int timeout = configured_timeout();

	if (!word)
		for (int i = 0; i < there; i++)
			add(i, arch, memory);
	while (word && *word && n_devices < DEVICE_MOST) {
		size_t length = strcspn(word, ",");
		int number = find_visible(word, length, there);

		if (number < 0)
			break;
		add(number, arch, memory);
		word += length + (word[length] == ',');
	}
	for (int i = 0; i < n_devices; i++)
		devices[i].timeout_ms = timeout;
}

CUresult device_init(void)
{
	if (!n_devices)
		choose_visible(configured_devices());
	if (!n_devices)
		return CUDA_ERROR_NO_DEVICE;
	return memory_init(n_devices * devices->memory_bytes);
}

int device_count(void)
{
	return n_devices;
}

struct device *device_get(CUdevice ordinal)
{
	return ordinal >= 0 && ordinal < n_devices ? &devices[ordinal] : NULL;
}

CUresult device_of_location(const CUmemLocation *location)
{
	switch (location->type) {
	case CU_MEM_LOCATION_TYPE_DEVICE:
		return device_get(location->id) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
	case CU_MEM_LOCATION_TYPE_HOST:
	case CU_MEM_LOCATION_TYPE_HOST_NUMA:
		return CUDA_ERROR_NOT_SUPPORTED;
	default:
		return CUDA_ERROR_INVALID_VALUE;
	}
}

CUresult device_of_memory(const CUmemLocation *location, CUmemAllocationHandleType handle_types)
{
	if (location->type == CU_MEM_LOCATION_TYPE_HOST && handle_types)
		return CUDA_ERROR_INVALID_VALUE;
	return device_of_location(location);
}
