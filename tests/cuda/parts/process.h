/* SPDX-License-Identifier: MIT */
/*
 * process.h - a second process of a test, and what the two tell each other
 *
 * The second is this program again, from the beginning: CUDA does not survive fork().  Both have
 * one end of a socket; what comes when its peer has failed is the end of the stream, and a CHECK().
 */
#ifndef TESTS_CUDA_PARTS_PROCESS_H
#define TESTS_CUDA_PARTS_PROCESS_H

#include <sys/socket.h>
#include <sys/wait.h>

#include "check.h"

struct process {
	pid_t pid;
	int socket;
};

/* process_role() - the socket to the process that started this one; -1: this is the first */
static inline int process_role(int argc, char **argv)
{
	return argc == 3 && !strcmp(argv[1], "second") ? atoi(argv[2]) : -1;
}

/* process_start() - before CUDA is used; main() of the other finds process_role() to be a socket */
static inline struct process process_start(void)
{
	struct process process;
	char number[16];
	int pair[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	process.socket = pair[0];
	process.pid = fork();
	CHECK(process.pid >= 0);
	if (!process.pid) {
		close(pair[0]);
		snprintf(number, sizeof(number), "%d", pair[1]);
		execl("/proc/self/exe", "test", "second", number, (char *)NULL);
		_exit(1);
	}
	close(pair[1]);
	return process;
}

/* process_end() - it must have ended well, or have skipped the test too */
static inline void process_end(struct process process)
{
	int status;

	close(process.socket);
	CHECK(waitpid(process.pid, &status, 0) == process.pid);
	CHECK(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77));
}

static inline void tell(int socket, const void *data, size_t bytes)
{
	CHECK(send(socket, data, bytes, MSG_NOSIGNAL) == (ssize_t)bytes);
}

static inline void hear(int socket, void *data, size_t bytes)
{
	CHECK(recv(socket, data, bytes, MSG_WAITALL) == (ssize_t)bytes);
}

/* tell_ready(), hear_ready() - one waits for the other */
static inline void tell_ready(int socket)
{
	tell(socket, "!", 1);
}

static inline void hear_ready(int socket)
{
	char byte;

	hear(socket, &byte, 1);
}

union fd_message {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static inline void tell_fd(int socket, int fd)
{
	union fd_message control;
	struct iovec byte = { (void *)"x", 1 };
	struct msghdr message;

	memset(&control, 0, sizeof(control));
	memset(&message, 0, sizeof(message));
	message.msg_iov = &byte;
	message.msg_iovlen = 1;
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	CHECK(sendmsg(socket, &message, MSG_NOSIGNAL) == 1);
}

static inline int hear_fd(int socket)
{
	union fd_message control;
	struct msghdr message;
	struct iovec where;
	char byte;
	int fd;

	memset(&message, 0, sizeof(message));
	where.iov_base = &byte;
	where.iov_len = 1;
	message.msg_iov = &where;
	message.msg_iovlen = 1;
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	CHECK(recvmsg(socket, &message, 0) == 1 && message.msg_controllen);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

#endif /* TESTS_CUDA_PARTS_PROCESS_H */
