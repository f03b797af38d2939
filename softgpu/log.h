/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_LOG_H
#define SOFTGPU_LOG_H

#include <stddef.h>

/* CUDA Driver API, cuLogsDumpToMemory: as much is kept; a note and a NUL more are dumped */
#define LOG_KEPT_BYTES	25600
#define LOG_DUMP_MAX	(LOG_KEPT_BYTES + 64)

/**
 * log_error() - one line for whoever has to find out what went wrong
 *
 * Goes to standard error, or to the file that $QCUDA_SOFTGPU_LOG names, or nowhere if that
 * is "off"; a program may ask for it, too (cuLogsDumpToMemory).  Only for what a CUDA error code cannot say: which instruction, which thread.
 */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* log_keep() - a line that a program may ask for later */
void log_keep(const char *line);

/*
 * log_tell() - call the functions of cuLogsRegisterCallback() with a line
 *
 * Weak: the PTX engine without the driver API has no such functions.
 */
void log_tell(const char *line) __attribute__((weak));

/**
 * log_copy() - the lines from number @from on that are kept and fit, the newest at the end
 * @to:		gets them, each with its newline, and a NUL; @room is at least 1
 * @next:	the number of the next line to come
 *
 * Return: bytes without the NUL.
 */
size_t log_copy(unsigned int from, char *to, size_t room, unsigned int *next);

/* log_next() - the number of the next line to come */
unsigned int log_next(void);

#endif /* SOFTGPU_LOG_H */
