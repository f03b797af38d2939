/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * protocol.h - what the guest's driver and the host's daemon say to each other
 *
 * DOC: Theory of operation
 *
 * The device has one admin virtqueue (index 0, served by the daemon) and N
 * control virtqueues (index 1..N; queue i is session i, served by the worker
 * process of that session).  A session is one open("/dev/qcuda"): one guest
 * process, one worker process on the host.
 *
 * A request is one descriptor chain: a readable message, then a writable
 * struct qcuda_response.  A chain without any readable part is an event buffer:
 * the device keeps it until it has something to say and then returns it with a
 * struct qcuda_event in it.  The driver posts event buffers ahead of time and
 * posts each again once it has read it.
 *
 * A process that is not in a VM uses the same control messages over a
 * SOCK_SEQPACKET socket (see QCUDA_SOCKET_*): one connection is one session.
 *
 * The bulk of the traffic, CUDA calls, uses neither: it goes through channels,
 * rings in memory that the guest has shared as a region (channel.h).
 *
 * All fields are little endian.  The device trusts nothing in a message: every
 * length, id and extent is checked against what this session was given.
 *
 * Order of a session's life, as the driver must drive it:
 *	OPEN(i) -> control queue i may be used
 *	REGION_ADD / CHANNEL_START / CHANNEL_STOP / REGION_DEL, in any order
 *	CLOSE(i) -> answered when the worker is dead; the device has then let go
 *	of every page of the session, and queue i is as at the beginning: every
 *	buffer that was in it, event buffers too, has been returned before the
 *	answer, with length 0 if nothing was written
 *
 * The driver does not post an event buffer again that came back with length 0.
 * A queue whose buffers did not all come back is not used for a new session.
 */
#ifndef QCUDA_WIRE_PROTOCOL_H
#define QCUDA_WIRE_PROTOCOL_H

#ifdef __KERNEL__
#include <linux/types.h>
typedef __le16 qcuda_le16;
typedef __le32 qcuda_le32;
typedef __le64 qcuda_le64;
#else
#include <stdint.h>
/* Userland parts run on little-endian machines only (checked in codec.c). */
typedef uint16_t qcuda_le16;
typedef uint32_t qcuda_le32;
typedef uint64_t qcuda_le64;
#endif

/*
 * The major version changes when an old peer could misread a message.  The minor
 * version changes when there is something new that a peer can do without:
 *	1.0	the first release
 *	1.1	a call that the worker does not know is answered, with
 *		CUDA_ERROR_NOT_SUPPORTED, instead of ending the session; so a guest
 *		may send any call of its own table (WIRE_ASYNC in channel.h)
 *	1.2	WIRE_SPAN_WAIT (payload.h)
 *	1.3	a command that has WIRE_ASYNC (channel.h) counts in tickets, whatever its
 *		row says: a guest may post any call without outputs
 *	1.4	QCUDA_MAX_CHANNELS channels, QCUDA_OLD_CHANNELS before
 *		WIRE_SPAN_LOOSE (payload.h); a region at address 0 may be mapped anywhere
 *	1.5	WIRE_IMAGE_SENT (payload.h)
 */
#define QCUDA_VERSION_MAJOR	1
#define QCUDA_VERSION_MINOR	5

/* The tag by which the driver knows that a virtio-fs carrier is ours */
#define QCUDA_CARRIER_TAG	"qcuda"

#define QCUDA_MAX_SESSIONS	255	/* a vhost-user ring index has 8 bits */
#define QCUDA_MAX_CHANNELS	256	/* per session; channel ids are below this */
#define QCUDA_OLD_CHANNELS	64
#define QCUDA_MAX_CHANNELS_SINCE 4
#define QCUDA_MAX_REGIONS	65536	/* per session; region ids are below this */
#define QCUDA_EXTENTS_PER_MSG	2048	/* 32 KiB of extents in one message */

enum qcuda_msg_type {
	/* admin queue, driver to device */
	QCUDA_ADMIN_HELLO	= 0x0001,	/* struct qcuda_hello */
	QCUDA_ADMIN_OPEN	= 0x0002,	/* struct qcuda_session_msg */
	QCUDA_ADMIN_CLOSE	= 0x0003,	/* struct qcuda_session_msg */

	/* control queue or socket, guest to worker */
	QCUDA_REGION_ADD	= 0x0101,	/* struct qcuda_region_add + extents */
	QCUDA_REGION_MORE	= 0x0102,	/* struct qcuda_region_add + extents */
	QCUDA_REGION_DEL	= 0x0103,	/* struct qcuda_region_del */
	QCUDA_CHANNEL_START	= 0x0110,	/* struct qcuda_channel_start */
	QCUDA_CHANNEL_STOP	= 0x0111,	/* struct qcuda_channel_stop */

	/* socket only */
	QCUDA_SOCKET_HELLO	= 0x0201,	/* struct qcuda_hello; reply carries fds */
};

/* Result of a request: qcuda_response.status */
enum qcuda_status {
	QCUDA_OK		= 0,
	QCUDA_ERR_PROTOCOL	= 1,	/* malformed, unknown type, wrong order or version */
	QCUDA_ERR_ID		= 2,	/* no such session, region or channel; or it is in use */
	QCUDA_ERR_RANGE		= 3,	/* an extent or offset outside guest memory or the region */
	QCUDA_ERR_NO_MEMORY	= 4,	/* the host is out of memory, processes or ids */
	QCUDA_ERR_DRIVER	= 5,	/* the host's CUDA driver could not be loaded */
	QCUDA_ERR_DEAD		= 6,	/* the session's worker has died */
};

