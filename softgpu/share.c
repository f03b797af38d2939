/* SPDX-License-Identifier: MIT */
/*
 * share.c - what processes of this host get from each other
 *
 * DOC: Theory of operation
 *
 * What can be shared is a memfd.  A process that has given names of such things away listens at
 * a socket with a random name, in a thread of its own; whoever knows a name connects, sends
 * it and gets the descriptor.  The socket lives in the abstract name space and so ends with the
 * process, however that ends: nothing is left behind in the file system.
 *
 * A name says which of all things that ever were at that place is meant, so a stale one opens
 * nothing.  Only processes of the same user are answered.
 */
#include "softgpu/share.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "softgpu/event.h"
#include "softgpu/memfd.h"
#include "softgpu/memory.h"

#define MAGIC	"softipc"

/* For a peer that says nothing: the next is served after this */
#define PATIENCE_SECONDS 5

static struct {
	pthread_mutex_t lock;
	uint64_t socket;	/* 0: nobody listens */
	pid_t pid;		/* whose thread listens: a child after fork() has none */
} server = { .lock = PTHREAD_MUTEX_INITIALIZER };

static socklen_t address_of(uint64_t socket, struct sockaddr_un *address)
{
	int length;

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	length = snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1,
			  "softgpu-%016llx", (unsigned long long)socket);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
}

/* A message of one descriptor, or, if it is -1, of none */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static void send_file(int to, int fd)
{
	union control control = { 0 };
	struct iovec byte = { "", 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1 };

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_len = CMSG_LEN(sizeof(fd));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	(void)!sendmsg(to, &message, MSG_NOSIGNAL);
}

static int receive_file(int from)
{
	union control control = { 0 };
	char byte;
	struct iovec where = { &byte, 1 };
	struct msghdr message = { .msg_iov = &where, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd;

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != 1 ||
	    message.msg_controllen < CMSG_LEN(sizeof(fd)) ||
	    control.header.cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

/* lookup() - a descriptor of what a peer asked for, -1: there is no such thing */
static int lookup(const struct share_name *name)
{
	switch (name->kind) {
	case SHARE_MEMORY:
		return memory_file(name->at, name->id);
	case SHARE_EVENT:
		return event_file((CUevent)memory_pointer(name->at), name->id);
	default:
		return -1;
	}
}

static bool is_same_user(int peer)
{
	struct ucred who;
	socklen_t size = sizeof(who);

	return !getsockopt(peer, SOL_SOCKET, SO_PEERCRED, &who, &size) && who.uid == geteuid();
}

static void serve(int peer)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	struct share_name name;
	int fd;

	setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (!is_same_user(peer) || recv(peer, &name, sizeof(name), 0) != sizeof(name))
		return;
	fd = lookup(&name);
	send_file(peer, fd);
	if (fd >= 0)
		close(fd);
}

static void *server_thread(void *argument)
{
	int listening = (int)(intptr_t)argument;

	for (;;) {
		int peer = accept4(listening, NULL, NULL, SOCK_CLOEXEC);

		if (peer < 0)
			continue;
		serve(peer);
		close(peer);
	}
	return NULL;
}

/* listen_at() - a socket of that name, -1 if there is none to be had */
static int listen_at(uint64_t number)
{
	struct sockaddr_un address;
	socklen_t length = address_of(number, &address);
	int listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (listening < 0)
		return -1;
	if (!bind(listening, (struct sockaddr *)&address, length) && !listen(listening, 64))
		return listening;
	close(listening);
	return -1;
}

/* start() - under the lock */
static bool start(void)
{
	sigset_t all, before;
	pthread_t thread;
	uint64_t number;
	int listening, error;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return false;
	listening = listen_at(number | 1);
	if (listening < 0)
		return false;
	/* The program's signals are for its own threads. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, server_thread, (void *)(intptr_t)listening);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		close(listening);
		return false;
	}
	pthread_detach(thread);
	server.socket = number | 1;
	server.pid = getpid();
	return true;
}

bool share_name(struct share_name *name)
{
	bool serving;

	memcpy(name->magic, MAGIC, sizeof(name->magic));
	pthread_mutex_lock(&server.lock);
	serving = (server.socket && server.pid == getpid()) || start();
	name->socket = server.socket;
	pthread_mutex_unlock(&server.lock);
	return serving;
}

bool share_is_name(const struct share_name *name, enum share_kind kind)
{
	return !memcmp(name->magic, MAGIC, sizeof(name->magic)) && name->kind == kind;
}

bool share_is_mine(const struct share_name *name)
{
	bool mine;

	pthread_mutex_lock(&server.lock);
	mine = server.socket && server.pid == getpid() && name->socket == server.socket;
	pthread_mutex_unlock(&server.lock);
	return mine;
}

int share_fetch(const struct share_name *name)
{
	struct sockaddr_un address;
	socklen_t length = address_of(name->socket, &address);
	int peer = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), fd = -1;

	if (peer < 0)
		return -1;
	if (!connect(peer, (struct sockaddr *)&address, length) &&
	    send(peer, name, sizeof(*name), MSG_NOSIGNAL) == sizeof(*name))
		fd = receive_file(peer);
	close(peer);
	if (fd >= 0 && !memfd_size(fd)) {
		close(fd);
		fd = -1;
	}
	return fd;
}
