/* SPDX-License-Identifier: MIT */
/*
 * transport_socket.c - to a daemon on the same host, without a VM
 *
 * DOC: Theory of operation
 *
 * One connection is one session; its control messages are those of the control
 * virtqueue (wire/protocol.h), one request and its response at a time.  A region
 * is a memfd: what the library allocates itself is mapped from one at once, what
 * the program allocated is moved into one (replace.c) and back when the region
 * ends.  The file is sealed against shrinking, or the worker could be made to
 * touch memory that has gone.
 *
 * Doorbell and wake-ups are eventfds.  A waiter also polls the connection, whose
 * end is the death of the worker.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "qcu-library/cuda/options.h"
#include "qcu-library/cuda/replace.h"
#include "qcu-library/cuda/transport.h"
#include "wire/protocol.h"

struct region {
	void *addr;		/* NULL: the id is free */
	size_t length;
	bool fresh;		/* was mapped from the file, not moved into it */
	uint32_t next_free;
};

struct socket {
	struct transport transport;
	int connection;
	int doorbell;
	pthread_mutex_t talk;		/* one request and its response at a time */
	pthread_mutex_t lock;		/* guards all below */
	struct region *regions;
	uint32_t n_regions;		/* of @regions; ids from here on were never used */
	uint32_t free_region;		/* first of a list, QCUDA_MAX_REGIONS: none */
	int events[QCUDA_MAX_CHANNELS];	/* eventfd of each channel, -1: not running */
};

static struct socket *socket_of(struct transport *transport)
{
	return (struct socket *)transport;
}

static int error_of_status(uint32_t status)
{
	switch (status) {
	case QCUDA_OK:
		return 0;
	case QCUDA_ERR_ID:
		return -ENOENT;
	case QCUDA_ERR_RANGE:
		return -EINVAL;
	case QCUDA_ERR_NO_MEMORY:
		return -ENOMEM;
	case QCUDA_ERR_DRIVER:
		return -ENXIO;
	case QCUDA_ERR_DEAD:
		return -EPIPE;
	}
	return -EIO;
}

/* Send @length bytes with descriptor @fd, or without for -1. */
static int send_message(int connection, const void *message, size_t length, int fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)message, length };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (fd >= 0) {
		struct cmsghdr *cmsg = &control.align;

		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	}
	do
		n = sendmsg(connection, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	return (size_t)n == length ? 0 : -EIO;
}

