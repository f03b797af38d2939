/* SPDX-License-Identifier: MIT */
/* image_memory.h - the private copies of module images */
#ifndef QCU_DEVICE_WORKER_IMAGE_MEMORY_H
#define QCU_DEVICE_WORKER_IMAGE_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct image_memory - memory that no guest sees, for an image and LINK_IMAGE_TAIL zeroes
 * @at: where it is; it does not move
 * @users: who hold it
 * @mapped: bytes, or 0: on the heap
 * @held: what it counts of the bytes that a guest may have copied
 */
struct image_memory {
	uint8_t *at;
	_Atomic unsigned int users;
	size_t mapped;
	uint64_t held;
};

/** image_memory_new() - zeroes, to be filled; NULL without memory, or if the copies of this session are too much */
struct image_memory *image_memory_new(uint64_t bytes);

/** image_memory_of_file() - the image of @bytes in a sealed file, which stays the caller's; NULL without memory */
struct image_memory *image_memory_of_file(int fd, uint64_t bytes);

/** image_memory_fill() - put there what a guest has shared, which may change meanwhile */
void image_memory_fill(struct image_memory *memory, uint64_t offset, const void *from, size_t bytes);

/**
 * image_memory_share() - let the file, which has the same @bytes, take the memory's place
 *
 * Whoever reads it meanwhile sees no difference.
 */
void image_memory_share(struct image_memory *memory, int fd, uint64_t bytes);

void image_memory_hold(struct image_memory *memory);
void image_memory_put(struct image_memory *memory);

#endif
