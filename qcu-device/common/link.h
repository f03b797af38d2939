/* SPDX-License-Identifier: MIT */
/*
 * link.h - what the daemon and one worker say to each other
 *
 * DOC: Theory of operation
 *
 * A SOCK_SEQPACKET socket pair, private to the two: one struct link_message a
 * packet, descriptors along.  The worker's end is LINK_FD.  The link's end is
 * the end of the worker.
 *
 * The daemon trusts nothing that a worker says (a guest may have taken the
 * worker over): it reads type, status, item and image, never an address.
 *
 *	worker starts, loads the driver		-> LINK_READY status
 *	LINK_MEMORY table, a descriptor a range	-> LINK_ACK
 *	LINK_QUEUE kick, call, state [then work]
 *	LINK_CALL call
 *	LINK_STOP [the queue rests]		-> LINK_ACK
 *	LINK_SOCKET connection			(instead of the three above)
 *
 * These three the worker asks and the daemon answers (exchange.h):
 *
 *	LINK_PUT item, a descriptor or none	-> LINK_EXCHANGED status
 *	LINK_GET item (its token)		-> LINK_EXCHANGED status, item, the descriptor
 *	LINK_DROP item (its token)		-> LINK_EXCHANGED status
 *
 * And about module images (daemon/image.h):
 *
 *	LINK_IMAGE_KNOWN image (its bytes)	-> LINK_EXCHANGED status
 *	LINK_IMAGE_WANTED image (its bytes)	-> LINK_EXCHANGED status
 *	LINK_IMAGE_GET image			-> LINK_EXCHANGED status, the descriptor
 *	LINK_IMAGE_KEEP, a descriptor		[no answer]
 *
 * A worker that owes an ack for LINK_ACK_SECONDS is killed: QEMU waits for it.
 */
#ifndef QCU_DEVICE_LINK_H
#define QCU_DEVICE_LINK_H

#include <stdint.h>

#include "qcu-device/common/guest_memory.h"
#include "qcu-device/common/virtqueue.h"
#include "wire/payload.h"

#define LINK_FD			3
#define LINK_ACK_SECONDS	5
#define LINK_TOKEN		32	/* bytes */
#define LINK_NOTE		64	/* bytes */

enum link_type {
	LINK_READY = 1,
	LINK_ACK,
	LINK_MEMORY,
	LINK_QUEUE,
	LINK_CALL,
	LINK_STOP,
	LINK_SOCKET,
	LINK_PUT,
	LINK_GET,
	LINK_EXCHANGED,
	LINK_DROP,
	LINK_IMAGE_KNOWN,
	LINK_IMAGE_WANTED,
	LINK_IMAGE_GET,
	LINK_IMAGE_KEEP,
};

/**
 * struct link_item - what one worker leaves for others
 * @token: by which they find it
 * @note: a handle of the driver's; what comes with a descriptor has none
 */
struct link_item {
	uint8_t token[LINK_TOKEN];
	uint8_t note[LINK_NOTE];
};

/* The file of an image: its bytes, and so many zeroes, which end a text that does not end itself */
#define LINK_IMAGE_TAIL	8

/** struct link_image - a module image that the daemon keeps */
struct link_image {
	struct wire_digest digest;
	uint64_t bytes;
};

struct link_range {
	uint64_t gpa;
	uint64_t size;
	uint64_t offset;
};

/**
 * struct link_message
 * @status: LINK_READY: enum qcuda_status of loading the driver; LINK_EXCHANGED: not 0: refused
 * @session: LINK_QUEUE, LINK_SOCKET: number of the session, for the log
 * @has_call: LINK_QUEUE, LINK_CALL: a call descriptor came along
 */
struct link_message {
	uint32_t type;
	uint32_t status;
	uint32_t session;
	uint32_t has_call;
	union {
		struct {
			uint64_t n;
			struct link_range range[GUEST_MEMORY_RANGES];
		} memory;
		struct virtqueue_layout layout;
		struct link_item item;
		struct link_image image;
	};
};

#endif
