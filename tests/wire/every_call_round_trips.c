/* SPDX-License-Identifier: MIT */
/*
 * every_call_round_trips.c - what the guest encodes is what the worker decodes
 *
 * For every row: arguments arrive unchanged, encoding them again gives the same
 * bytes, and results come back into the right places.
 */
/* links: wire/calls.c wire/codec.c */
#include "tests/wire/args.h"

static void request_arrives(const struct call *call, const struct args *args,
			    const struct request *request, uint8_t *payload, uint8_t *reply,
			    struct arg *arrived)
{
	struct request again;
	size_t reply_bytes;
	uint8_t *copy;

	CHECK(request->bytes % 8 == 0);
	CHECK(request_decode(call, payload, request->bytes, arrived, reply, request->reply_bytes,
			     &reply_bytes));
	CHECK(reply_bytes == request->reply_bytes);
	for (int i = 0; i < call->n_params; i++) {
		CHECK(arrived[i].n == args->argv[i].n);
		if (arrived[i].n != ARG_NONE && !word_is_out(call->params[i].word))
			CHECK(!memcmp(arrived[i].p, args->argv[i].p, arrived[i].n));
	}
	CHECK(request_encode(&again, call, arrived) && again.bytes == request->bytes);
	copy = flatten(&again);
	CHECK(!memcmp(copy, payload, request->bytes));
	free(copy);
}

static void results_come_back(const struct call *call, const struct args *args, const uint8_t *reply,
			      size_t reply_bytes, const struct arg *arrived)
{
	struct args results = *args;

	for (int i = 0; i < call->n_params; i++)
		if (word_is_out(call->params[i].word) && arrived[i].n != ARG_NONE) {
			memset(arrived[i].p, i + 1, arrived[i].n);
			results.argv[i].p = malloc(arrived[i].n ? arrived[i].n : 1);
		}
	CHECK(reply_decode(call, results.argv, reply, reply_bytes));
	for (int i = 0; i < call->n_params; i++)
		if (word_is_out(call->params[i].word) && arrived[i].n != ARG_NONE) {
			CHECK(!memcmp(results.argv[i].p, arrived[i].p, arrived[i].n));
			free(results.argv[i].p);
		}
	if (reply_bytes)
		CHECK(!reply_decode(call, args->argv, reply, reply_bytes - 8));
	CHECK(!reply_decode(call, args->argv, reply, reply_bytes + 8));
}

int main(int argc, char **argv)
{
	static struct args args;
	int calls = 0;

	test_start(argc, argv);
	for_each_call(call) {
		test_call = call->name;
		calls++;
		for (int i = 0; i < 100; i++) {
			struct arg arrived[CALL_MAX_PARAMS];
			struct request request;
			uint8_t *payload, *reply;

			args_random(&args, call);
			CHECK(request_encode(&request, call, args.argv));
			payload = flatten(&request);
			reply = malloc(request.reply_bytes + 8);
			request_arrives(call, &args, &request, payload, reply, arrived);
			results_come_back(call, &args, reply, request.reply_bytes, arrived);
			free(reply);
			free(payload);
			args_free(&args, call);
		}
	}
	CHECK(calls > 100);
	return 0;
}
