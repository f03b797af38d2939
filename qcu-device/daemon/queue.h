/* SPDX-License-Identifier: MIT */
/*
 * queue.h - the virtqueues of the device, as QEMU has set them up
 *
 * DOC: Theory of operation
 *
 * A queue runs once QEMU has given its size, its addresses and a kick
 * descriptor, and has enabled it; it rests again when QEMU asks for its base
 * (VM paused, device reset) or disables it.  Queue 0 is served by admin.c, queue
 * i by session i: by its worker, and while that is dead by the daemon.
 *
 * A pause and a reset look the same when they begin.  When the queue is started
 * again, one that goes on where it rested was paused; one with another place or
 * position has a new driver, to whom nothing of the old may come: it is reset.
 */
#ifndef QCU_DEVICE_QUEUE_H
#define QCU_DEVICE_QUEUE_H

#include "qcu-device/common/virtqueue.h"
#include "qcu-device/daemon/loop.h"
#include "wire/protocol.h"

#define QUEUE_COUNT (QCUDA_MAX_SESSIONS + 1)

/**
 * struct queue
 * @index: 0: admin, else the session
 * @num, @desc, @avail, @used: as QEMU says, the last three in QEMU's addresses
 * @base: as QEMU says, if @base_is_new
 * @kick, @call: eventfds or -1
 * @enabled: by QEMU
 * @vq: the queue for this process; vq.running tells if it runs at all
 * @state, @state_fd: the state of @vq and the memory that it is in, for a worker
 * @watch: the kick descriptor, while the daemon serves the queue
 */
struct queue {
	unsigned index;
	uint32_t num;
	uint64_t desc;
	uint64_t avail;
	uint64_t used;
	uint16_t base;
	bool base_is_new;
	bool enabled;
	bool watched;
	int kick;
	int call;
	struct virtqueue vq;
	struct virtqueue_state *state;
	int state_fd;
	struct loop_source watch;
};

void queue_init(void);

struct queue *queue_get(unsigned index);

/** queue_start() - start if all is there that it takes; true if it runs now and did not before */
bool queue_start(struct queue *queue, const struct guest_memory *memory, uint64_t features,
		 bool *is_new);

/** queue_rest() - serve it no more; its state is kept */
void queue_rest(struct queue *queue);

/** queue_forget() - as at the beginning: QEMU is gone */
void queue_forget(struct queue *queue);

/** queue_watch() - the daemon serves the queue: call @kicked on kicks */
void queue_watch(struct queue *queue, void (*kicked)(struct loop_source *, uint32_t));
void queue_unwatch(struct queue *queue);

/** queue_acknowledge_kick() - in @kicked: take the event back, before looking at the ring */
void queue_acknowledge_kick(struct queue *queue);

/** queue_kick_self() - have @kicked called again later, as if the guest had kicked */
void queue_kick_self(struct queue *queue);

#endif
