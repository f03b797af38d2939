/* SPDX-License-Identifier: MIT */
/* device.c - the devices there are, as the environment says */
#include "softgpu/device.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "softgpu/driver.h"
#include "softgpu/memory.h"

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

static struct device the_device;
static int devices;

/* find_arch() - the one of this name ("7.5" or "75"), else 7.5 */
static const struct arch *find_arch(const char *name)
{
	const struct arch *found = NULL;
	char text[16];

	for (size_t i = 0; i < ARRAY_SIZE(archs); i++) {
		const struct arch *arch = &archs[i];

		if (arch->major == 7 && arch->minor == 5 && !found)
			found = arch;
		snprintf(text, sizeof(text), "%d.%d", arch->major, arch->minor);
		if (name && !strcmp(name, text))
			found = arch;
		snprintf(text, sizeof(text), "%d%d", arch->major, arch->minor);
		if (name && !strcmp(name, text))
			found = arch;
	}
	return found;
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
	uint64_t bytes = text ? memory_size(text) : DEFAULT_MEMORY;

	if (bytes < LEAST_MEMORY || bytes > MOST_MEMORY)
		return DEFAULT_MEMORY;
	return bytes & ~(uint64_t)0xfffff;
}

static void identify(struct device *device)
{
	static const unsigned char uuid[16] = {
		0x71, 0x43, 0x55, 0x44, 0x41, 0x00, 0x40, 0x00,
		0x80, 0x00, 0x73, 0x6f, 0x66, 0x74, 0x00, 0x00,
	};

	snprintf(device->name, sizeof(device->name), "qCUDA Software GPU");
	memcpy(device->uuid.bytes, uuid, sizeof(uuid));
	device->uuid.bytes[15] = (char)device->ordinal;
}

/* is_prefix_of_uuid() - does @text, up to a comma, begin the UUID in its usual form? */
static bool is_prefix_of_uuid(const char *text, const CUuuid *uuid)
{
	char full[40], *at = full;

	for (size_t i = 0; i < sizeof(uuid->bytes); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		at += sprintf(at, "%02x", (unsigned char)uuid->bytes[i]);
	}
	return !strncmp(text, full, strcspn(text, ","));
}

/*
 * visible() - does $CUDA_VISIBLE_DEVICES show the device?  Numbers and UUIDs, comma between; what
 * follows one that does not exist is not looked at
 */
static bool visible(const struct device *device)
{
	const char *list = getenv("CUDA_VISIBLE_DEVICES");
	char *end;

	if (!list)
		return true;
	if (!strncmp(list, "GPU-", 4))
		return is_prefix_of_uuid(list + 4, &device->uuid);
	return strtol(list, &end, 10) == device->ordinal && end != list;
}

CUresult device_init(void)
{
	CUresult result;

	the_device.arch = find_arch(getenv("QCUDA_SOFTGPU_CC"));
	the_device.memory_bytes = configured_memory();
	identify(&the_device);
	if (!visible(&the_device))
		return CUDA_ERROR_NO_DEVICE;
	pthread_mutex_init(&the_device.lock, NULL);
	result = memory_init(the_device.memory_bytes);
	if (result)
		return result;
	devices = 1;
	return CUDA_SUCCESS;
}

int device_count(void)
{
	return devices;
}

struct device *device_get(CUdevice ordinal)
{
	return ordinal >= 0 && ordinal < devices ? &the_device : NULL;
}
