/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/double/daemon.h"
#include "tests/unit/double/front_end.h"

enum {
	GET_FEATURES = 1,
	SET_FEATURES = 2,
	SET_OWNER = 3,
	SET_MEM_TABLE = 5,
	SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9,
	SET_VRING_BASE = 10,
	GET_VRING_BASE = 11,
	SET_VRING_KICK = 12,
	SET_VRING_CALL = 13,
	GET_PROTOCOL_FEATURES = 15,
	SET_PROTOCOL_FEATURES = 16,
	GET_QUEUE_NUM = 17,
	SET_VRING_ENABLE = 18,
};

#define QEMU_BASE	0x500000000000ull	/* where "QEMU" sees the guest's memory */
#define NEED_REPLY	8u

struct message {
	uint32_t request, flags, size;
	union {
		uint64_t u64[13];
		uint32_t u32[26];
	};
} __attribute__((packed));

static void message_out(struct front_end *fe, struct message *message, uint32_t size,
			const int *fds, int n_fds)
{
	char control[CMSG_SPACE(8 * sizeof(int))] = { 0 };
	struct iovec iov = { message, 12 + size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	message->flags |= 1;
	message->size = size;
	if (n_fds) {
		struct cmsghdr *cmsg;

		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, n_fds * sizeof(int));
	}
	CHECK(sendmsg(fe->socket, &msg, MSG_NOSIGNAL) == 12 + (ssize_t)size);
}

/* Send and take the answer's payload. */
static uint64_t message_ask(struct front_end *fe, struct message *message, uint32_t size,
			    const int *fds, int n_fds)
{
	uint32_t request = message->request;

	message_out(fe, message, size, fds, n_fds);
	CHECK(recv(fe->socket, message, 12 + 8, MSG_WAITALL) == 12 + 8);
	CHECK(message->request == request && message->flags == 5 && message->size == 8);
	return message->u64[0];
}

static uint64_t ask(struct front_end *fe, uint32_t request, uint64_t value)
{
	struct message message = { .request = request, .u64 = { value } };

	return message_ask(fe, &message, value ? 8 : 0, NULL, 0);
}

/* Send, and have it acknowledged: 0 is success. */
static void tell(struct front_end *fe, uint32_t request, uint64_t value, int fd)
{
	struct message message = { .request = request, .flags = NEED_REPLY, .u64 = { value } };

	CHECK(message_ask(fe, &message, 8, &fd, fd >= 0) == 0);
}

static void tell_ring(struct front_end *fe, uint32_t request, unsigned index, uint32_t value)
{
	tell(fe, request, (uint64_t)value << 32 | index, -1);
}

void front_end_memory(struct front_end *fe)
{
	const int fds[2] = { fe->memory, fe->memory };
	struct message message = {
		.request = SET_MEM_TABLE,
		.flags = NEED_REPLY,
		.u64 = { 2, 0, LOW_BYTES, QEMU_BASE + HIGH_BYTES, HIGH_BYTES,
			 HIGH_GPA, HIGH_BYTES, QEMU_BASE, 0 },
	};

	CHECK(message_ask(fe, &message, 72, fds, 2) == 0);
}

void front_end_connect(struct front_end *fe, const char *path, bool event_idx)
{
	const uint64_t ring = 1ull << VIRTIO_RING_F_INDIRECT_DESC |
			      (uint64_t)event_idx << VIRTIO_RING_F_EVENT_IDX;
	struct message message = { .request = SET_OWNER };

	*fe = (struct front_end){ .socket = connect_to(path, SOCK_STREAM), .event_idx = event_idx };
	fe->memory = memfd_create("guest", MFD_CLOEXEC);
	CHECK(fe->memory >= 0 && !ftruncate(fe->memory, LOW_BYTES + HIGH_BYTES));
	fe->base = mmap(NULL, LOW_BYTES + HIGH_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
			fe->memory, 0);
	CHECK(fe->base != MAP_FAILED);
	CHECK((ask(fe, GET_FEATURES, 0) & ring) == ring);
	CHECK((ask(fe, GET_PROTOCOL_FEATURES, 0) & 9) == 9);
	message = (struct message){ .request = SET_PROTOCOL_FEATURES, .u64 = { 9 } };
	message_out(fe, &message, 8, NULL, 0);
	CHECK(ask(fe, GET_QUEUE_NUM, 0) >= QUEUES);
	message = (struct message){ .request = SET_OWNER };
	message_out(fe, &message, 0, NULL, 0);
	tell(fe, SET_FEATURES, 1ull << 32 | 1ull << 30 | ring, -1);
	front_end_memory(fe);
	for (unsigned i = 0; i < QUEUES; i++) {
		fe->queue[i].kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		fe->queue[i].call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		front_end_fresh(fe, i);
	}
}

void front_end_disconnect(struct front_end *fe)
{
	close(fe->socket);
	munmap(fe->base, LOW_BYTES + HIGH_BYTES);
	close(fe->memory);
	for (unsigned i = 0; i < QUEUES; i++) {
		close(fe->queue[i].kick);
		close(fe->queue[i].call);
	}
}

