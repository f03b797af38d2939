/* SPDX-License-Identifier: MIT */
/*
 * guest_memory.h - which guest-physical address is where in which file
 *
 * DOC: Theory of operation
 *
 * QEMU tells the daemon of the guest's memory as ranges, each a piece of a file
 * (vhost-user: SET_MEM_TABLE, ADD_MEM_REG); the daemon hands the same table to
 * each worker.  Both map all of it, for the virtqueues.  Regions that a guest
 * process shares are mapped a second time, in the order and at the address that
 * the process has them (region.c), from the same files.
 *
 * Not thread safe: who changes the table sees to it that nobody reads it.
 */
#ifndef QCU_DEVICE_GUEST_MEMORY_H
#define QCU_DEVICE_GUEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_MEMORY_RANGES 64	/* also the descriptors of one message (message.h) */

/**
 * struct guest_range - a run of guest-physical memory
 * @gpa: its first guest-physical address
 * @size: in bytes
 * @user: where QEMU itself sees it; ring addresses come so
 * @offset: where in the file @fd it begins
 * @host: where this process sees it
 */
struct guest_range {
	uint64_t gpa;
	uint64_t size;
	uint64_t user;
	uint64_t offset;
	int fd;
	uint8_t *host;
};

struct guest_memory {
	unsigned n;
	struct guest_range range[GUEST_MEMORY_RANGES];
};

/**
 * guest_memory_add() - add and map one range
 * @wanted: all but @host, which is ignored; owns wanted->fd from then on if 0 is
 *	returned
 *
 * Return: 0; -EINVAL it overflows, overlaps another, is not page aligned or
 * larger than its file; -ENOSPC too many ranges; another errno from mmap(2).
 */
int guest_memory_add(struct guest_memory *memory, const struct guest_range *wanted);

/** guest_memory_remove() - unmap the range that is exactly this; false if there is none */
bool guest_memory_remove(struct guest_memory *memory, uint64_t gpa, uint64_t size);

/** guest_memory_finish() - unmap and close everything; the table is empty then */
void guest_memory_finish(struct guest_memory *memory);

/** guest_memory_find() - the range that holds the byte at @gpa, or NULL */
const struct guest_range *guest_memory_find(const struct guest_memory *memory, uint64_t gpa);

/** guest_memory_at() - @size bytes at @gpa, if they are all in one range, else NULL */
void *guest_memory_at(const struct guest_memory *memory, uint64_t gpa, uint64_t size);

/** guest_memory_from_user() - QEMU's address to a guest-physical one; false if it is none */
bool guest_memory_from_user(const struct guest_memory *memory, uint64_t user, uint64_t *gpa);

/**
 * guest_memory_read(), guest_memory_write() - copy @size bytes from or to @gpa
 *
 * The guest may change the bytes meanwhile: check the copy, not the original.
 * Return: false if some of it is not guest memory (then part may be copied).
 */
bool guest_memory_read(const struct guest_memory *memory, uint64_t gpa, void *data, size_t size);
bool guest_memory_write(const struct guest_memory *memory, uint64_t gpa, const void *data,
			size_t size);

#endif
