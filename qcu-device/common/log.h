/* SPDX-License-Identifier: MIT */
/*
 * log.h - one line a message, on standard error unless log_to() says otherwise
 *
 * What a guest does wrong is said, but a guest must not be able to fill the host's
 * disk: a process says LOG_BURST lines at once, then one a second, and how many it
 * has left out.  Who asks for debug gets all.
 */
#ifndef QCU_DEVICE_LOG_H
#define QCU_DEVICE_LOG_H

#include <stdbool.h>

enum log_level {
	LOG_LEVEL_SILENT,	/* for fuzzing */
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

#define LOG_BURST	20

extern enum log_level log_level;

/** log_init() - @who starts every line; QCUDA_DEBUG=device in the environment asks for debug */
void log_init(const char *who, enum log_level level);

/** log_rename() - @who from now on, printf style (a worker learns its session) */
void log_rename(const char *who, ...) __attribute__((format(printf, 1, 2)));

/** log_to() - write to descriptor @fd from now on */
void log_to(int fd);

/** log_level_parse() - true if @name is a level, which goes to @level */
bool log_level_parse(const char *name, enum log_level *level);

const char *log_level_name(enum log_level level);

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** die() - for set-up only: say why and exit(1) */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)                                                                             \
	do {                                                                                       \
		if (log_level >= LOG_LEVEL_DEBUG)                                                  \
			log_line(LOG_LEVEL_DEBUG, __VA_ARGS__);                                    \
	} while (0)

#endif
