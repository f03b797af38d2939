/* SPDX-License-Identifier: MIT */
/* daemon.c - start qcu-device, the host's half of the GPU. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

enum { READY_SECONDS = 60 };

/* The daemon prints the line "ready" when it listens. */
static bool wait_ready(int fd)
{
	uint64_t limit = now_us() + READY_SECONDS * 1000000ull;
	char text[64];
	size_t used = 0;

	while (used < sizeof(text) && now_us() < limit) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&wait, 1, 1000) <= 0)
			continue;
		n = read(fd, text + used, sizeof(text) - used);
		if (n <= 0)
			return false;
		used += (size_t)n;
		if (memmem(text, used, "ready\n", 6))
			return true;
	}
	return false;
}

/**
 * daemon_start() - start qcu-device; it listens when this returns
 * @driver: the libcuda.so.1 it is to use
 * @socket: where it listens
 * @once: it ends when QEMU disconnects
 */
void daemon_start(struct process *process, const char *driver, const char *socket, int sessions,
		  const char *log, bool once)
{
	char *argv[] = { place_bin("qcu-device"), format("--vhost-user=%s", socket),
			 format("--driver=%s", driver), format("--sessions=%d", sessions),
			 format("--log=%s", log), once ? format("--once") : NULL, NULL };
	int ends[2];

	if (access(argv[0], X_OK) != 0)
		die("there is no %s: run `make`, or use --gpu=none", argv[0]);
	if (pipe2(ends, O_CLOEXEC) != 0)
		die("cannot make a pipe: %s", strerror(errno));
	process_start(process, argv, NULL, ends[1], STDERR_FILENO);
	close(ends[1]);
	if (!wait_ready(ends[0]))
		die("qcu-device does not start with %s", driver);
	/* the read end stays open: what the daemon may print later must not kill it */
	for (size_t i = 0; argv[i]; i++)
		free(argv[i]);
}
