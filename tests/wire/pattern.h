/* SPDX-License-Identifier: MIT */
/* pattern.h - one fixed set of arguments for any row, for bytes that are to stay the same */
#ifndef TESTS_WIRE_PATTERN_H
#define TESTS_WIRE_PATTERN_H

#include "tests/wire/args.h"

/* A buffer has 13 bytes and a string 6, so that the padding is seen too */
static inline void args_pattern(struct args *args, const struct call *call)
{
	memset(args, 0, sizeof(*args));
	for (int i = 0; i < call->n_params; i++) {
		const struct param *param = &call->params[i];
		size_t n = param->fixed ? param->fixed : param->word == WORD_STR ? 7 : 13;
		uint8_t *bytes = n > sizeof(args->bytes[i]) ? calloc(1, n) : args->bytes[i];

		for (size_t j = 0; j < n; j++)
			bytes[j] = (uint8_t)(16 * i + j + 1);
		if (param->word == WORD_STR)
			memcpy(bytes, "golden", 7);
		args->argv[i] = (struct arg){ bytes, n };
	}
}

#endif
