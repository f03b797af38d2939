/* SPDX-License-Identifier: MIT */
/*
 * front_end.h - a QEMU and a guest driver of 300 lines, to talk to the daemon
 *
 * The guest has two ranges of memory in one file: LOW_BYTES at 0 and HIGH_BYTES
 * at HIGH_GPA, the second before the first in the file, so that no two of guest
 * address, file offset and QEMU's address are the same.
 */
#ifndef TESTS_DOUBLE_FRONT_END_H
#define TESTS_DOUBLE_FRONT_END_H

#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/protocol.h"

#define LOW_BYTES	(4ull << 20)
#define HIGH_BYTES	(4ull << 20)
#define HIGH_GPA	(4ull << 30)
#define QUEUES		4
#define QUEUE_SIZE	16

/** struct driver_queue - the driver's end of a queue; its rings are in low memory */
struct driver_queue {
	uint64_t gpa;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t seen;		/* used entries looked at */
	uint16_t next;		/* descriptor to use next */
	int kick;
	int call;
};

struct front_end {
	int socket;
	int memory;
	uint8_t *base;
	uint64_t brk;		/* next free byte of low memory */
	bool event_idx;
	struct driver_queue queue[QUEUES];
};

/** front_end_connect() - up to and with the memory table; no queue runs */
void front_end_connect(struct front_end *fe, const char *path, bool event_idx);

void front_end_disconnect(struct front_end *fe);

/** front_end_memory() - send the memory table (again) */
void front_end_memory(struct front_end *fe);

/** front_end_start() - set up and start queue @index at entry @base */
void front_end_start(struct front_end *fe, unsigned index, uint16_t base);

/** front_end_stop() - stop it; its base */
uint16_t front_end_stop(struct front_end *fe, unsigned index);

/** front_end_fresh() - new rings, as a new driver would make */
void front_end_fresh(struct front_end *fe, unsigned index);

/** guest_alloc() - page aligned low memory, zeroed; its guest-physical address */
uint64_t guest_alloc(struct front_end *fe, size_t bytes);

/** guest_at() - where guest-physical @gpa is in this process */
void *guest_at(struct front_end *fe, uint64_t gpa);

/**
 * driver_post() - post a chain: @out_bytes at @out to read, @in_bytes at @in to write
 *
 * Return: its head.  No kick.
 */
uint16_t driver_post(struct front_end *fe, unsigned index, uint64_t out, uint32_t out_bytes,
		     uint64_t in, uint32_t in_bytes);

void driver_kick(struct front_end *fe, unsigned index);

/** driver_wait() - the next used entry, waiting for the interrupt; false after @ms */
bool driver_wait(struct front_end *fe, unsigned index, struct vring_used_elem *used, int ms);

/** driver_request() - send @message of @bytes, wait for the answer to it; fails the test if none */
struct qcuda_response driver_request(struct front_end *fe, unsigned index, const void *message,
				     size_t bytes);

#endif
