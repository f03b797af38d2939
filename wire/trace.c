/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wire/trace.h"

struct line {
	char *at;
	size_t left;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line->at, line->left, format, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= line->left)
		n = line->left ? (int)line->left - 1 : 0;
	line->at += n;
	line->left -= n;
}

static void add_value(struct line *line, const struct param *param, const struct arg *arg)
{
	uint64_t value = 0;

	if (arg->n == ARG_NONE || !arg->p) {
		add(line, "NULL");
	} else if (param->word == WORD_STR) {
		add(line, "\"%.*s\"", (int)(arg->n < 128 ? arg->n : 128), (const char *)arg->p);
	} else if (!param->fixed || param->fixed > sizeof(value)) {
		add(line, "<%zu bytes>", arg->n);
	} else {
		memcpy(&value, arg->p, arg->n < sizeof(value) ? arg->n : sizeof(value));
		add(line, "0x%" PRIx64, value);
	}
}

size_t trace_call(char *text, size_t size, const struct call *call, const struct arg *argv,
		  int result)
{
	struct line line = { text, size };

	add(&line, "%s(", call->name);
	for (int i = 0; i < call->n_params; i++) {
		const struct param *param = &call->params[i];

		add(&line, "%s%s%s=", i ? ", " : "", word_is_out(param->word) ? "*" : "",
		    call->spelt[i].name);
		add_value(&line, param, &argv[i]);
	}
	add(&line, ") = %d", result);
	return size - line.left;
}
