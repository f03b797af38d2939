/* SPDX-License-Identifier: MIT */
/*
 * vhost_user.c - the back-end of the vhost-user protocol
 *
 * DOC: Theory of operation
 *
 * QEMU sends one message at a time and never more before it has the answer, if
 * there is one.  A message is read piecewise as it comes, its size and its
 * descriptors are checked against the table of handlers, and the handler
 * changes the device (device.c).
 *
 * What a message asks for may need the workers: a queue must rest before QEMU is
 * told its base, a memory table must have arrived before QEMU is told so.  Then
 * the answer waits until the device is settled, and so does the next message;
 * the daemon goes on with everything else.  link.h says what ends the wait if a
 * worker does not answer.
 *
 * QEMU runs the VM and is trusted as such; but a malformed message ends the
 * connection and not the daemon.
 *
 * Spec: "Vhost-user Protocol" in QEMU's documentation (interop/vhost-user).
 */
#include <errno.h>
#include <linux/vhost_types.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/common/message.h"
#include "qcu-device/daemon/device.h"
#include "qcu-device/daemon/vhost_user.h"

enum vhost_user_request {
	VHOST_USER_GET_FEATURES = 1,
	VHOST_USER_SET_FEATURES = 2,
	VHOST_USER_SET_OWNER = 3,
	VHOST_USER_RESET_OWNER = 4,
	VHOST_USER_SET_MEM_TABLE = 5,
	VHOST_USER_SET_VRING_NUM = 8,
	VHOST_USER_SET_VRING_ADDR = 9,
	VHOST_USER_SET_VRING_BASE = 10,
	VHOST_USER_GET_VRING_BASE = 11,
	VHOST_USER_SET_VRING_KICK = 12,
	VHOST_USER_SET_VRING_CALL = 13,
	VHOST_USER_SET_VRING_ERR = 14,
	VHOST_USER_GET_PROTOCOL_FEATURES = 15,
	VHOST_USER_SET_PROTOCOL_FEATURES = 16,
	VHOST_USER_GET_QUEUE_NUM = 17,
	VHOST_USER_SET_VRING_ENABLE = 18,
	VHOST_USER_GET_MAX_MEM_SLOTS = 36,
	VHOST_USER_ADD_MEM_REG = 37,
	VHOST_USER_REM_MEM_REG = 38,
};

#define VHOST_USER_VERSION	1u
#define VHOST_USER_VERSION_MASK	3u
#define VHOST_USER_REPLY	(1u << 2)
#define VHOST_USER_NEED_REPLY	(1u << 3)

#define PROTOCOL_F_MQ			(1ull << 0)
#define PROTOCOL_F_REPLY_ACK		(1ull << 3)
#define PROTOCOL_F_CONFIGURE_MEM_SLOTS	(1ull << 15)
#define PROTOCOL_FEATURES (PROTOCOL_F_MQ | PROTOCOL_F_REPLY_ACK | PROTOCOL_F_CONFIGURE_MEM_SLOTS)

#define F_PROTOCOL_FEATURES	(1ull << 30)
#define FEATURES                                                                                   \
	(1ull << VIRTIO_F_VERSION_1 | 1ull << VIRTIO_RING_F_INDIRECT_DESC |                        \
	 1ull << VIRTIO_RING_F_EVENT_IDX | F_PROTOCOL_FEATURES)

#define RING_INDEX_MASK		0xffull	/* of the u64 that comes with a ring's descriptor */
#define RING_NO_FD		0x100ull

#define TABLE_REGIONS		8	/* of SET_MEM_TABLE; ADD_MEM_REG goes further */

struct memory_region {
	uint64_t gpa;
	uint64_t size;
	uint64_t user;
	uint64_t offset;
};

struct vhost_user_message {
	struct {
		uint32_t request;
		uint32_t flags;
		uint32_t size;
	} header;
	union {
		uint64_t u64;
		struct vhost_vring_state state;
		struct vhost_vring_addr addr;
		struct {
			uint32_t n;
			uint32_t padding;
			struct memory_region region[TABLE_REGIONS];
		} table;
		struct {
			uint64_t padding;
			struct memory_region region;
		} one;
	} payload;
} __attribute__((packed, aligned(4)));

#define HEADER_SIZE sizeof(((struct vhost_user_message *)0)->header)

/*
 * The connection.
 * @have: bytes of @message that have come, with @fds
 * @waiting: @message is done but for its answer, which waits for device_settled()
 * @protocol: protocol features negotiated
 * @status: of @message: 0 or a negative errno
 */
