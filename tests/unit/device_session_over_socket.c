/* SPDX-License-Identifier: MIT */
/*
 * device_session_over_socket.c - the life of sessions of processes without a VM
 *
 * The real daemon and worker, but for the dispatcher (double/dispatch.c).
 */
/* links: tests/unit/double/daemon.c wire/ring.c */
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/double/daemon.h"
#include "tests/unit/double/dispatch.h"
#include "wire/channel.h"
#include "wire/protocol.h"

#define REGION_BYTES	(1u << 20)
#define RING_BYTES	16384u
#define REPLY_BYTES	65536u

struct session {
	int connection;
	int doorbell;
	int event;
	int memory;
	uint8_t *base;
	struct channel_end channel;
};

static int send_with_fd(int connection, const void *message, size_t size, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { (void *)message, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		struct cmsghdr *cmsg;

		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	return sendmsg(connection, &msg, MSG_NOSIGNAL) == (ssize_t)size;
}

/* The status of a request, -1 if the connection has ended; @fd gets what came along. */
static int request(int connection, const void *message, size_t size, int send_fd, int *fd)
{
	struct qcuda_response response;
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &response, sizeof(response) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *cmsg;

	if (!send_with_fd(connection, message, size, send_fd))
		return -1;
	if (recvmsg(connection, &msg, MSG_CMSG_CLOEXEC) != sizeof(response))
		return -1;
	cmsg = CMSG_FIRSTHDR(&msg);
	CHECK(!cmsg == !fd || response.status != QCUDA_OK);
	if (cmsg && fd)
		memcpy(fd, CMSG_DATA(cmsg), sizeof(*fd));
	return response.status;
}

static int say_hello(struct session *session, uint32_t major)
{
	const struct qcuda_hello hello = { { QCUDA_SOCKET_HELLO, sizeof(hello) }, major, 7, ~0ull };

	return request(session->connection, &hello, sizeof(hello), -1, &session->doorbell);
}

static int region_add(struct session *session, uint32_t id, int fd, uint64_t length)
{
	const struct qcuda_region_add add = {
		.msg = { QCUDA_REGION_ADD, sizeof(add) },
		.region = id,
		.vaddr = 0x7f1200000000ull + ((uint64_t)id << 32),
		.length = length,
	};

	return request(session->connection, &add, sizeof(add), fd, NULL);
}

static int region_del(struct session *session, uint32_t id)
{
	const struct qcuda_region_del del = { { QCUDA_REGION_DEL, sizeof(del) }, id, 0 };

	return request(session->connection, &del, sizeof(del), -1, NULL);
}

static int channel_start(struct session *session, uint32_t id, uint32_t region, uint64_t offset)
{
	const struct qcuda_channel_start start = {
		{ QCUDA_CHANNEL_START, sizeof(start) }, id, region, offset, RING_BYTES, REPLY_BYTES,
	};

	return request(session->connection, &start, sizeof(start), session->event, NULL);
}

static int channel_stop(struct session *session, uint32_t id)
{
	const struct qcuda_channel_stop stop = { { QCUDA_CHANNEL_STOP, sizeof(stop) }, id, 0 };

	return request(session->connection, &stop, sizeof(stop), -1, NULL);
}

static int sealed_memory(uint64_t length)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	CHECK(fd >= 0 && !ftruncate(fd, length));
	CHECK(!fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
	return fd;
}

static void session_open(struct session *session, const struct daemon *daemon)
{
	session->connection = connect_to(daemon->socket, SOCK_SEQPACKET);
	session->event = eventfd(0, EFD_CLOEXEC);
	session->memory = sealed_memory(REGION_BYTES);
	session->base = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			     session->memory, 0);
	CHECK(session->base != MAP_FAILED);
	CHECK(say_hello(session, QCUDA_VERSION_MAJOR) == QCUDA_OK);
	CHECK(region_add(session, 0, session->memory, REGION_BYTES) == QCUDA_OK);
	channel_end_init(&session->channel, session->base, RING_BYTES, session->doorbell);
	CHECK(channel_start(session, 0, 0, 0) == QCUDA_OK);
}

static void session_close(struct session *session)
{
	close(session->connection);
	close(session->event);
	close(session->memory);
	close(session->doorbell);
	munmap(session->base, REGION_BYTES);
}

