/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qcu-device/common/message.h"

union control_buffer {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(MESSAGE_MAX_FDS * sizeof(int))];
};

int message_send(int socket, const void *data, size_t size, const int *fds, unsigned n_fds)
{
	union control_buffer control;
	struct iovec iov = { .iov_base = (void *)data, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (n_fds > MESSAGE_MAX_FDS)
		return -EMSGSIZE;
	if (n_fds) {
		struct cmsghdr *cmsg;

		memset(&control, 0, sizeof(control));
		msg.msg_control = control.bytes;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, n_fds * sizeof(int));
	}
	do {
		n = sendmsg(socket, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EAGAIN;
}

/* Append the descriptors of @msg to @fds; close those that do not fit. */
static int collect_fds(struct msghdr *msg, struct message_fds *fds)
{
	int status = 0;

	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		size_t n;

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(cmsg) + i * sizeof(fd), sizeof(fd));
			if (fds->n < MESSAGE_MAX_FDS) {
				fds->fd[fds->n++] = fd;
			} else {
				close(fd);
				status = -EMSGSIZE;
			}
		}
	}
	return status;
}

ssize_t message_receive(int socket, void *data, size_t size, struct message_fds *fds)
{
	union control_buffer control;
	struct iovec iov = { .iov_base = data, .iov_len = size };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;

	do {
		n = recvmsg(socket, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (collect_fds(&msg, fds) || (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		message_fds_close(fds);
		return -EMSGSIZE;
	}
	return n;
}

void message_fds_close(struct message_fds *fds)
{
	for (unsigned i = 0; i < fds->n; i++)
		close(fds->fd[i]);
	fds->n = 0;
}

int message_fds_take(struct message_fds *fds)
{
	int fd;

	if (!fds->n)
		return -1;
	fd = fds->fd[0];
	fds->n--;
	memmove(fds->fd, fds->fd + 1, fds->n * sizeof(int));
	return fd;
}

void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
