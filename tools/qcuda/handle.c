/* SPDX-License-Identifier: MIT */
/* handle.c - the files that the guest has open, by number. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "tools/qcuda/files.h"
#include "tools/qcuda/qcuda.h"

struct handle {
	int fd; /* -1: free */
	DIR *directory;
};

static struct handle *handles;
static size_t count;

/* A number for @fd, which belongs to it from now on */
uint64_t handle_new(int fd)
{
	size_t i = 0;

	while (i < count && handles[i].fd >= 0)
		i++;
	if (i == count) {
		handles = grow(handles, count + 1, sizeof(*handles));
		count++;
	}
	handles[i] = (struct handle){ .fd = fd };
	return i;
}

int handle_fd(uint64_t handle)
{
	return handle < count ? handles[handle].fd : -1;
}

DIR *handle_directory(uint64_t handle)
{
	if (handle_fd(handle) < 0)
		return NULL;
	if (!handles[handle].directory)
		handles[handle].directory = fdopendir(handles[handle].fd);
	return handles[handle].directory;
}

void handle_close(uint64_t handle)
{
	if (handle_fd(handle) < 0)
		return;
	if (handles[handle].directory)
		closedir(handles[handle].directory);
	else
		close(handles[handle].fd);
	handles[handle] = (struct handle){ .fd = -1 };
}
