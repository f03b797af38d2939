/* SPDX-License-Identifier: MIT */

#include <stdarg.h>
#include <stdio.h>

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
