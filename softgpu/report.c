/* SPDX-License-Identifier: MIT */

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "softgpu/report.h"

void report_start(struct report *report, char *text, size_t size)
{
	report->text = size ? text : NULL;
	report->size = text ? size : 0;
	report->used = 0;
	if (report->text)
		report->text[0] = 0;
}

void report_line(struct report *report, const char *format, ...)
{
	size_t room = report->size - report->used;
	va_list args;
	int n;

	if (!report->text || room < 3)
		return;
	va_start(args, format);
	n = vsnprintf(report->text + report->used, room - 1, format, args);
	va_end(args);
	if (n < 0)
		return;
	report->used += (size_t)n < room - 1 ? (size_t)n : room - 2;
	report->text[report->used++] = '\n';
	report->text[report->used] = 0;
}

const char *report_one_line(const char *text, size_t bytes, char *line, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < bytes && used + 1 < size; i++) {
		bool space = strchr(" \t\r\n", text[i]) != NULL;

		if (!space || (used && line[used - 1] != ' '))
			line[used++] = space ? ' ' : text[i];
	}
	line[used] = 0;
	return line;
}