static void commands_are_run_and_answered(struct session *session)
{
	struct channel_end *channel = &session->channel;
	uint8_t data[9000];

	for (size_t n = 0; n < sizeof(data); n += 1 + n / 3) {
		const struct wire_reply *reply;

		for (size_t i = 0; i < n; i++)
			data[i] = i * 31 + n;
		channel_end_call(channel, DOUBLE_ECHO, data, n, 1);
		reply = channel_end_wait(channel, 5000);
		CHECK(reply && reply->bytes == sizeof(*reply) + ((n + 7) & ~7ul));
		CHECK(!memcmp(reply + 1, data, n));
	}
	for (int i = 0; i < 10000; i++)
		channel_end_call(channel, DOUBLE_POST, data, i % 100, 0);
	CHECK(channel_end_value(channel, DOUBLE_COUNT, 0) == 10000);
	/* Once from sleep, so that the doorbell is seen to work */
	usleep(50000);
	CHECK(channel_end_value(channel, DOUBLE_COUNT, 0) == 10000);
}

static void a_sleeping_guest_is_woken(struct session *session)
{
	struct channel_shared *shared = (struct channel_shared *)session->base;
	const uint64_t delay = 30000;
	eventfd_t count;

	atomic_store(&shared->guest_waits, GUEST_WAITS_REPLY);
	channel_end_call(&session->channel, DOUBLE_SLEEP, &delay, sizeof(delay), 1);
	CHECK(!eventfd_read(session->event, &count) && count == 1);
	CHECK(atomic_load(&shared->guest_waits) == GUEST_AWAKE);
	CHECK(channel_end_wait(&session->channel, 0));
}

static void regions_are_shared_and_let_go(struct session *session)
{
	int fd = sealed_memory(1 << 16);
	uint8_t *memory = mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	uint64_t sum;

	CHECK(region_add(session, 7, fd, 1 << 16) == QCUDA_OK);
	CHECK(region_add(session, 7, fd, 1 << 16) == QCUDA_ERR_ID);
	memset(memory, 3, 1 << 16);
	sum = channel_end_value(&session->channel, DOUBLE_SUM, 7);
	CHECK((sum & ~DOUBLE_SAME_ADDRESS) == 3 * ((1 << 16) - 8));
	CHECK(*(uint64_t *)memory == 3 * ((1 << 16) - 8));
	CHECK(region_del(session, 7) == QCUDA_OK);
	CHECK(memory[0] == DOUBLE_GONE && memory[(1 << 16) - 1] == DOUBLE_GONE);
	CHECK(channel_end_value(&session->channel, DOUBLE_SUM, 7) == UINT64_MAX);
	CHECK(region_del(session, 7) == QCUDA_ERR_ID);
	CHECK(region_del(session, 0) == QCUDA_ERR_ID); /* a channel runs in it */
	munmap(memory, 1 << 16);
	close(fd);
}

static void a_stopped_channel_has_run_everything(struct session *session)
{
	uint64_t before = channel_end_value(&session->channel, DOUBLE_COUNT, 0);

	for (int i = 0; i < 100; i++)
		channel_end_call(&session->channel, DOUBLE_POST, NULL, 0, 0);
	CHECK(channel_stop(session, 0) == QCUDA_OK);
	CHECK(channel_stop(session, 0) == QCUDA_ERR_ID);
	channel_end_init(&session->channel, session->base, RING_BYTES, session->doorbell);
	CHECK(channel_start(session, 0, 0, 0) == QCUDA_OK);
	CHECK(channel_end_value(&session->channel, DOUBLE_COUNT, 0) == before + 100);
}

static void bad_requests_are_refused(struct session *session)
{
	static uint8_t large[64 << 10];
	struct qcuda_msg msg = { 0x7777, sizeof(msg) };
	int fd = sealed_memory(1 << 16), open_file = memfd_create("test", MFD_ALLOW_SEALING);

	CHECK(!ftruncate(open_file, 1 << 16));
	CHECK(request(session->connection, &msg, sizeof(msg), -1, NULL) == QCUDA_ERR_PROTOCOL);
	CHECK(request(session->connection, &msg, 3, -1, NULL) == QCUDA_ERR_PROTOCOL);
	CHECK(region_add(session, 9, open_file, 1 << 16) == QCUDA_ERR_RANGE);
	CHECK(region_add(session, 9, fd, 1 << 17) == QCUDA_ERR_RANGE);
	CHECK(region_add(session, 9, fd, 100) == QCUDA_ERR_RANGE);
	CHECK(region_add(session, 9, fd, 0) == QCUDA_ERR_RANGE);
	CHECK(region_add(session, 9, -1, 1 << 16) == QCUDA_ERR_PROTOCOL);
	CHECK(region_add(session, QCUDA_MAX_REGIONS, fd, 1 << 16) == QCUDA_ERR_ID);
	CHECK(channel_start(session, QCUDA_MAX_CHANNELS, 0, 0) == QCUDA_ERR_ID);
	CHECK(channel_start(session, 1, 5, 0) == QCUDA_ERR_ID);
	CHECK(channel_start(session, 1, 0, 8) == QCUDA_ERR_RANGE);
	CHECK(channel_start(session, 1, 0, REGION_BYTES) == QCUDA_ERR_RANGE);
	CHECK(channel_start(session, 1, 0, ~4095ull) == QCUDA_ERR_RANGE);
	CHECK(channel_end_value(&session->channel, DOUBLE_COUNT, 0) < UINT64_MAX);
	/* More than a message can be: not a request any more */
	CHECK(request(session->connection, large, sizeof(large), -1, NULL) == -1);
	close(fd);
	close(open_file);
}