void *guest_at(struct front_end *fe, uint64_t gpa)
{
	if (gpa >= HIGH_GPA)
		return fe->base + (gpa - HIGH_GPA);
	return fe->base + HIGH_BYTES + gpa;
}

uint64_t guest_alloc(struct front_end *fe, size_t bytes)
{
	uint64_t gpa = fe->brk;

	fe->brk += (bytes + 4095) & ~4095ull;
	CHECK(fe->brk <= LOW_BYTES);
	memset(guest_at(fe, gpa), 0, bytes);
	return gpa;
}

void front_end_fresh(struct front_end *fe, unsigned index)
{
	struct driver_queue *queue = &fe->queue[index];

	queue->gpa = guest_alloc(fe, 3 * 4096);
	queue->desc = guest_at(fe, queue->gpa);
	queue->avail = guest_at(fe, queue->gpa + 4096);
	queue->used = guest_at(fe, queue->gpa + 8192);
	queue->seen = queue->next = 0;
}

void front_end_start(struct front_end *fe, unsigned index, uint16_t base)
{
	struct driver_queue *queue = &fe->queue[index];
	const uint64_t user = QEMU_BASE + HIGH_BYTES + queue->gpa;
	struct message message = {
		.request = SET_VRING_ADDR,
		.flags = NEED_REPLY,
		.u64 = { index, user, user + 8192, user + 4096, 0 },
	};

	tell_ring(fe, SET_VRING_NUM, index, QUEUE_SIZE);
	tell_ring(fe, SET_VRING_BASE, index, base);
	CHECK(message_ask(fe, &message, 40, NULL, 0) == 0);
	tell(fe, SET_VRING_KICK, index, queue->kick);
	tell(fe, SET_VRING_CALL, index, queue->call);
	tell_ring(fe, SET_VRING_ENABLE, index, 1);
}

uint16_t front_end_stop(struct front_end *fe, unsigned index)
{
	struct message message = { .request = GET_VRING_BASE, .u32 = { index, 0 } };

	return message_ask(fe, &message, 8, NULL, 0) >> 32;
}

uint16_t driver_post(struct front_end *fe, unsigned index, uint64_t out, uint32_t out_bytes,
		     uint64_t in, uint32_t in_bytes)
{
	struct driver_queue *queue = &fe->queue[index];
	uint16_t head = queue->next % QUEUE_SIZE, at = head;

	if (out_bytes) {
		queue->desc[at] = (struct vring_desc){ out, out_bytes, 0, 0 };
		queue->next++;
	}
	if (in_bytes && out_bytes) {
		queue->desc[at].flags = VRING_DESC_F_NEXT;
		queue->desc[at].next = queue->next % QUEUE_SIZE;
		at = queue->next % QUEUE_SIZE;
	}
	if (in_bytes) {
		queue->desc[at] = (struct vring_desc){ in, in_bytes, VRING_DESC_F_WRITE, 0 };
		queue->next++;
	}
	queue->avail->ring[queue->avail->idx % QUEUE_SIZE] = head;
	__atomic_store_n(&queue->avail->idx, queue->avail->idx + 1, __ATOMIC_SEQ_CST);
	return head;
}

void driver_kick(struct front_end *fe, unsigned index)
{
	CHECK(!eventfd_write(fe->queue[index].kick, 1));
}

bool driver_wait(struct front_end *fe, unsigned index, struct vring_used_elem *used, int ms)
{
	struct driver_queue *queue = &fe->queue[index];
	struct pollfd poll_call = { queue->call, POLLIN, 0 };
	eventfd_t count;

	for (;;) {
		if (fe->event_idx)
			__atomic_store_n(&queue->avail->ring[QUEUE_SIZE], queue->seen,
					 __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&queue->used->idx, __ATOMIC_SEQ_CST) != queue->seen)
			break;
		if (poll(&poll_call, 1, ms) <= 0)
			return false;
		eventfd_read(queue->call, &count);
	}
	*used = queue->used->ring[queue->seen++ % QUEUE_SIZE];
	return true;
}

struct qcuda_response driver_request(struct front_end *fe, unsigned index, const void *message,
				     size_t bytes)
{
	uint64_t brk = fe->brk;
	uint64_t out = guest_alloc(fe, bytes), in = guest_alloc(fe, sizeof(struct qcuda_response));
	struct vring_used_elem used;
	uint16_t head;

	memcpy(guest_at(fe, out), message, bytes);
	head = driver_post(fe, index, out, bytes, in, sizeof(struct qcuda_response));
	driver_kick(fe, index);
	CHECK(driver_wait(fe, index, &used, 5000));
	CHECK(used.id == head && used.len == sizeof(struct qcuda_response));
	fe->brk = brk;
	return *(struct qcuda_response *)guest_at(fe, in);
}
