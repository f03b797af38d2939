/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* trace.h - a call as a line of text, as strace would print it */
#ifndef QCUDA_WIRE_TRACE_H
#define QCUDA_WIRE_TRACE_H

#include "wire/call.h"

#define TRACE_LINE_MAX	1024

/**
 * trace_call() - "cuMemAlloc_v2(*dptr=0x7f0000001000, bytesize=0x1000) = 0"
 * @argv: arguments, or what of them arrived: a NULL p prints as NULL
 *
 * A line too long is cut.  Return: its length.
 */
size_t trace_call(char *line, size_t size, const struct call *call, const struct arg *argv,
		  int result);

#endif
