/* SPDX-License-Identifier: MIT */
/*
 * device.h - the device as QEMU sees it: its memory and its queues
 *
 * vhost_user.c decodes what QEMU says and calls these; what a queue or a change
 * of memory means for admin.c and session.c is decided here.
 */
#ifndef QCU_DEVICE_DEVICE_H
#define QCU_DEVICE_DEVICE_H

#include "qcu-device/common/guest_memory.h"
#include "qcu-device/daemon/queue.h"

/** device_init() - @settled is called whenever device_settled() may have become true */
void device_init(void (*settled)(void));

const struct guest_memory *device_memory(void);

/**
 * device_set_memory() - replace the table by @n ranges
 *
 * Takes the descriptors in @range.  Return: 0 or a negative errno; then the
 * table is empty.
 */
int device_set_memory(const struct guest_range *range, unsigned n);

/** device_add_memory(), device_remove_memory() - one range; 0 or a negative errno */
int device_add_memory(const struct guest_range *range);
int device_remove_memory(uint64_t gpa, uint64_t size);

/** device_set_features() - what was negotiated; for queues started from now on */
void device_set_features(uint64_t features);

/** device_queue_changed() - start the queue if it has all that it needs now */
void device_queue_changed(struct queue *queue);

/** device_queue_stop() - device_settled() tells when it rests */
void device_queue_stop(struct queue *queue);

/** device_queue_call_changed() - queue->call is another one */
void device_queue_call_changed(struct queue *queue);

/** device_settled() - true if all workers have done what QEMU has asked for */
bool device_settled(void);

/** device_settle() - something has changed: maybe it is settled now */
void device_settle(void);

/** device_reset() - QEMU is gone: end all sessions, forget queues and memory */
void device_reset(void);

#endif
