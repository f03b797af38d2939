/* SPDX-License-Identifier: MIT */
/*
 * dispatch.c - a worker without CUDA: runs commands whose effect a test can see
 *
 * Stands in for qcu-device/worker/dispatch.c in build/CONFIG/tests/double/qcu-worker.
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qcu-device/worker/dispatch.h"
#include "qcu-device/worker/region.h"
#include "tests/unit/double/dispatch.h"
#include "wire/channel.h"
#include "wire/protocol.h"

struct dispatch {
	uint64_t context;
};

static _Atomic uint64_t posted;

/* The "driver" may be told to take its time, to fail or to die. */
int dispatch_init_process(const char *driver_path, bool warm, bool caged)
{
	if (strstr(driver_path, "slow"))
		usleep(300000);
	if (strstr(driver_path, "dies"))
		abort();
	return strstr(driver_path, "fails") ? QCUDA_ERR_DRIVER : QCUDA_OK;
}

struct dispatch *dispatch_create(uint32_t channel)
{
	return calloc(1, sizeof(struct dispatch));
}

uint32_t dispatch_printed(const struct dispatch *dispatch)
{
	return 0;
}

bool dispatch_is_personal(const struct dispatch *dispatch)
{
	return false;
}

void dispatch_hand_on(struct dispatch *dispatch, bool served)
{
}

void dispatch_destroy(struct dispatch *dispatch)
{
	free(dispatch);
}

/* Sum the bytes of a region of the guest, and write the sum where they were. */
static uint64_t double_sum(uint32_t id)
{
	struct region_ref region;
	uint64_t sum = 0;

	if (!region_get(id, &region))
		return UINT64_MAX;
	for (size_t i = 8; i < region.length; i++)
		sum += ((uint8_t *)region.base)[i];
	memcpy(region.base, &sum, sizeof(sum));
	if ((uintptr_t)region.base == region.vaddr)
		sum |= DOUBLE_SAME_ADDRESS;
	region_put(&region);
	return sum;
}

ssize_t dispatch_command(struct dispatch *dispatch, const void *command, size_t bytes, void *reply,
			 size_t reply_cap)
{
	const struct wire_command *header = command;
	const uint64_t *argument = (const uint64_t *)(header + 1);
	struct wire_reply *answer = reply;
	uint64_t value = 0;

	switch (header->call) {
	case DOUBLE_ECHO:
		if (bytes + sizeof(*answer) > reply_cap)
			return -1;
		*answer = (struct wire_reply){ .bytes = sizeof(*answer) + bytes - sizeof(*header) };
		memcpy(answer + 1, argument, bytes - sizeof(*header));
		return answer->bytes;
	case DOUBLE_POST:
		posted++;
		return 0;
	case DOUBLE_COUNT:
		value = posted;
		break;
	case DOUBLE_SUM:
		value = double_sum(*argument);
		break;
	case DOUBLE_SLEEP:
		usleep(*argument);
		break;
	case DOUBLE_CRASH:
		raise(SIGKILL); /* no sanitizer reports that */
		break;
	case DOUBLE_PID:
		value = getpid();
		break;
	default:
		return -1;
	}
	*answer = (struct wire_reply){ .bytes = sizeof(*answer) + sizeof(value) };
	memcpy(answer + 1, &value, sizeof(value));
	return answer->bytes;
}

void dispatch_region_gone(void *base, size_t length)
{
	/* As if the GPU let go of it: the guest can see that this came first. */
	memset(base, DOUBLE_GONE, length);
}