static struct {
	struct loop_source listener;
	struct loop_source source;
	struct vhost_user_message message;
	struct message_fds fds;
	size_t have;
	bool waiting;
	bool once;
	unsigned queues;
	uint64_t features;
	uint64_t protocol;
	int status;
} conn = { .listener.fd = -1, .source.fd = -1 };

static struct queue *ring_of(uint64_t index)
{
	return index < conn.queues ? queue_get(index) : NULL;
}

/*
 * The handlers: what they return is the message's status, for the log and, if
 * QEMU asks for it, the acknowledgement.  Those that answer with a payload put
 * it into @message.
 */
static int get_features(struct vhost_user_message *message)
{
	message->payload.u64 = FEATURES;
	return 0;
}

static int set_features(struct vhost_user_message *message)
{
	if (message->payload.u64 & ~FEATURES)
		return -EINVAL;
	conn.features = message->payload.u64;
	device_set_features(conn.features);
	return 0;
}

static int get_protocol_features(struct vhost_user_message *message)
{
	message->payload.u64 = PROTOCOL_FEATURES;
	return 0;
}

static int set_protocol_features(struct vhost_user_message *message)
{
	if (message->payload.u64 & ~PROTOCOL_FEATURES)
		return -EINVAL;
	conn.protocol = message->payload.u64;
	return 0;
}

static int nothing(struct vhost_user_message *message)
{
	return 0;
}

static int get_queue_num(struct vhost_user_message *message)
{
	message->payload.u64 = conn.queues;
	return 0;
}

static int get_max_mem_slots(struct vhost_user_message *message)
{
	message->payload.u64 = GUEST_MEMORY_RANGES;
	return 0;
}

static struct guest_range range_of(struct memory_region region, int fd)
{
	return (struct guest_range){
		.gpa = region.gpa,
		.size = region.size,
		.user = region.user,
		.offset = region.offset,
		.fd = fd,
	};
}

static int set_mem_table(struct vhost_user_message *message)
{
	struct guest_range range[TABLE_REGIONS];
	uint32_t n = message->payload.table.n;

	if (n > TABLE_REGIONS || n != conn.fds.n ||
	    message->header.size < 8 + n * sizeof(struct memory_region))
		return -EINVAL;
	for (uint32_t i = 0; i < n; i++)
		range[i] = range_of(message->payload.table.region[i],
				    message_fds_take(&conn.fds));
	return device_set_memory(range, n);
}

static int add_mem_reg(struct vhost_user_message *message)
{
	const struct guest_range range =
		range_of(message->payload.one.region, message_fds_take(&conn.fds));

	return device_add_memory(&range);
}

static int rem_mem_reg(struct vhost_user_message *message)
{
	const struct memory_region region = message->payload.one.region;

	return device_remove_memory(region.gpa, region.size);
}

static int set_vring_num(struct vhost_user_message *message)
{
	struct queue *queue = ring_of(message->payload.state.index);

	if (!queue || queue->vq.running)
		return -EINVAL;
	queue->num = message->payload.state.num;
	return 0;
}

static int set_vring_addr(struct vhost_user_message *message)
{
	const struct vhost_vring_addr addr = message->payload.addr;
	struct queue *queue = ring_of(addr.index);

	if (!queue || queue->vq.running)
		return -EINVAL;
	queue->desc = addr.desc_user_addr;
	queue->avail = addr.avail_user_addr;
	queue->used = addr.used_user_addr;
	return 0;
}

static int set_vring_base(struct vhost_user_message *message)
{
	struct queue *queue = ring_of(message->payload.state.index);

	if (!queue || queue->vq.running)
		return -EINVAL;
	queue->base = message->payload.state.num;
	queue->base_is_new = true;
	return 0;
}

static int get_vring_base(struct vhost_user_message *message)
{
	struct queue *queue = ring_of(message->payload.state.index);

	if (!queue)
		return -EINVAL;
	device_queue_stop(queue);
	/* The ring has stopped for good: it needs a new kick to start again. */
	fd_close(&queue->kick);
	return 0;
}

/* Once the queue rests; until then its worker may take entries. */
static void answer_vring_base(struct vhost_user_message *message)
{
	const struct queue *queue = ring_of(message->payload.state.index);

	if (queue)
		message->payload.state.num = queue->state ? queue->state->last_avail : queue->base;
}

