/* SPDX-License-Identifier: MIT */
/* port.c - virtio-serial ports, and reading and writing all of something. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include "tools/guest/init.h"

enum { PORT_WAIT_MS = 20000 };

/*
 * The host announces ports one by one after the driver has started, so the
 * device nodes come a little later than the module.
 */
int port_open(enum guest_port port)
{
	char path[32];

	snprintf(path, sizeof(path), GUEST_PORT_PATH, port);
	for (int waited = 0; waited < PORT_WAIT_MS; waited++) {
		int fd = open(path, O_RDWR | O_CLOEXEC);

		if (fd >= 0)
			return fd;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	fail("no %s", path);
}

bool read_all(int fd, void *buffer, size_t length)
{
	for (size_t done = 0; done < length; ) {
		ssize_t n = read(fd, (char *)buffer + done, length - done);

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

bool write_all(int fd, const void *buffer, size_t length)
{
	for (size_t done = 0; done < length; ) {
		ssize_t n = write(fd, (const char *)buffer + done, length - done);

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return false;
		done += (size_t)n;
	}
	return true;
}
