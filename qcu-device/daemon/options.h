/* SPDX-License-Identifier: MIT */
/*
 * options.h - the daemon's command line
 */
#ifndef QCU_DEVICE_OPTIONS_H
#define QCU_DEVICE_OPTIONS_H

#include <stdbool.h>

#include "qcu-device/common/log.h"
#include "qcu-device/daemon/worker.h"

/**
 * struct options
 * @vhost_user, @socket: paths, at least one is not NULL
 * @poll_us: -1: the worker decides
 * @images: MiB of module images to keep
 */
struct options {
	const char *vhost_user;
	const char *socket;
	const char *driver;
	const char *worker;
	unsigned sessions;
	int poll_us;
	unsigned images;
	unsigned protocol_minor;
	bool once;
	enum worker_spare spare;
	bool cage;
	bool crowd;
	enum log_level log;
};

/** options_parse() - for --help and --version prints and exits; dies on errors */
void options_parse(struct options *options, int argc, char **argv);

#endif
