/* SPDX-License-Identifier: MIT */
/* message.c - what qcuda says on stderr: one line, beginning with its name. */
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include "tools/qcuda/qcuda.h"

static void vsay(const char *fmt, va_list args)
{
	fputs("qcuda: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
}

void warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsay(fmt, args);
	va_end(args);
}

void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsay(fmt, args);
	va_end(args);
	exit(EXIT_QCUDA);
}

void die_status(int status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsay(fmt, args);
	va_end(args);
	exit(status);
}

/* sprintf() into memory of its own */
char *format(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		die("out of memory");
	va_end(args);
	return text;
}

void *grow(void *array, size_t count, size_t size)
{
	array = reallocarray(array, count, size);
	if (!array)
		die("out of memory");
	return array;
}

uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