/**
 * struct qcuda_msg - start of every request
 * @type: enum qcuda_msg_type
 * @length: bytes of the whole message, this header and all that follows
 */
struct qcuda_msg {
	qcuda_le32 type;
	qcuda_le32 length;
};

/**
 * struct qcuda_response - the answer to every request
 * @status: enum qcuda_status
 * @version_minor: HELLO: the minor version both speak; else 0
 * @value: HELLO: number of sessions (control queues) the device serves;
 *	REGION_ADD/MORE: bytes of the region known so far; else 0
 * @features: HELLO: features both speak; else 0
 */
struct qcuda_response {
	qcuda_le32 status;
	qcuda_le32 version_minor;
	qcuda_le64 value;
	qcuda_le64 features;
};

/**
 * struct qcuda_hello - QCUDA_ADMIN_HELLO, QCUDA_SOCKET_HELLO
 *
 * The first request after the driver has found the device.  It ends every
 * session that an earlier driver (before a reboot or a reload) left behind.
 * The version spoken is the lower minor of the two; a different major is
 * QCUDA_ERR_PROTOCOL.
 */
struct qcuda_hello {
	struct qcuda_msg msg;
	qcuda_le32 version_major;
	qcuda_le32 version_minor;
	qcuda_le64 features;
};

/**
 * struct qcuda_session_msg - QCUDA_ADMIN_OPEN, QCUDA_ADMIN_CLOSE
 * @session: 1..N, also the index of the session's control virtqueue
 */
struct qcuda_session_msg {
	struct qcuda_msg msg;
	qcuda_le32 session;
	qcuda_le32 reserved;
};

/** struct qcuda_extent - a run of guest-physical memory; both page aligned */
struct qcuda_extent {
	qcuda_le64 gpa;		/* guest-physical address */
	qcuda_le64 length;	/* bytes, not 0 */
};

/**
 * struct qcuda_region_add - QCUDA_REGION_ADD, QCUDA_REGION_MORE
 * @region: id, chosen by the guest's driver, free until now
 * @n_extents: how many struct qcuda_extent follow this message (0 over a
 *	socket, where a file descriptor comes along instead: the region is its
 *	first @length bytes)
 * @vaddr: where the guest process sees the region; the worker maps it at the
 *	same address when that is free.  0: the address is of no interest
 * @length: bytes of the whole region, page aligned
 *
 * A region is made of its extents in the order given.  It exists once their
 * sum is @length; until then QCUDA_REGION_MORE (same @region, @vaddr and
 * @length) adds extents.  More than @length is QCUDA_ERR_RANGE.  An error undoes
 * the whole region: the device has let go of its pages and the id is free.
 */
struct qcuda_region_add {
	struct qcuda_msg msg;
	qcuda_le32 region;
	qcuda_le32 n_extents;
	qcuda_le64 vaddr;
	qcuda_le64 length;
};

/**
 * struct qcuda_region_del - QCUDA_REGION_DEL
 *
 * Answered once nothing on the host, the GPU included, uses the region any
 * more: only then may the pages be unpinned.  A region that holds a running
 * channel is QCUDA_ERR_ID.
 */
struct qcuda_region_del {
	struct qcuda_msg msg;
	qcuda_le32 region;
	qcuda_le32 reserved;
};

/**
 * struct qcuda_channel_start - QCUDA_CHANNEL_START
 * @channel: id below QCUDA_MAX_CHANNELS, not running
 * @region: a complete region that holds the channel (channel.h)
 * @offset: where in it the struct channel_shared begins, page aligned
 * @ring_bytes: size of the command ring, a power of two within
 *	CHANNEL_RING_MIN..CHANNEL_RING_MAX
 * @reply_bytes: size of the reply area, page aligned, at most CHANNEL_REPLY_MAX
 */
struct qcuda_channel_start {
	struct qcuda_msg msg;
	qcuda_le32 channel;
	qcuda_le32 region;
	qcuda_le64 offset;
	qcuda_le32 ring_bytes;
	qcuda_le32 reply_bytes;
};

/** struct qcuda_channel_stop - QCUDA_CHANNEL_STOP: answered when it is idle */
struct qcuda_channel_stop {
	struct qcuda_msg msg;
	qcuda_le32 channel;
	qcuda_le32 reserved;
};

enum qcuda_event_type {
	QCUDA_EVENT_CHANNEL	= 1,	/* control queue: channel @id has news for a sleeping guest */
	QCUDA_EVENT_DIED	= 2,	/* admin queue: the worker of session @id is gone */
};

/** struct qcuda_event - what the device writes into an event buffer */
struct qcuda_event {
	qcuda_le32 type;
	qcuda_le32 id;
};

/*
 * Over a socket the worker answers each message with one struct qcuda_response.
 * The answer to QCUDA_SOCKET_HELLO carries one eventfd: the doorbell, written
 * by the guest (any channel).  QCUDA_CHANNEL_START carries one eventfd from the
 * guest: the worker writes it when that channel has news for a sleeping guest.
 * The peer's death is the end of the connection.
 */

#endif
