/* SPDX-License-Identifier: MIT */
/* guest.c - a guest whose commands go straight to the worker's dispatcher */
#include <stdlib.h>
#include <string.h>

#include "qcu-device/worker/control.h"
#include "qcu-device/worker/dispatch.h"
#include "qcu-device/worker/driver.h"
#include "tests/unit/check.h"
#include "tests/unit/double/guest.h"
#include "wire/channel.h"
#include "wire/codec.h"

struct dispatch *dispatch;
_Alignas(8) uint8_t reply[REPLY_CAP];
uint64_t current;
CUcontext current_context;
jmp_buf ends;

void control_end(const char *why)
{
	longjmp(ends, 1);
}

static CUresult CUDAAPI set_current(CUcontext context)
{
	current_context = context;
	return CUDA_SUCCESS;
}

static ssize_t dispatch_call(uint32_t id, const struct arg *argv, uint16_t flags)
{
	static uint64_t posted;
	const struct call *call = call_find(id);
	struct wire_command header = { .call = id, .flags = flags, .context = current,
				       .ticket = posted };
	struct request request;
	uint8_t *command, *at;
	ssize_t n;

	CHECK(request_encode(&request, call, argv));
	header.bytes = sizeof(header) + request.bytes;
	command = malloc(header.bytes);
	memcpy(command, &header, sizeof(header));
	at = command + sizeof(header);
	for (int i = 0; i < request.n_iov; i++) {
		memcpy(at, request.iov[i].iov_base, request.iov[i].iov_len);
		at += request.iov[i].iov_len;
	}
	n = dispatch_command(dispatch, command, header.bytes, reply, REPLY_CAP);
	posted += !!(flags & WIRE_ASYNC);
	free(command);
	return n;
}

ssize_t post(uint32_t id, const struct arg *argv, int *rc)
{
	ssize_t n = dispatch_call(id, argv, WIRE_WANT_REPLY);

	if (n > 0 && rc)
		*rc = ((struct wire_reply *)reply)->result;
	return n;
}

ssize_t leave(uint32_t id, const struct arg *argv)
{
	return dispatch_call(id, argv, WIRE_ASYNC);
}

void renew(void)
{
	driver.cuCtxSetCurrent = set_current;
	dispatch_destroy(dispatch);
	dispatch = dispatch_create(0);
	CHECK(dispatch);
}
