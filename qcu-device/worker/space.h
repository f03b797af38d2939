/* SPDX-License-Identifier: MIT */
/*
 * space.h - the addresses of regions, and of what else the driver may be left with
 *
 * DOC: Theory of operation
 *
 * The driver knows a region's address for longer than there is a region: a copy in a
 * graph, or one that still waits in a stream, names it, and the guest may launch the
 * graph at any time.  So what has been a region's address never becomes that of
 * anything of the worker's own, its heap or a stack.  It stays reserved, without
 * memory, and only another region is mapped there.
 *
 * The same goes for memory of the worker's own that bytes of the guest pass through
 * (space_map()): nothing says that no stream captures such a copy.  It holds nothing
 * but bytes of the guest.
 */
#ifndef QCU_DEVICE_WORKER_SPACE_H
#define QCU_DEVICE_WORKER_SPACE_H

#include <stddef.h>
#include <stdint.h>

/**
 * space_take() - reserve @length bytes of address space, whole pages
 * @wish: where they are wanted; 0: anywhere
 *
 * There, if nothing but former regions is in the way; else somewhere.  They cannot be
 * accessed, and are the caller's to map over.  Return: NULL if there is no room.
 */
void *space_take(uint64_t wish, size_t length);

/** space_map() - memory for bytes of the guest, to be given to the driver; NULL without */
void *space_map(size_t length);

/** space_give() - unmap what lies there, and keep it from all but space_take(); any thread */
void space_give(void *base, size_t length);

#endif
