/* SPDX-License-Identifier: MIT */
/*
 * report.h - messages collected in a caller's buffer
 */
#ifndef SOFTGPU_REPORT_H
#define SOFTGPU_REPORT_H

#include <stddef.h>

/**
 * struct report - what goes into the log that the caller of the API gets to see
 * @text:	NUL-terminated, cut when full; may be NULL
 * @size:	of @text
 */
struct report {
	char *text;
	size_t size, used;
};

void report_start(struct report *report, char *text, size_t size);

/* report_line() - add a line; the newline is added */
__attribute__((format(printf, 2, 3)))
void report_line(struct report *report, const char *format, ...);

/* report_one_line() - @bytes of @text in @line, NUL-terminated and cut at @size: white space is one blank */
const char *report_one_line(const char *text, size_t bytes, char *line, size_t size);

#endif /* SOFTGPU_REPORT_H */
