/* SPDX-License-Identifier: GPL-2.0 OR MIT */
#include <errno.h>
#include <string.h>

#include "wire/ring.h"

#define FETCH_FIRST	128	/* a call without buffers */
#define FETCH_BYTES	256	/* a launch and some */

void ring_init(struct ring *ring, void *memory, uint32_t size)
{
	ring->shared = memory;
	ring->bytes = (uint8_t *)memory + CHANNEL_RING_OFFSET;
	ring->size = size;
	ring->position = ring->peer = ring->published = 0;
}

/* Bytes that are free, by what was known last.  A tail that makes no sense frees nothing. */
static uint32_t room_known(const struct ring *ring)
{
	uint64_t used = ring->position - ring->peer;

	return used <= ring->size ? ring->size - (uint32_t)used : 0;
}

bool ring_has_room(struct ring *ring, uint32_t n)
{
	if (room_known(ring) >= n)
		return true;
	/* seq_cst: Dekker with the worker's store of tail and load of guest_waits;
	 * acquires what came before it, its last read of the bytes that are free now.
	 */
	ring->peer = atomic_load(&ring->shared->tail);
	return room_known(ring) >= n;
}

void ring_put(struct ring *ring, const void *data, size_t n)
{
	uint32_t at = ring->position & (ring->size - 1);
	size_t first = ring->size - at;

	if (!n)		/* @data may be NULL, which memcpy() forbids */
		return;
	if (n <= first) {
		memcpy(ring->bytes + at, data, n);
	} else {
		memcpy(ring->bytes + at, data, first);
		memcpy(ring->bytes, (const uint8_t *)data + first, n - first);
	}
	ring->position += n;
}

bool ring_publish(struct ring *ring)
{
	/* seq_cst: the store of head and the load of host_sleeps must not pass
	 * each other (Dekker, with the worker's store of host_sleeps and load
	 * of head).  It is also the release that the worker's acquire needs.
	 */
	atomic_store(&ring->shared->head, ring->position);
	return atomic_load(&ring->shared->host_sleeps) &&
	       atomic_exchange(&ring->shared->host_sleeps, 0);
}

/* Copy @n bytes out of the ring that begin @ahead of the position. */
static inline void ring_copy_out(const struct ring *ring, uint32_t ahead, void *data, size_t n)
{
	uint32_t at = (ring->position + ahead) & (ring->size - 1);
	size_t first = ring->size - at;

	if (n <= first) {
		memcpy(data, ring->bytes + at, n);
		return;
	}
	memcpy(data, ring->bytes + at, first);
	memcpy((uint8_t *)data + first, ring->bytes, n - first);
}

/* Have up to @bytes of the next command brought here from the guest's core. */
static void ring_fetch(const struct ring *ring, uint32_t bytes)
{
	for (uint32_t line = 0; line < bytes; line += 64)
		__builtin_prefetch(ring->bytes + ((ring->position + line) & (ring->size - 1)));
}

bool ring_pending(const struct ring *ring)
{
	/* seq_cst: see ring_publish() */
	if (ring->position != ring->peer || atomic_load(&ring->shared->head) != ring->position)
		return true;
	/* Its bytes are written before head: who waits for both waits once. */
	ring_fetch(ring, FETCH_FIRST);
	return false;
}

ssize_t ring_take(struct ring *ring, void *command, size_t size)
{
	struct wire_command header;
	uint64_t there;

	if (ring->peer == ring->position)
		/* Acquire: pairs with the guest's store of head after its bytes. */
		ring->peer = atomic_load_explicit(&ring->shared->head, memory_order_acquire);
	there = ring->peer - ring->position;
	if (!there)
		return 0;
	if (there > ring->size || there < sizeof(header))
		return -EPROTO;
	ring_copy_out(ring, 0, &header, sizeof(header));
	if (header.bytes < sizeof(header) || header.bytes > there || header.bytes % 8)
		return -EPROTO;
	if (header.bytes > size)
		return -EMSGSIZE;

	/* The checked header, not the ring's: the guest may have changed it. */
	memcpy(command, &header, sizeof(header));
	ring_copy_out(ring, sizeof(header), (uint8_t *)command + sizeof(header),
		      header.bytes - sizeof(header));
	ring->position += header.bytes;
	/* While this one runs */
	if (there > header.bytes)
		ring_fetch(ring, FETCH_BYTES);
	return header.bytes;
}

/* Take the guest's flag back; true if it was @expected or, for 0, anything. */
static bool ring_take_waiter(struct ring *ring, uint32_t expected)
{
	uint32_t waits = atomic_load(&ring->shared->guest_waits);

	if (waits == GUEST_AWAKE || (expected && waits != expected))
		return false;
	return atomic_compare_exchange_strong(&ring->shared->guest_waits, &waits, GUEST_AWAKE);
}

bool ring_freed(struct ring *ring)
{
	bool drained = ring->position == ring->peer;

	if (!drained && ring->position - ring->published < ring->size / 8)
		return false;
	ring->published = ring->position;
	/* seq_cst: Dekker with the guest's store of guest_waits and load of tail */
	atomic_store(&ring->shared->tail, ring->position);
	/* While more than half is known to be full the guest may sleep on. */
	return ring->peer - ring->position <= ring->size / 2 &&
	       ring_take_waiter(ring, GUEST_WAITS_SPACE);
}

bool ring_replied(struct ring *ring, uint32_t seq)
{
	/* seq_cst: Dekker with the guest's store of guest_waits and load of
	 * replied; also releases the bytes of the reply area.
	 */
	atomic_store(&ring->shared->replied, seq);
	return ring_take_waiter(ring, 0);
}