static void a_crash_ends_one_session_only(const struct daemon *daemon)
{
	struct session victim, other;
	char byte;

	session_open(&victim, daemon);
	session_open(&other, daemon);
	channel_end_call(&victim.channel, DOUBLE_CRASH, NULL, 0, 1);
	CHECK(read(victim.connection, &byte, 1) <= 0);
	CHECK(!channel_end_wait(&victim.channel, 10));
	CHECK(channel_end_value(&other.channel, DOUBLE_COUNT, 0) == 0);
	session_close(&victim);
	session_open(&victim, daemon);
	CHECK(channel_end_value(&victim.channel, DOUBLE_PID, 0) !=
	      channel_end_value(&other.channel, DOUBLE_PID, 0));
	/* A ring of nonsense, and a call that the dispatcher calls a breach */
	atomic_store(&((struct channel_shared *)victim.base)->head, 12345);
	eventfd_write(victim.doorbell, 1);
	atomic_store(&((struct channel_shared *)victim.base)->host_sleeps, 0);
	eventfd_write(victim.doorbell, 1);
	CHECK(read(victim.connection, &byte, 1) <= 0);
	channel_end_call(&other.channel, 99, NULL, 0, 1);
	CHECK(read(other.connection, &byte, 1) <= 0);
	session_close(&victim);
	session_close(&other);
}

static void nothing_is_left_behind(const struct daemon *daemon)
{
	for (int i = 0; i < 30; i++) {
		struct session session;

		session_open(&session, daemon);
		if (i % 3)
			CHECK(channel_end_value(&session.channel, DOUBLE_COUNT, 0) == 0);
		session_close(&session);
	}
	daemon_wait_workers(daemon, 1);
}

static void too_many_are_told_so(const struct daemon *daemon)
{
	struct session session[3];

	for (int i = 0; i < 3; i++)
		session_open(&session[i], daemon);
	{
		struct qcuda_response response;
		int fd = connect_to(daemon->socket, SOCK_SEQPACKET);

		CHECK(recv(fd, &response, sizeof(response), 0) == sizeof(response));
		CHECK(response.status == QCUDA_ERR_NO_MEMORY);
		close(fd);
	}
	for (int i = 0; i < 3; i++)
		session_close(&session[i]);
	daemon_wait_workers(daemon, 1);
}

static void another_version_is_refused(const struct daemon *daemon)
{
	struct session session = { .connection = connect_to(daemon->socket, SOCK_SEQPACKET) };

	CHECK(say_hello(&session, QCUDA_VERSION_MAJOR + 1) == QCUDA_ERR_PROTOCOL);
	CHECK(region_del(&session, 0) == QCUDA_ERR_PROTOCOL);
	close(session.connection);
}

static void a_driver_that_fails_is_told(void)
{
	const char *const options[] = { "--driver=fails", "--log=error", NULL };
	struct session session;
	struct daemon daemon;

	daemon_start(&daemon, options);
	session.connection = connect_to(daemon.socket, SOCK_SEQPACKET);
	CHECK(say_hello(&session, QCUDA_VERSION_MAJOR) == QCUDA_ERR_DRIVER);
	close(session.connection);
	daemon_stop(&daemon);
}

int main(void)
{
	const char *const options[] = { "--sessions=3", "--log=error", NULL };
	struct session session;
	struct daemon daemon;

	daemon_start(&daemon, options);
	session_open(&session, &daemon);
	commands_are_run_and_answered(&session);
	a_sleeping_guest_is_woken(&session);
	regions_are_shared_and_let_go(&session);
	a_stopped_channel_has_run_everything(&session);
	bad_requests_are_refused(&session);
	session_close(&session);
	daemon_wait_workers(&daemon, 1);
	a_crash_ends_one_session_only(&daemon);
	daemon_wait_workers(&daemon, 1);
	nothing_is_left_behind(&daemon);
	too_many_are_told_so(&daemon);
	another_version_is_refused(&daemon);
	daemon_stop(&daemon);
	a_driver_that_fails_is_told();
	return 0;
}
