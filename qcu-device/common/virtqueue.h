/* SPDX-License-Identifier: MIT */
/*
 * virtqueue.h - the device's end of a split virtqueue (Virtio 1.3, 2.7)
 *
 * DOC: Theory of operation
 *
 * The rings and descriptors are the guest's memory: it may write anything there
 * at any time.  Each descriptor is read once, into a struct virtqueue_chain;
 * lengths, directions and loops are checked on that copy.  Our own positions
 * are never read back from guest memory.  Segments are kept as guest-physical
 * addresses and looked up at each access, so that a chain may be held while the
 * memory table changes.
 *
 * A queue changes hands: the worker of its session serves it; when the worker
 * has died, the daemon must give back what the worker had taken.  So what must
 * survive the server is in a struct virtqueue_state of its own, in memory that
 * both share: the positions, and which heads are out.  A server can be killed
 * between any two instructions; the order of stores in virtqueue_pop() and
 * virtqueue_push() keeps the state true or one step behind, which
 * virtqueue_recover() mends.  (vhost-user has an inflight area of the same idea,
 * kept by QEMU for a back-end that dies; ours stays in the daemon.)
 *
 * Not thread safe.
 */
#ifndef QCU_DEVICE_VIRTQUEUE_H
#define QCU_DEVICE_VIRTQUEUE_H

#include <linux/virtio_ring.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qcu-device/common/guest_memory.h"

#define VIRTQUEUE_MAX_SIZE	1024	/* QEMU's own limit */
#define VIRTQUEUE_MAX_SEGMENTS	64	/* our messages are 33 KiB at most */

/**
 * struct virtqueue_layout - what the driver has set up
 * @num: descriptors, a power of two
 * @features: bits of VIRTIO_RING_F_* as 1 << bit
 * @desc, @avail, @used: guest-physical addresses
 */
struct virtqueue_layout {
	uint32_t num;
	uint32_t reserved;
	uint64_t features;
	uint64_t desc;
	uint64_t avail;
	uint64_t used;
};

/**
 * struct virtqueue_state - what outlives the server of a queue
 * @last_avail: next entry of the available ring to take
 * @used: next entry of the used ring to fill
 * @last_head: the head that virtqueue_push() last wrote there
 * @out: heads that were taken and not given back
 */
struct virtqueue_state {
	_Atomic uint16_t last_avail;
	_Atomic uint16_t used;
	_Atomic uint16_t last_head;
	_Atomic uint8_t out[VIRTQUEUE_MAX_SIZE];
};

struct virtqueue_segment {
	uint64_t gpa;
	uint32_t length;
};

/**
 * struct virtqueue_chain - a private copy of a descriptor chain
 * @n_readable: segments that the device may read; they come first
 * @n_writable: segments that the device may write
 * @readable, @writable: their bytes
 */
struct virtqueue_chain {
	uint16_t head;
	uint16_t n_readable;
	uint16_t n_writable;
	uint64_t readable;
	uint64_t writable;
	struct virtqueue_segment segment[VIRTQUEUE_MAX_SEGMENTS];
};

/**
 * struct virtqueue - a queue that this process serves
 * @running: between virtqueue_start() and virtqueue_stop()
 * @call: eventfd that interrupts the guest, -1 if it polls; not ours to close
 * @signalled: @state->used when the guest was last interrupted, if @signalled_known
 */
struct virtqueue {
	struct virtqueue_layout layout;
	const struct guest_memory *memory;
	struct virtqueue_state *state;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	int call;
	bool running;
	bool signalled_known;
	uint16_t signalled;
};

/**
 * virtqueue_start() - begin or go on to serve a queue at the position of @state
 *
 * Return: 0, or -EINVAL if the layout is not that of a split ring in @memory.
 */
int virtqueue_start(struct virtqueue *vq, const struct virtqueue_layout *layout,
		    const struct guest_memory *memory, struct virtqueue_state *state, int call);

void virtqueue_stop(struct virtqueue *vq);

/**
 * virtqueue_set_call() - interrupt the guest by @call from now on
 *
 * And at once: QEMU may have thrown away an interrupt that went to the old
 * one, as vhost-user-fs of 7.2 does while it starts.
 */
void virtqueue_set_call(struct virtqueue *vq, int call);

/** virtqueue_remap() - after the memory table changed; false if the rings are gone */
bool virtqueue_remap(struct virtqueue *vq);

/**
 * virtqueue_reset() - forget everything: a new driver begins at entry @base
 *
 * The queue is running; the used position comes from the ring, as vhost-user says.
 */
void virtqueue_reset(struct virtqueue *vq, uint16_t base);

/** virtqueue_pending() - true if the driver has made something available */
bool virtqueue_pending(const struct virtqueue *vq);

/**
 * virtqueue_pop() - take the next chain
 *
 * Return: 1 with @chain filled; 0 if there is none (then the driver will kick
 * for the next one); -EPROTO if the ring is nonsense: it must not be used again.
 */
int virtqueue_pop(struct virtqueue *vq, struct virtqueue_chain *chain);

/** virtqueue_read() - copy the first @size readable bytes; false if there are not that many */
bool virtqueue_read(const struct virtqueue *vq, const struct virtqueue_chain *chain, void *data,
		    size_t size);

/** virtqueue_write() - fill the first @size writable bytes; false if there are not that many */
bool virtqueue_write(const struct virtqueue *vq, const struct virtqueue_chain *chain,
		     const void *data, size_t size);

/** virtqueue_push() - give @head back, @written bytes of it written */
void virtqueue_push(struct virtqueue *vq, uint16_t head, uint32_t written);

/** virtqueue_notify() - interrupt the guest, if it wants that for what was pushed */
void virtqueue_notify(struct virtqueue *vq);

/** virtqueue_recover() - mend the state after its server has been killed */
void virtqueue_recover(struct virtqueue *vq);

/** virtqueue_reread() - the chain of a head that is out, once more; -EPROTO if it is nonsense */
int virtqueue_reread(const struct virtqueue *vq, uint16_t head, struct virtqueue_chain *chain);

#endif
