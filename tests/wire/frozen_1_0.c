/* SPDX-License-Identifier: MIT */
/*
 * frozen_1_0.c - today's table still speaks version 1.0
 *
 * Every call of then has its id, waits as it did, is encoded in the same bytes and decoded from
 * them; and no call that has come since is taken for one of then.
 */
/* links: wire/calls.c wire/codec.c */
#include <stdbool.h>

#include "tests/wire/pattern.h"

static const struct golden {
	uint32_t id;
	const char *name;
	enum when when;
	size_t reply_bytes;
	const char *hex;
} goldens[] = {
#define GOLDEN(id, name, when, reply_bytes, hex) { id, #name, when, reply_bytes, hex },
#include "tests/wire/golden_1_0.def"
};

#define N_GOLDENS (sizeof(goldens) / sizeof(goldens[0]))

static uint8_t digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* The bytes of a golden row, 8-byte aligned and of exactly their length */
static uint8_t *bytes_of(const struct golden *golden, size_t *n)
{
	uint8_t *bytes;

	*n = strlen(golden->hex) / 2;
	bytes = malloc(*n ? *n : 1);
	for (size_t i = 0; i < *n; i++)
		bytes[i] = digit(golden->hex[2 * i]) << 4 | digit(golden->hex[2 * i + 1]);
	return bytes;
}

static void encodes_as_then(const struct golden *golden, const struct call *call)
{
	struct request request;
	struct args args;
	uint8_t *payload, *bytes;
	size_t n;

	args_pattern(&args, call);
	CHECK(request_encode(&request, call, args.argv));
	payload = flatten(&request);
	bytes = bytes_of(golden, &n);
	CHECK(request.bytes == n && !memcmp(payload, bytes, n));
	CHECK(request.reply_bytes == golden->reply_bytes);
	free(bytes);
	free(payload);
	args_free(&args, call);
}

static void decodes_from_then(const struct golden *golden, const struct call *call)
{
	struct arg argv[CALL_MAX_PARAMS];
	size_t n, reply_bytes;
	uint8_t *bytes = bytes_of(golden, &n), *reply = malloc(golden->reply_bytes + 8);

	CHECK(request_decode(call, bytes, n, argv, reply, golden->reply_bytes, &reply_bytes));
	CHECK(reply_bytes == golden->reply_bytes);
	for (int i = 0; i < call->n_params; i++)
		CHECK(!call->params[i].fixed || argv[i].n == call->params[i].fixed);
	free(reply);
	free(bytes);
}

static bool is_golden(uint32_t id)
{
	for (size_t i = 0; i < N_GOLDENS; i++)
		if (goldens[i].id == id)
			return true;
	return false;
}

int main(void)
{
	for (size_t i = 0; i < N_GOLDENS; i++) {
		const struct golden *golden = &goldens[i];
		const struct call *call = call_find(golden->id);

		test_call = golden->name;
		CHECK(call && !strcmp(call->name, golden->name) && call->when == golden->when);
		encodes_as_then(golden, call);
		decodes_from_then(golden, call);
	}
	for_each_call(call) {
		test_call = call->name;
		CHECK(is_golden(id_) == !call_since(id_));
	}
	return 0;
}
