/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * ring.h - the command ring of a channel, seen from either end
 *
 * Pure arithmetic on shared memory: no sleeping, no waking, no I/O.  The layout
 * and the ordering are told in channel.h.
 *
 * A look at the peer's position, and the peer's next store there, move a line of
 * cache from one core to another, which costs as much as all the rest.  So the
 * guest looks at tail only when what it knew to be free is used up, and the worker
 * looks at head only when it has taken what it knew to be there, and stores tail
 * only then or after an eighth of the ring.
 */
#ifndef QCUDA_WIRE_RING_H
#define QCUDA_WIRE_RING_H

#include <stdbool.h>
#include <sys/types.h>

#include "wire/channel.h"

/**
 * struct ring - one end of a command ring
 * @shared: the page both see
 * @bytes: the ring's memory
 * @size: of it; a power of two
 * @position: this end's own position: the guest's head or the worker's tail.
 *	Never read back from shared memory, where the peer could change it.
 * @peer: the other end's position when this end last looked
 * @published: worker: its position as the guest knows it
 */
struct ring {
	struct channel_shared *shared;
	uint8_t *bytes;
	uint32_t size;
	uint64_t position;
	uint64_t peer;
	uint64_t published;
};

/** ring_init() - an end of the ring in @memory (a channel's first byte), empty */
void ring_init(struct ring *ring, void *memory, uint32_t size);

/* The guest's end: one thread at a time. */

/** ring_has_room() - can @n bytes be put now without overwriting what is unread? */
bool ring_has_room(struct ring *ring, uint32_t n);

/** ring_put() - append @n bytes, for which there is room; not visible before ring_publish() */
void ring_put(struct ring *ring, const void *data, size_t n);

/** ring_publish() - make all that was put visible; true if the worker sleeps and must be woken */
bool ring_publish(struct ring *ring);

/* The worker's end: one thread. */

/** ring_pending() - true if a command may be there (head has moved) */
bool ring_pending(const struct ring *ring);

/**
 * ring_take() - copy the next command out; its place is free once ring_freed() was called
 * @command: private memory of @size bytes
 *
 * Return: bytes of the command, header included; 0 if there is none; -EPROTO
 * if the guest's head or the command's length is impossible, -EMSGSIZE if it
 * is larger than @size.
 */
ssize_t ring_take(struct ring *ring, void *command, size_t size);

/**
 * ring_freed() - after each command: tell the guest what is free, now and then
 *
 * Return: true if the guest waits for space and must be woken now.
 */
bool ring_freed(struct ring *ring);

/** ring_replied() - publish reply @seq; true if the guest sleeps and must be woken */
bool ring_replied(struct ring *ring, uint32_t seq);

/** ring_relax() - between two looks at a ring, by either side: leave the core to its twin */
static inline void ring_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

#endif
