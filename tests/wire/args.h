/* SPDX-License-Identifier: MIT */
/* args.h - random arguments for any row, for the tests that loop over all calls */
#ifndef TESTS_WIRE_ARGS_H
#define TESTS_WIRE_ARGS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/call.h"
#include "wire/codec.h"

#define BUFFER_MAX	200

#define CHECK(condition)                                                                  \
	do {                                                                              \
		if (!(condition)) {                                                       \
			printf("%s:%d: %s (call %s, seed %u)\n", __FILE__, __LINE__,      \
			       #condition, test_call, test_seed);                         \
			exit(1);                                                          \
		}                                                                         \
	} while (0)

static const char *test_call = "none";
static unsigned int test_seed;

static inline uint32_t test_random(void)
{
	static uint32_t state;

	if (!state)
		state = test_seed | 1;
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static inline void test_start(int argc, char **argv)
{
	test_seed = argc > 1 ? (unsigned int)atoi(argv[1]) : 20261122;
}

struct args {
	struct arg argv[CALL_MAX_PARAMS];
	uint8_t bytes[CALL_MAX_PARAMS][1024];
};

/* Arguments such as a guest might have: right sizes, random bytes, some NULLs */
static inline void args_random(struct args *args, const struct call *call)
{
	memset(args, 0, sizeof(*args));
	for (int i = 0; i < call->n_params; i++) {
		const struct param *param = &call->params[i];
		size_t n = param->fixed ? param->fixed : test_random() % BUFFER_MAX;

		if (n > sizeof(args->bytes[i])) {
			args->argv[i] = (struct arg){ calloc(1, n), n };
		} else {
			args->argv[i] = (struct arg){ args->bytes[i], n };
			for (size_t j = 0; j < n; j++)
				args->bytes[i][j] = (uint8_t)test_random();
		}
		if (param->word == WORD_STR) {
			args->argv[i].n = n + 1;
			args->bytes[i][n] = 0;
		}
		if ((word_is_out(param->word) || param->word == WORD_IN_PTR ||
		     param->word == WORD_STR || param->word == WORD_IN_BUF) &&
		    test_random() % 4 == 0)
			args->argv[i].n = ARG_NONE;
	}
}

static inline void args_free(struct args *args, const struct call *call)
{
	for (int i = 0; i < call->n_params; i++)
		if (args->argv[i].p != args->bytes[i])
			free(args->argv[i].p);
}

/* The payload as it would lie in the ring, in memory of exactly its size */
static inline uint8_t *flatten(const struct request *request)
{
	uint8_t *payload = malloc(request->bytes ? request->bytes : 1), *at = payload;

	for (int i = 0; i < request->n_iov; i++) {
		memcpy(at, request->iov[i].iov_base, request->iov[i].iov_len);
		at += request->iov[i].iov_len;
	}
	return payload;
}

#define for_each_call(call)                                                 \
	for (uint32_t id_ = 0; id_ < CALL_ID_END; id_++)                    \
		for (const struct call *call = call_find(id_); call; call = NULL)

#endif
