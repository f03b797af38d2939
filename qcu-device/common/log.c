/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "qcu-device/common/log.h"

static const char *const level_names[] = {
	[LOG_LEVEL_SILENT] = "silent",
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};
_Static_assert(sizeof(level_names) / sizeof(*level_names) == LOG_LEVEL_DEBUG + 1, "a name each");

enum log_level log_level = LOG_LEVEL_WARN;
static char log_who[40] = "qcuda";
static int log_fd = STDERR_FILENO;

void log_init(const char *who, enum log_level level)
{
	const char *debug = getenv("QCUDA_DEBUG");

	snprintf(log_who, sizeof(log_who), "%s", who);
	log_level = debug && strstr(debug, "device") ? LOG_LEVEL_DEBUG : level;
}

void log_rename(const char *who, ...)
{
	va_list args;

	va_start(args, who);
	vsnprintf(log_who, sizeof(log_who), who, args);
	va_end(args);
}

void log_to(int fd)
{
	log_fd = fd;
}

bool log_level_parse(const char *name, enum log_level *level)
{
	for (unsigned i = 0; i <= LOG_LEVEL_DEBUG; i++) {
		if (strcmp(name, level_names[i]))
			continue;
		*level = i;
		return true;
	}
	return false;
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

/* One write(2), so that lines of several processes do not mix. */
static void log_write(const char *format, va_list args)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "%s: ", log_who);

	n += vsnprintf(line + n, sizeof(line) - n, format, args);
	if (n > (int)sizeof(line) - 2)
		n = sizeof(line) - 2;
	line[n++] = '\n';
	if (write(log_fd, line, n) < 0)
		return; /* nobody left to tell */
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

/* Each line takes a second; how far into the future they have been given out, ms */
static _Atomic int64_t given_out;
static _Atomic unsigned int left_out;

static bool may_say(void)
{
	int64_t now = now_ms(), before = atomic_load(&given_out), until;

	do {
		until = (before > now ? before : now) + 1000;
		if (until > now + LOG_BURST * 1000ll)
			return false;
	} while (!atomic_compare_exchange_weak(&given_out, &before, until));
	return true;
}

static void log_one(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_write(format, args);
	va_end(args);
}

void log_line(enum log_level level, const char *format, ...)
{
	int saved = errno;
	unsigned int lost;
	va_list args;

	if (level > log_level)
		return;
	if (log_level < LOG_LEVEL_DEBUG && !may_say()) {
		atomic_fetch_add(&left_out, 1);
		return;
	}
	lost = atomic_exchange(&left_out, 0);
	if (lost)
		log_one("%u lines left out", lost);
	va_start(args, format);
	errno = saved;
	log_write(format, args);
	va_end(args);
	errno = saved;
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_write(format, args);
	va_end(args);
	exit(1);
}