/* Receive a response; @fd gets the descriptor that came along, or -1. */
static int receive_response(int connection, struct qcuda_response *response, int *fd)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { response, sizeof(*response) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg;
	ssize_t n;

	do
		n = recvmsg(connection, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return n == 0 || errno == ECONNRESET ? -EPIPE : -errno;
	*fd = -1;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (cmsg && cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS &&
	    cmsg->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(fd, CMSG_DATA(cmsg), sizeof(int));
	return n == sizeof(*response) ? 0 : -EIO;
}

/*
 * A control message and its answer.  @length: of the message, which starts with
 * struct qcuda_msg.  @got: the descriptor of the answer, or NULL if none is due.
 */
static int exchange(struct socket *socket, struct qcuda_msg *message, uint32_t type, size_t length,
		    int fd, int *got, struct qcuda_response *response)
{
	int came = -1, rc;

	message->type = type;
	message->length = length;
	pthread_mutex_lock(&socket->talk);
	rc = send_message(socket->connection, message, length, fd);
	if (!rc)
		rc = receive_response(socket->connection, response, &came);
	pthread_mutex_unlock(&socket->talk);
	if (!rc)
		rc = error_of_status(response->status);
	if (got)
		*got = came;
	else if (came >= 0)
		close(came);
	return rc;
}

static int request(struct socket *socket, struct qcuda_msg *message, uint32_t type, size_t length,
		   int fd)
{
	struct qcuda_response response = { 0 };

	return exchange(socket, message, type, length, fd, NULL, &response);
}

/* Take a free region id and note what it will be; QCUDA_MAX_REGIONS if there is none. */
static uint32_t region_take(struct socket *socket, void *addr, size_t length, bool fresh)
{
	uint32_t id;

	pthread_mutex_lock(&socket->lock);
	id = socket->free_region;
	if (id < QCUDA_MAX_REGIONS) {
		socket->free_region = socket->regions[id].next_free;
	} else if (socket->n_regions < QCUDA_MAX_REGIONS) {
		struct region *more = socket->regions;

		/* Twice as many when a power of two is full */
		if (!(socket->n_regions & (socket->n_regions - 1)))
			more = realloc(more, (socket->n_regions ? 2 * socket->n_regions : 1) *
						     sizeof(*more));
		if (more) {
			socket->regions = more;
			id = socket->n_regions++;
		}
	}
	if (id < QCUDA_MAX_REGIONS)
		socket->regions[id] = (struct region){ addr, length, fresh, 0 };
	pthread_mutex_unlock(&socket->lock);
	return id;
}

static struct region region_give_back(struct socket *socket, uint32_t id)
{
	struct region region;

	pthread_mutex_lock(&socket->lock);
	region = socket->regions[id];
	socket->regions[id].addr = NULL;
	socket->regions[id].next_free = socket->free_region;
	socket->free_region = id;
	pthread_mutex_unlock(&socket->lock);
	return region;
}

/* A memfd of @length bytes whose size is for ever; or a negative errno */
static int sealed_file(size_t length)
{
	int fd = memfd_create("qcuda", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int rc;

	if (fd < 0)
		return -errno;
	if (!ftruncate(fd, length) &&
	    !fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

/* Put the file behind the memory. */
static int back_by_file(void *addr, size_t length, bool fresh, int fd)
{
	if (!fresh)
		return pages_replace(addr, length, fd);
	return mmap(addr, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
			       MAP_FAILED ?
		       -errno :
		       0;
}

static int socket_region_share(struct transport *transport, void *addr, size_t length, bool fresh,
			       uint32_t *region)
{
	struct socket *socket = socket_of(transport);
	struct qcuda_region_add add = { .vaddr = (uintptr_t)addr, .length = length };
	int fd = sealed_file(length), rc;
	uint32_t id;

	if (fd < 0)
		return fd;
	rc = -ENOSPC;
	id = region_take(socket, addr, length, fresh);
	if (id >= QCUDA_MAX_REGIONS)
		goto err_close;
	rc = back_by_file(addr, length, fresh, fd);
	if (rc)
		goto err_give_back;
	add.region = id;
	rc = request(socket, &add.msg, QCUDA_REGION_ADD, sizeof(add), fd);
	if (rc)
		goto err_give_back;
	close(fd);
	*region = id;
	return 0;

err_give_back:
	region_give_back(socket, id);
err_close:
	close(fd);
	return rc;
}

static int socket_region_unshare(struct transport *transport, uint32_t id, bool gone)
{
	struct socket *socket = socket_of(transport);
	struct qcuda_region_del del = { .region = id };
	int rc = request(socket, &del.msg, QCUDA_REGION_DEL, sizeof(del), -1);
	struct region region;

	if (rc && rc != -EPIPE)
		return rc;
	region = region_give_back(socket, id);
	if (!region.fresh && !gone)
		pages_replace(region.addr, region.length, -1);
	return rc;
}

static int socket_channel_start(struct transport *transport, uint32_t region, uint64_t offset,
				uint32_t ring_bytes, uint32_t reply_bytes, uint32_t *channel)
{
	struct socket *socket = socket_of(transport);
	struct qcuda_channel_start start = { .region = region, .offset = offset,
					     .ring_bytes = ring_bytes,
					     .reply_bytes = reply_bytes };
	int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), rc = -ENOSPC;
	uint32_t id;

	if (event < 0)
		return -errno;
	pthread_mutex_lock(&socket->lock);
	for (id = 0; id < QCUDA_MAX_CHANNELS && socket->events[id] >= 0; id++)
		;
	if (id < QCUDA_MAX_CHANNELS)
		socket->events[id] = event;
	pthread_mutex_unlock(&socket->lock);
	if (id == QCUDA_MAX_CHANNELS)
		goto err_close;
	start.channel = id;
	rc = request(socket, &start.msg, QCUDA_CHANNEL_START, sizeof(start), event);
	if (rc)
		goto err_free;
	*channel = id;
	return 0;

err_free:
	pthread_mutex_lock(&socket->lock);
	socket->events[id] = -1;
	pthread_mutex_unlock(&socket->lock);
err_close:
	close(event);
	return rc;
}

static int socket_channel_stop(struct transport *transport, uint32_t channel)
{
	struct socket *socket = socket_of(transport);
	struct qcuda_channel_stop stop = { .channel = channel };
	int rc = request(socket, &stop.msg, QCUDA_CHANNEL_STOP, sizeof(stop), -1);

	pthread_mutex_lock(&socket->lock);
	close(socket->events[channel]);
	socket->events[channel] = -1;
	pthread_mutex_unlock(&socket->lock);
	return rc;
}

static int socket_doorbell(struct transport *transport, uint32_t channel)
{
	struct socket *socket = socket_of(transport);
	uint64_t one = 1;

	/* EAGAIN: the count is at its end, so the worker has yet to read it. */
	if (write(socket->doorbell, &one, sizeof(one)) < 0 && errno != EAGAIN)
		return -errno;
	return 0;
}

static int socket_wait(struct transport *transport, uint32_t channel, uint32_t *seen)
{
	struct socket *socket = socket_of(transport);
	struct pollfd fds[] = {
		/* Without the lock: whoever waits uses the channel, so it runs. */
		{ .fd = socket->events[channel], .events = POLLIN },
		{ .fd = socket->connection, .events = POLLRDHUP },
	};
	uint64_t count;

	if (poll(fds, 2, -1) < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[0].revents & POLLIN && read(fds[0].fd, &count, sizeof(count)) > 0) {
		*seen += count;
		return 0;
	}
	return fds[1].revents & (POLLRDHUP | POLLHUP | POLLERR) ? -EPIPE : 0;
}

static void socket_close(struct transport *transport)
{
	struct socket *socket = socket_of(transport);

	close(socket->connection);
	close(socket->doorbell);
	for (int i = 0; i < QCUDA_MAX_CHANNELS; i++)
		if (socket->events[i] >= 0)
			close(socket->events[i]);
	free(socket->regions);
	free(socket);
}

/*
 * The child has the parent's files mapped where the program registered memory:
 * give it pages of its own.  What the parent writes there before this is done
 * the child may see.
 */
static void socket_forked(struct transport *transport)
{
	struct socket *socket = socket_of(transport);

	for (uint32_t i = 0; i < socket->n_regions; i++) {
		struct region *region = &socket->regions[i];

		if (region->addr && !region->fresh)
			pages_replace_here(region->addr, region->length);
	}
}

static const struct transport_ops ops = {
	.name = "socket",
	.close = socket_close,
	.region_share = socket_region_share,
	.region_unshare = socket_region_unshare,
	.channel_start = socket_channel_start,
	.channel_stop = socket_channel_stop,
	.doorbell = socket_doorbell,
	.wait = socket_wait,
	.forked = socket_forked,
};

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, rc;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	do
		rc = connect(fd, (struct sockaddr *)&address, sizeof(address));
	while (rc < 0 && errno == EINTR);
	if (!rc)
		return fd;
	rc = errno == ENOENT || errno == ECONNREFUSED ? -ENODEV : -errno;
	close(fd);
	return rc;
}

static int say_hello(struct socket *socket)
{
	struct qcuda_hello hello = { .version_major = QCUDA_VERSION_MAJOR,
				     .version_minor = QCUDA_VERSION_MINOR };
	struct qcuda_response response = { 0 };
	int rc = exchange(socket, &hello.msg, QCUDA_SOCKET_HELLO, sizeof(hello), -1,
			  &socket->doorbell, &response);

	if (!rc && socket->doorbell < 0)
		rc = -EIO;
	socket->transport.version_minor = response.version_minor;
	socket->transport.max_channels = response.version_minor < QCUDA_MAX_CHANNELS_SINCE ?
						 QCUDA_OLD_CHANNELS : QCUDA_MAX_CHANNELS;
	return rc;
}

int transport_socket_open(const char *path, struct transport **transport)
{
	struct socket *socket = calloc(1, sizeof(*socket));
	int rc;

	if (!socket)
		return -ENOMEM;
	socket->transport.ops = &ops;
	socket->free_region = QCUDA_MAX_REGIONS;
	socket->doorbell = -1;
	pthread_mutex_init(&socket->talk, NULL);
	pthread_mutex_init(&socket->lock, NULL);
	for (int i = 0; i < QCUDA_MAX_CHANNELS; i++)
		socket->events[i] = -1;
	socket->connection = connect_to(path);
	if (socket->connection < 0) {
		rc = socket->connection;
		goto err_free;
	}
	rc = say_hello(socket);
	if (rc)
		goto err_close;
	debug_session("socket %s: connected", path);
	*transport = &socket->transport;
	return 0;

err_close:
	close(socket->connection);
	if (socket->doorbell >= 0)
		close(socket->doorbell);
err_free:
	debug_session("socket %s: %s", path, strerror(-rc));
	free(socket);
	return rc;
}
