/* SPDX-License-Identifier: MIT */
/*
 * golden_bytes.c - the wire as it was frozen: a change here breaks old guests
 */
/* links: wire/calls.c wire/codec.c */
#include "tests/wire/args.h"
#include "wire/channel.h"
#include "wire/handle.h"
#include "wire/protocol.h"

static void bytes_are(const struct call *call, const struct arg *argv, const uint8_t *golden,
		      size_t n)
{
	struct request request;
	uint8_t *payload;

	test_call = call->name;
	CHECK(request_encode(&request, call, argv));
	payload = flatten(&request);
	CHECK(request.bytes == n);
	CHECK(!memcmp(payload, golden, n));
	free(payload);
}

static void mem_alloc(void)
{
	static const uint8_t golden[] = {
		8, 0, 0, 0, 0, 0, 0, 0,		/* dptr: 8 bytes wanted */
		8, 0, 0, 0, 0, 0, 0, 0,		/* bytesize: 8 bytes */
		0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11,
	};
	uint64_t dptr, bytesize = 0x1122334455667788;
	struct arg argv[] = { { &dptr, 8 }, { &bytesize, 8 } };

	CHECK(CALL_cuMemAlloc_v2 == 0x302);
	bytes_are(call_find(0x302), argv, golden, sizeof(golden));
}

static void get_function(void)
{
	static const uint8_t golden[] = {
		8, 0, 0, 0, 0, 0, 0, 0,		/* hfunc: its handle */
		7, 0, 0, 0, 2, 0, 0, KIND_CUfunction,
		8, 0, 0, 0, 0, 0, 0, 0,		/* hmod */
		9, 0, 0, 0, 1, 0, 0, KIND_CUmodule,
		6, 0, 0, 0, 0, 0, 0, 0,		/* name: with its NUL */
		's', 'a', 'x', 'p', 'y', 0, 0, 0,	/* padded to 8 */
	};
	uint64_t function = handle_make(KIND_CUfunction, 2, 7);
	uint64_t module = handle_make(KIND_CUmodule, 1, 9);
	char name[] = "saxpy";
	struct arg argv[] = { { &function, 8 }, { &module, 8 }, { name, sizeof(name) } };

	bytes_are(call_find(0x403), argv, golden, sizeof(golden));
}

static void null_output(void)
{
	static const uint8_t golden[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		8, 0, 0, 0, 0, 0, 0, 0,
	};
	uint64_t total;
	struct arg argv[] = { { NULL, ARG_NONE }, { &total, 8 } };

	bytes_are(call_find(0x301), argv, golden, sizeof(golden));
}

int main(void)
{
	mem_alloc();
	get_function();
	null_output();
	CHECK(sizeof(struct wire_command) == 32 && offsetof(struct wire_command, ticket) == 24);
	CHECK(sizeof(struct wire_reply) == 16);
	CHECK(sizeof(struct qcuda_hello) == 24 && sizeof(struct qcuda_response) == 24);
	CHECK(sizeof(struct qcuda_region_add) == 32 && sizeof(struct qcuda_channel_start) == 32);
	CHECK(sizeof(struct qcuda_extent) == 16 && sizeof(struct qcuda_event) == 8);
	return 0;
}
