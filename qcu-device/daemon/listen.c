/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/daemon/listen.h"

static struct listen_path {
	const char *path;
	dev_t device;
	ino_t inode;
} listen_paths[2];

/* True if @path is a socket at which nobody listens any more. */
static bool listen_is_stale(const struct sockaddr_un *address, int type)
{
	struct stat st;
	int fd, error;

	if (lstat(address->sun_path, &st))
		return false;
	if (!S_ISSOCK(st.st_mode))
		die("%s: there is something else of that name; choose another path",
		    address->sun_path);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	error = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? errno : 0;
	close(fd);
	if (error != ECONNREFUSED)
		die("%s: another program listens there; stop it or choose another path",
		    address->sun_path);
	return true;
}

int listen_open(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct listen_path *entry = listen_paths[0].path ? &listen_paths[1] : &listen_paths[0];
	struct stat st;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		die("%s: a socket's path has at most %zu bytes; choose a shorter one", path,
		    sizeof(address.sun_path) - 1);
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		die("socket: %m");
	if (listen_is_stale(&address, type))
		unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 64))
		die("%s: %m; is the directory there and may you write to it?", path);
	if (!lstat(path, &st))
		*entry = (struct listen_path){ path, st.st_dev, st.st_ino };
	return fd;
}

void listen_remove_all(void)
{
	for (unsigned i = 0; i < sizeof(listen_paths) / sizeof(*listen_paths); i++) {
		const struct listen_path *entry = &listen_paths[i];
		struct stat st;

		/* Only our own: a successor may have put his there. */
		if (entry->path && !lstat(entry->path, &st) && st.st_dev == entry->device &&
		    st.st_ino == entry->inode)
			unlink(entry->path);
	}
}
