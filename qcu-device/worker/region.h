/* SPDX-License-Identifier: MIT */
/*
 * region.h - memory that the guest process shares with this worker
 *
 * DOC: Theory of operation
 *
 * A region is one contiguous mapping of scattered pieces of guest memory, or of
 * a file over a socket.  It is put at the address that it has in the guest
 * process, if that is free here: then a pointer is the same on both sides and on
 * the GPU.  First the address range is reserved, then the pieces are mapped over
 * the reservation, so that no other mapping can come in between.  Afterwards the
 * addresses stay reserved (space.h).
 *
 * Who uses a region holds it with region_get().  A deletion waits for the
 * holders, has the driver let go of the region, and only then unmaps it.
 */
#ifndef QCU_DEVICE_WORKER_REGION_H
#define QCU_DEVICE_WORKER_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qcu-device/common/guest_memory.h"
#include "wire/protocol.h"

struct region;

/**
 * struct region_ref - a region that is held
 * @base: where it is here; @length bytes, readable and writable
 * @vaddr: where the guest process has it; equal to @base, if that was free
 */
struct region_ref {
	void *base;
	size_t length;
	uint64_t vaddr;
	struct region *region;
};

/** region_get() - hold region @id; false if there is none, or not whole, or it is going */
bool region_get(uint32_t id, struct region_ref *ref);

/** region_put() - hold it no more; any thread */
void region_put(struct region_ref *ref);

/**
 * region_run_get() - hold what follows a held region, too, up to its byte @end
 *
 * Return: false if whole regions do not follow it there, here as in the guest.
 * True until region_run_put() keeps every region from being unmapped.
 */
bool region_run_get(const struct region_ref *ref, uint64_t end);
void region_run_put(void);

/** region_vaddr() - the guest's address of a byte of some region; false if it is in none */
bool region_vaddr(const void *address, uint64_t *vaddr);

/** region_get_for_channel() - as region_get(), and forbid REGION_DEL meanwhile */
bool region_get_for_channel(uint32_t id, struct region_ref *ref);
void region_put_for_channel(struct region_ref *ref);

/*
 * The requests of protocol.h; only the thread that serves control requests
 * calls these, one at a time.
 */

/**
 * region_add() - QCUDA_REGION_ADD (@more false) or QCUDA_REGION_MORE, from guest memory
 * @extents: add->n_extents of them
 * @known: gets the bytes of the region known so far
 */
enum qcuda_status region_add(const struct qcuda_region_add *add, const struct qcuda_extent *extents,
			     const struct guest_memory *memory, bool more, uint64_t *known);

/** region_add_file() - QCUDA_REGION_ADD over a socket; @fd stays the caller's */
enum qcuda_status region_add_file(const struct qcuda_region_add *add, int fd);

/** region_delete() - take the region from the table; QCUDA_OK: region_finish() must follow */
enum qcuda_status region_delete(uint32_t id, struct region **gone);

/** region_finish() - wait until nothing uses it, unmap and free it; any thread, may block long */
void region_finish(struct region *region);

#endif
