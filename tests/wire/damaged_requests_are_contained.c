/* SPDX-License-Identifier: MIT */
/*
 * damaged_requests_are_contained.c - no message makes the decoder leave it
 *
 * Every truncation of every call is refused; a message with a changed word is
 * refused or gives arguments that lie within it (the sanitizers watch).
 */
/* links: wire/calls.c wire/codec.c */
#include "tests/wire/args.h"

#define REPLY_CAP 4096

static uint8_t reply[REPLY_CAP];

static bool decode(const struct call *call, const uint8_t *payload, size_t bytes, struct arg *argv)
{
	uint8_t *exact = malloc(bytes ? bytes : 1);
	uint64_t sum = 0;
	size_t reply_bytes;
	bool fine;

	memcpy(exact, payload, bytes);
	fine = request_decode(call, exact, bytes, argv, reply, REPLY_CAP, &reply_bytes);
	if (fine)
		CHECK(reply_bytes <= REPLY_CAP);
	/* Touch every byte that is claimed to be there. */
	for (int i = 0; fine && i < call->n_params; i++)
		for (size_t j = 0; argv[i].n != ARG_NONE && j < argv[i].n; j++)
			sum += ((volatile uint8_t *)argv[i].p)[j];
	(void)sum;
	free(exact);
	return fine;
}

static void truncations(const struct call *call, const uint8_t *payload, size_t bytes)
{
	struct arg argv[CALL_MAX_PARAMS];

	for (size_t n = 0; n < bytes; n++)
		CHECK(!decode(call, payload, n, argv));
}

static void corruptions(const struct call *call, uint8_t *payload, size_t bytes)
{
	static const uint64_t evil[] = { 0, 1, 7, 8, 1u << 31, UINT64_MAX, UINT64_MAX - 1,
					 UINT64_MAX - 7, UINT64_MAX - 8, INT64_MAX };
	struct arg argv[CALL_MAX_PARAMS];

	for (size_t at = 0; at + 8 <= bytes; at += 8) {
		uint64_t before;

		memcpy(&before, payload + at, 8);
		for (size_t i = 0; i < sizeof(evil) / sizeof(evil[0]); i++) {
			memcpy(payload + at, &evil[i], 8);
			decode(call, payload, bytes, argv);
		}
		memcpy(payload + at, &before, 8);
	}
}

int main(int argc, char **argv)
{
	static struct args args;

	test_start(argc, argv);
	for_each_call(call) {
		test_call = call->name;
		for (int i = 0; i < 5; i++) {
			struct request request;
			uint8_t *payload;

			args_random(&args, call);
			CHECK(request_encode(&request, call, args.argv));
			payload = flatten(&request);
			truncations(call, payload, request.bytes);
			corruptions(call, payload, request.bytes);
			free(payload);
			args_free(&args, call);
		}
	}
	return 0;
}