static int set_vring_kick(struct vhost_user_message *message)
{
	struct queue *queue = ring_of(message->payload.u64 & RING_INDEX_MASK);

	if (!queue)
		return -EINVAL;
	device_queue_stop(queue);
	fd_close(&queue->kick);
	queue->kick = message_fds_take(&conn.fds);
	if (queue->kick < 0)
		return -ENOTSUP; /* RING_NO_FD: we do not poll */
	/* Without protocol features there is no SET_VRING_ENABLE. */
	if (!(conn.features & F_PROTOCOL_FEATURES))
		queue->enabled = true;
	device_queue_changed(queue);
	return 0;
}

static int set_vring_call(struct vhost_user_message *message)
{
	struct queue *queue = ring_of(message->payload.u64 & RING_INDEX_MASK);

	if (!queue)
		return -EINVAL;
	fd_close(&queue->call);
	queue->call = message_fds_take(&conn.fds);
	device_queue_call_changed(queue);
	return 0;
}

static int set_vring_enable(struct vhost_user_message *message)
{
	struct queue *queue = ring_of(message->payload.state.index);

	if (!queue)
		return -EINVAL;
	queue->enabled = message->payload.state.num;
	if (queue->enabled)
		device_queue_changed(queue);
	else
		device_queue_stop(queue);
	return 0;
}

/*
 * By request number.
 * @size: the least payload
 * @fds: the most descriptors
 * @reply: bytes of payload of the answer that belongs to the request, 0: none
 */
static const struct {
	const char *name;
	int (*handle)(struct vhost_user_message *message);
	uint8_t size;
	uint8_t fds;
	uint8_t reply;
} handlers[] = {
	[VHOST_USER_GET_FEATURES] = { "GET_FEATURES", get_features, 0, 0, 8 },
	[VHOST_USER_SET_FEATURES] = { "SET_FEATURES", set_features, 8, 0, 0 },
	[VHOST_USER_SET_OWNER] = { "SET_OWNER", nothing, 0, 0, 0 },
	[VHOST_USER_RESET_OWNER] = { "RESET_OWNER", nothing, 0, 0, 0 },
	[VHOST_USER_SET_MEM_TABLE] = { "SET_MEM_TABLE", set_mem_table, 8, TABLE_REGIONS, 0 },
	[VHOST_USER_SET_VRING_NUM] = { "SET_VRING_NUM", set_vring_num, 8, 0, 0 },
	[VHOST_USER_SET_VRING_ADDR] = { "SET_VRING_ADDR", set_vring_addr, 40, 0, 0 },
	[VHOST_USER_SET_VRING_BASE] = { "SET_VRING_BASE", set_vring_base, 8, 0, 0 },
	[VHOST_USER_GET_VRING_BASE] = { "GET_VRING_BASE", get_vring_base, 8, 0, 8 },
	[VHOST_USER_SET_VRING_KICK] = { "SET_VRING_KICK", set_vring_kick, 8, 1, 0 },
	[VHOST_USER_SET_VRING_CALL] = { "SET_VRING_CALL", set_vring_call, 8, 1, 0 },
	[VHOST_USER_SET_VRING_ERR] = { "SET_VRING_ERR", nothing, 8, 1, 0 },
	[VHOST_USER_GET_PROTOCOL_FEATURES] = { "GET_PROTOCOL_FEATURES", get_protocol_features,
					       0, 0, 8 },
	[VHOST_USER_SET_PROTOCOL_FEATURES] = { "SET_PROTOCOL_FEATURES", set_protocol_features,
					       8, 0, 0 },
	[VHOST_USER_GET_QUEUE_NUM] = { "GET_QUEUE_NUM", get_queue_num, 0, 0, 8 },
	[VHOST_USER_SET_VRING_ENABLE] = { "SET_VRING_ENABLE", set_vring_enable, 8, 0, 0 },
	[VHOST_USER_GET_MAX_MEM_SLOTS] = { "GET_MAX_MEM_SLOTS", get_max_mem_slots, 0, 0, 8 },
	[VHOST_USER_ADD_MEM_REG] = { "ADD_MEM_REG", add_mem_reg, 40, 1, 0 },
	[VHOST_USER_REM_MEM_REG] = { "REM_MEM_REG", rem_mem_reg, 40, 1, 0 },
};

static void conn_close(const char *why)
{
	log_info("QEMU's connection ends: %s", why);
	loop_remove(&conn.source);
	message_fds_close(&conn.fds);
	conn.have = 0;
	conn.waiting = false;
	conn.features = conn.protocol = 0;
	device_reset();
	if (conn.once)
		loop_stop();
	else if (conn.listener.fd >= 0)
		loop_resume(&conn.listener);
}

