/* SPDX-License-Identifier: MIT */
/*
 * log_kept.c - the last lines of the log, for the program
 *
 * Lines are numbered as they come and an iterator is a number; the last ones are kept, each in its
 * slot.  What is dumped ends with the newest line; where that leaves out older ones, a line says so.
 */
#include "softgpu/log.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { KEPT = 100, LINE = LOG_KEPT_BYTES / KEPT };

static const char left_out[] = "softgpu: older messages are left out\n";

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char lines[KEPT][LINE];		/* under the lock, and their number so far */
static unsigned int count;

void log_keep(const char *line)
{
	pthread_mutex_lock(&lock);
	snprintf(lines[count++ % KEPT], LINE, "softgpu: %.*s\n", LINE - 16, line);
	pthread_mutex_unlock(&lock);
}

/* The first of the newest lines that together have at most @room bytes.  Lock held. */
static unsigned int first_that_fits(unsigned int from, size_t room)
{
	unsigned int first = count;
	size_t bytes = 0;

	while (first > from && count - first < KEPT) {
		bytes += strlen(lines[(first - 1) % KEPT]);
		if (bytes > room)
			break;
		first--;
	}
	return first;
}

/* Called with the lock held */
static size_t copy_lines(unsigned int from, char *to, size_t room)
{
	unsigned int first = first_that_fits(from, room - 1);
	size_t at = 0;

	if (first > from && room > sizeof(left_out)) {
		first = first_that_fits(from, room - sizeof(left_out));
		at = sizeof(left_out) - 1;
		memcpy(to, left_out, at);
	}
	for (; first < count; first++) {
		size_t bytes = strlen(lines[first % KEPT]);

		memcpy(to + at, lines[first % KEPT], bytes);
		at += bytes;
	}
	to[at] = '\0';
	return at;
}

size_t log_copy(unsigned int from, char *to, size_t room, unsigned int *next)
{
	size_t bytes;

	pthread_mutex_lock(&lock);
	bytes = copy_lines(from, to, room);
	*next = count;
	pthread_mutex_unlock(&lock);
	return bytes;
}

unsigned int log_next(void)
{
	unsigned int next;

	pthread_mutex_lock(&lock);
	next = count;
	pthread_mutex_unlock(&lock);
	return next;
}
