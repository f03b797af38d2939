/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/daemon/admin.h"
#include "qcu-device/daemon/device.h"
#include "qcu-device/daemon/session.h"

static struct guest_memory memory;
static uint64_t ring_features;
static void (*notify_settled)(void);

void device_init(void (*settled)(void))
{
	notify_settled = settled;
	queue_init();
}

const struct guest_memory *device_memory(void)
{
	return &memory;
}

static void device_memory_changed(void)
{
	for (unsigned i = 0; i < QUEUE_COUNT; i++) {
		struct queue *queue = queue_get(i);

		if (!queue->vq.running || virtqueue_remap(&queue->vq))
			continue;
		log_warn("queue %u: its rings are no longer in guest memory", i);
		device_queue_stop(queue);
	}
	session_memory_changed();
}

int device_set_memory(const struct guest_range *range, unsigned n)
{
	int error = 0;

	guest_memory_finish(&memory);
	for (unsigned i = 0; i < n; i++) {
		if (!error)
			error = guest_memory_add(&memory, &range[i]);
		if (error)
			close(range[i].fd);
	}
	if (error)
		guest_memory_finish(&memory);
	device_memory_changed();
	return error;
}

int device_add_memory(const struct guest_range *range)
{
	int error = guest_memory_add(&memory, range);

	if (error)
		close(range->fd);
	else
		device_memory_changed();
	return error;
}

int device_remove_memory(uint64_t gpa, uint64_t size)
{
	if (!guest_memory_remove(&memory, gpa, size))
		return -ENOENT;
	device_memory_changed();
	return 0;
}

void device_set_features(uint64_t features)
{
	const uint64_t ours = 1ull << VIRTIO_RING_F_EVENT_IDX | 1ull << VIRTIO_RING_F_INDIRECT_DESC;

	ring_features = features & ours;
}

void device_queue_changed(struct queue *queue)
{
	bool is_new;

	if (!queue_start(queue, &memory, ring_features, &is_new))
		return;
	if (queue->index)
		session_queue_started(queue->index, is_new);
	else
		admin_queue_started(is_new);
}

void device_queue_stop(struct queue *queue)
{
	if (queue->index)
		session_queue_stop(queue->index);
	else
		admin_queue_stop();
}

void device_queue_call_changed(struct queue *queue)
{
	virtqueue_set_call(&queue->vq, queue->call);
	if (queue->index)
		session_queue_call_changed(queue->index);
}

bool device_settled(void)
{
	return session_settled();
}

void device_settle(void)
{
	if (session_settled())
		notify_settled();
}

void device_reset(void)
{
	/* Rest first, so that nothing is written into the memory of a VM that is gone. */
	for (unsigned i = 0; i < QUEUE_COUNT; i++)
		device_queue_stop(queue_get(i));
	session_forget_requests();
	session_end_all();
	for (unsigned i = 0; i < QUEUE_COUNT; i++)
		queue_forget(queue_get(i));
	guest_memory_finish(&memory);
}
