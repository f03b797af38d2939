/* SPDX-License-Identifier: MIT */
/*
 * device_old_guest_new_host.c - a guest of version 1.0 in front of today's daemon and worker
 *
 * It says 1.0 in its HELLO and sends what 1.0 sent, byte for byte, to a session on softgpu.  A
 * guest of a version to come is played too.
 */
/* links: tests/unit/double/daemon.c wire/ring.c */
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/double/daemon.h"
#include "wire/channel.h"
#include "wire/handle.h"
#include "wire/payload.h"
#include "wire/protocol.h"

#define REGION_BYTES	(1u << 20)
#define RING_BYTES	16384u
#define REPLY_BYTES	65536u

struct guest {
	int connection, doorbell, event;
	struct channel_end channel;
};

/* Ask, with a descriptor if @fd is not negative; the answer, whose descriptor goes to *@got */
static struct qcuda_response ask(const struct guest *guest, const void *message, size_t size,
				 int fd, int *got)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct qcuda_response response;
	struct iovec iov = { (void *)message, size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg = (struct cmsghdr *)control;

	if (fd >= 0) {
		*cmsg = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
		msg.msg_control = control;
		msg.msg_controllen = sizeof(control);
	}
	CHECK(sendmsg(guest->connection, &msg, MSG_NOSIGNAL) == (ssize_t)size);
	iov = (struct iovec){ &response, sizeof(response) };
	msg = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
			       .msg_controllen = sizeof(control) };
	CHECK(recvmsg(guest->connection, &msg, MSG_CMSG_CLOEXEC) == sizeof(response));
	if (got && CMSG_FIRSTHDR(&msg))
		memcpy(got, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(*got));
	return response;
}

static void open_session(struct guest *guest, const struct daemon *daemon, uint32_t minor,
			 uint32_t agreed)
{
	const struct qcuda_hello hello = { { QCUDA_SOCKET_HELLO, sizeof(hello) }, 1, minor, ~0ull };
	const struct qcuda_region_add add = { .msg = { QCUDA_REGION_ADD, sizeof(add) },
					      .vaddr = 0x7f1200000000ull, .length = REGION_BYTES };
	const struct qcuda_channel_start start = {
		{ QCUDA_CHANNEL_START, sizeof(start) }, 0, 0, 0, RING_BYTES, REPLY_BYTES,
	};
	int memory = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct qcuda_response response;
	void *base;

	CHECK(memory >= 0 && !ftruncate(memory, REGION_BYTES));
	CHECK(!fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK));
	base = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	CHECK(base != MAP_FAILED);
	guest->connection = connect_to(daemon->socket, SOCK_SEQPACKET);
	guest->event = eventfd(0, EFD_CLOEXEC);
	response = ask(guest, &hello, sizeof(hello), -1, &guest->doorbell);
	CHECK(response.status == QCUDA_OK && response.version_minor == agreed);
	CHECK(!response.features);
	CHECK(ask(guest, &add, sizeof(add), memory, NULL).status == QCUDA_OK);
	channel_end_init(&guest->channel, base, RING_BYTES, guest->doorbell);
	CHECK(ask(guest, &start, sizeof(start), guest->event, NULL).status == QCUDA_OK);
	close(memory);
}

static void close_session(struct guest *guest)
{
	close(guest->connection);
	close(guest->doorbell);
	close(guest->event);
	munmap(guest->channel.base, REGION_BYTES);
}

/* One call as 1.0 sent it; the answer's payload */
static const void *call(struct guest *guest, int id, const void *payload, size_t bytes, int result)
{
	const struct wire_reply *reply;

	channel_end_call(&guest->channel, id, payload, bytes, 1);
	reply = channel_end_wait(&guest->channel, 20000);
	CHECK(reply && reply->result == result);
	return reply + 1;
}

static void works(struct guest *guest)
{
	const uint64_t context = handle_make(KIND_CUcontext, 1, 1);
	const uint64_t host_info[] = { sizeof(struct wire_host) };
	const uint64_t retain[] = { 8, context, 4, 0 };
	const uint64_t alloc[] = { 8, 8, 4096 };
	const struct wire_host *host = call(guest, 0x101, host_info, sizeof(host_info), 0);
	uint64_t device, text = 0x3132333435363738;

	CHECK(host->device_count >= 1 && host->driver_version >= 12000);
	call(guest, 0x201, retain, sizeof(retain), 0);
	guest->channel.context = context;
	memcpy(&device, call(guest, 0x302, alloc, sizeof(alloc), 0), sizeof(device));
	CHECK(device);
	{
		const uint64_t write[] = { 8, device, 8, 8, 8, text };
		const uint64_t read[] = { 8, device, 8, 8, 8 };
		const uint64_t free_it[] = { 8, device };

		call(guest, 0x310, write, sizeof(write), 0);
		CHECK(!memcmp(call(guest, 0x312, read, sizeof(read), 0), &text, sizeof(text)));
		call(guest, 0x304, free_it, sizeof(free_it), 0);
	}
}

int main(void)
{
	char driver[320], worker[320];
	const char *const options[] = { driver, worker, NULL };
	struct daemon daemon;
	struct guest guest;

	build_path(driver + sprintf(driver, "--driver="), 300, "softgpu/libcuda.so.1");
	build_path(worker + sprintf(worker, "--worker="), 300, "bin/qcu-worker");
	daemon_start(&daemon, options);

	memset(&guest, 0, sizeof(guest));
	open_session(&guest, &daemon, 0, 0);
	works(&guest);
	close_session(&guest);

	/* One to come: it knows a call that this host does not, and goes on without */
	memset(&guest, 0, sizeof(guest));
	open_session(&guest, &daemon, 99, QCUDA_VERSION_MINOR);
	call(&guest, 0xffe, NULL, 0, 801);
	works(&guest);
	call(&guest, 0xffe, NULL, 0, 801);
	close_session(&guest);

	daemon_stop(&daemon);
	return 0;
}
