/* SPDX-License-Identifier: MIT */
/*
 * ring_carries_commands_in_order.c - two threads, one ring, random sizes
 *
 * One thread puts commands whose payload follows from their number, the other
 * takes and checks them; both sleep and wake each other as channel.h says.
 */
/* links: wire/ring.c wire/calls.c wire/codec.c */
#include <pthread.h>
#include <semaphore.h>

#include "tests/wire/args.h"
#include "wire/ring.h"

#define RING_BYTES	CHANNEL_RING_MIN
#define COMMANDS	50000
#define PAYLOAD_MAX	1000

static _Alignas(4096) uint8_t memory[CHANNEL_RING_OFFSET + RING_BYTES];
static sem_t to_worker, to_guest;

static uint32_t payload_of(uint32_t seq)
{
	return (seq * 2654435761u >> 7) % PAYLOAD_MAX & ~7u;
}

static void wait_for_room(struct ring *ring, uint32_t bytes)
{
	while (!ring_has_room(ring, bytes)) {
		atomic_store(&ring->shared->guest_waits, GUEST_WAITS_SPACE);
		if (!ring_has_room(ring, bytes))
			sem_wait(&to_guest);
		atomic_store(&ring->shared->guest_waits, GUEST_AWAKE);
	}
}

static void *guest(void *unused)
{
	static uint8_t payload[PAYLOAD_MAX];
	struct ring ring;

	ring_init(&ring, memory, RING_BYTES);
	for (uint32_t seq = 1; seq <= COMMANDS; seq++) {
		uint32_t n = payload_of(seq);
		struct wire_command command = { .bytes = sizeof(command) + n, .seq = seq };

		wait_for_room(&ring, command.bytes);
		memset(payload, (uint8_t)seq, n);
		ring_put(&ring, &command, sizeof(command));
		ring_put(&ring, payload, n);
		if (ring_publish(&ring))
			sem_post(&to_worker);
	}
	return unused;
}

static void wait_for_command(struct ring *ring)
{
	while (!ring_pending(ring)) {
		atomic_store(&ring->shared->host_sleeps, 1);
		if (!ring_pending(ring))
			sem_wait(&to_worker);
		atomic_store(&ring->shared->host_sleeps, 0);
	}
}

int main(void)
{
	static _Alignas(8) uint8_t buffer[RING_BYTES];
	struct wire_command command;
	pthread_t thread;
	struct ring ring;

	sem_init(&to_worker, 0, 0);
	sem_init(&to_guest, 0, 0);
	ring_init(&ring, memory, RING_BYTES);
	pthread_create(&thread, NULL, guest, NULL);
	for (uint32_t seq = 1; seq <= COMMANDS; seq++) {
		ssize_t n;

		wait_for_command(&ring);
		n = ring_take(&ring, buffer, sizeof(buffer));
		memcpy(&command, buffer, sizeof(command));
		CHECK(n == (ssize_t)(sizeof(command) + payload_of(seq)));
		CHECK(command.seq == seq);
		for (size_t i = sizeof(command); i < (size_t)n; i++)
			CHECK(buffer[i] == (uint8_t)seq);
		if (ring_freed(&ring))
			sem_post(&to_guest);
	}
	pthread_join(thread, NULL);
	CHECK(!ring_pending(&ring));
	return 0;
}
