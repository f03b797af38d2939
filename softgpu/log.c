/* SPDX-License-Identifier: MIT */
#include "softgpu/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_once_t log_once = PTHREAD_ONCE_INIT;
static FILE *log_file;

static void log_open(void)
{
	const char *where = getenv("QCUDA_SOFTGPU_LOG");

	if (!where || !*where)
		log_file = stderr;
	else if (strcmp(where, "off"))
		log_file = fopen(where, "ae");
}

void log_error(const char *format, ...)
{
	char line[1024];
	size_t length;
	va_list args;

	pthread_once(&log_once, log_open);
	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	/* What is quoted may bring a line's end of its own */
	length = strlen(line);
	while (length && line[length - 1] == '\n')
		line[--length] = 0;
	log_keep(line);
	if (log_tell)
		log_tell(line);
	if (!log_file)
		return;
	fprintf(log_file, "softgpu: %s\n", line);
	fflush(log_file);
}
