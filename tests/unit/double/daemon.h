/* SPDX-License-Identifier: MIT */
/*
 * daemon.h - run the daemon of this build tree with the double as its worker
 */
#ifndef TESTS_DOUBLE_DAEMON_H
#define TESTS_DOUBLE_DAEMON_H

#include <stdint.h>

#include "tests/unit/check.h"

/** struct daemon - @vhost_user, @socket: where it listens; @directory holds them */
struct daemon {
	int pid;
	char directory[64];
	char vhost_user[96];
	char socket[96];
};

/** build_path() - @what in this build tree */
void build_path(char *path, size_t size, const char *what);

/** daemon_start() - returns once it is ready; @options: NULL-terminated, may be NULL */
void daemon_start(struct daemon *daemon, const char *const *options);

/** daemon_start_again() - the same, where an earlier one was */
void daemon_start_again(struct daemon *daemon, const char *const *options);

/** daemon_stop() - SIGTERM; checks that it ends well and leaves nothing behind */
void daemon_stop(struct daemon *daemon);

/** daemon_workers() - how many children it has now */
int daemon_workers(const struct daemon *daemon);

/** daemon_wait_workers() - until it has @n children; fails the test after five seconds */
void daemon_wait_workers(const struct daemon *daemon, int n);

/** connect_to() - a Unix socket of @type */
int connect_to(const char *path, int type);

/* The guest's end of a channel, in memory at @base */
struct channel_end {
	uint8_t *base;
	uint32_t ring_bytes;
	uint64_t head;
	uint32_t seq;
	int doorbell;
	uint64_t context;	/* current, as every command says */
};

/** channel_end_init() - a fresh channel of @ring_bytes at @base */
void channel_end_init(struct channel_end *end, void *base, uint32_t ring_bytes, int doorbell);

/** channel_end_call() - post @call with @n bytes of @data; 0 wants no reply, else waits by looking */
void channel_end_call(struct channel_end *end, int call, const void *data, size_t n, int reply);

/** channel_end_wait() - until the reply has come; NULL if it does not within @milliseconds */
const void *channel_end_wait(struct channel_end *end, int milliseconds);

/** channel_end_value() - @call with @argument, its reply's u64 */
uint64_t channel_end_value(struct channel_end *end, int call, uint64_t argument);

#endif
