/* SPDX-License-Identifier: MIT */
/* belt.h - staging memory on its way to or from the device, without asking the host */
#ifndef QCU_LIBRARY_BELT_H
#define QCU_LIBRARY_BELT_H

#include "qcu-library/cuda/copy.h"

/** belt_allowed() - may copies be left to the host now? */
bool belt_allowed(void);

/**
 * belt_write() - copy @bytes at @src, which may then be changed, to the device
 * @dst: device memory that is known to be there, all of it (ranges_on_device())
 *
 * It may still be under way when this returns; what is synchronous then has belt_arrive() to come.
 * *taken: false if it must go another way; nothing was done then.
 *
 * Return: the error of what came before, or of the copy if it is known.
 */
CUresult belt_write(CUdeviceptr dst, const uint8_t *src, size_t bytes, struct order order,
		    bool *taken);

/**
 * belt_arrive() - wait for this thread's last synchronous belt_write(), of which thread.late_word tells
 *
 * To be called before the device is given work that may not come behind it by itself.
 *
 * Return: an error of what came before.
 */
CUresult belt_arrive(void);

/**
 * belt_watch() - copy between pinned memory and the device and wait until the device says it is done
 * @device: device memory that is known to be there, all of it
 * @host: has as many bytes
 *
 * The default stream must be quiet() before.  *watched: true, or it must go another way, even if it was
 * copied already.
 *
 * Return: an error of the copy, or of what came before.
 */
CUresult belt_watch(CUdeviceptr device, struct wire_span host, bool to_device, bool *watched);

/**
 * belt_watch_out() - the same from the device, to memory that the host does not see
 *
 * *watched: false for more bytes than it is worth, too.
 */
CUresult belt_watch_out(uint8_t *dst, CUdeviceptr src, size_t bytes, bool *watched);

/** belt_read() - as belt_write(), from the device, all of it there when this returns */
CUresult belt_read(uint8_t *dst, CUdeviceptr src, size_t bytes, struct order order, bool *taken);

#endif