/* Answer the message, if it wants that, and be ready for the next. */
static void conn_answer(void)
{
	struct vhost_user_message *message = &conn.message;
	uint8_t reply = handlers[message->header.request].reply;
	bool ack = (message->header.flags & VHOST_USER_NEED_REPLY) &&
		   (conn.protocol & PROTOCOL_F_REPLY_ACK);

	conn.have = 0;
	if (message->header.request == VHOST_USER_GET_VRING_BASE)
		answer_vring_base(message);
	if (!reply && !ack)
		return;
	if (!reply)
		message->payload.u64 = conn.status ? 1 : 0;
	message->header.flags = VHOST_USER_VERSION | VHOST_USER_REPLY;
	message->header.size = reply ? reply : 8;
	if (message_send(conn.source.fd, message, HEADER_SIZE + message->header.size, NULL, 0))
		conn_close("it does not take an answer");
}

static void conn_settled(void)
{
	if (!conn.waiting)
		return;
	conn.waiting = false;
	loop_resume(&conn.source);
	conn_answer();
}

/* A request that we did not offer, or that says nonsense: NULL if it is good, else why not. */
static const char *message_fault(const struct vhost_user_message *message)
{
	uint32_t request = message->header.request;

	if ((message->header.flags & VHOST_USER_VERSION_MASK) != VHOST_USER_VERSION)
		return "another protocol version";
	if (request >= sizeof(handlers) / sizeof(*handlers) || !handlers[request].handle)
		return "a request that was not negotiated";
	if (message->header.size < handlers[request].size)
		return "a short message";
	if (conn.fds.n > handlers[request].fds)
		return "more descriptors than belong to the request";
	if (request == VHOST_USER_ADD_MEM_REG && !conn.fds.n)
		return "memory without a descriptor";
	return NULL;
}

static void conn_message(void)
{
	struct vhost_user_message *message = &conn.message;
	const char *fault = message_fault(message), *name;

	if (fault) {
		log_error("vhost-user request %u: %s", message->header.request, fault);
		conn_close("protocol error");
		return;
	}
	name = handlers[message->header.request].name;
	log_debug("vhost-user %s %#llx, %u descriptors", name,
		  (unsigned long long)message->payload.u64, conn.fds.n);
	conn.status = handlers[message->header.request].handle(message);
	message_fds_close(&conn.fds);
	if (conn.status)
		log_error("vhost-user %s: %s", name, strerrordesc_np(-conn.status));
	if (device_settled()) {
		conn_answer();
	} else {
		conn.waiting = true;
		loop_pause(&conn.source);
	}
}

/* How much of the message is still to come; first the header says how much that is. */
static size_t conn_wants(void)
{
	size_t whole = HEADER_SIZE;

	if (conn.have >= HEADER_SIZE)
		whole += conn.message.header.size;
	return whole - conn.have;
}

static void conn_ready(struct loop_source *source, uint32_t events)
{
	ssize_t n;

	if (conn.waiting) {
		conn_close("QEMU has hung up"); /* all that is reported while paused */
		return;
	}
	if (!conn.have)
		memset(&conn.message, 0, sizeof(conn.message));
	n = message_receive(conn.source.fd, (uint8_t *)&conn.message + conn.have, conn_wants(),
			    &conn.fds);
	if (n == -EAGAIN)
		return;
	if (n <= 0) {
		conn_close(n ? strerrordesc_np(-n) : "QEMU has hung up");
		return;
	}
	conn.have += n;
	if (conn.have == HEADER_SIZE &&
	    conn.message.header.size > sizeof(conn.message) - HEADER_SIZE) {
		conn_close("an oversized message");
		return;
	}
	if (!conn_wants())
		conn_message();
}

void vhost_user_connected(int fd)
{
	conn.source = (struct loop_source){ fd, conn_ready };
	if (loop_add(&conn.source))
		conn_close("cannot watch it");
}

static void listener_ready(struct loop_source *source, uint32_t events)
{
	int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	/* One VM a daemon: the next has to wait until this one is gone. */
	loop_pause(source);
	log_info("QEMU has connected");
	vhost_user_connected(fd);
}

void vhost_user_init(int listener, unsigned sessions, bool once)
{
	conn.queues = sessions + 1;
	conn.once = once;
	device_init(conn_settled);
	if (listener < 0)
		return;
	conn.listener = (struct loop_source){ listener, listener_ready };
	if (loop_add(&conn.listener))
		die("epoll_ctl: %m");
}
