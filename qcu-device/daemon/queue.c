/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/common/message.h"
#include "qcu-device/daemon/queue.h"

static struct queue queues[QUEUE_COUNT];

void queue_init(void)
{
	for (unsigned i = 0; i < QUEUE_COUNT; i++)
		queues[i] = (struct queue){ .index = i, .kick = -1, .call = -1, .state_fd = -1 };
}

struct queue *queue_get(unsigned index)
{
	return &queues[index];
}

/* The state lives in shared memory, so that a worker may have it too. */
static bool queue_make_state(struct queue *queue)
{
	void *state;

	if (queue->state)
		return true;
	queue->state_fd = memfd_create("qcuda-queue", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (queue->state_fd < 0 || ftruncate(queue->state_fd, sizeof(*queue->state)))
		goto err_close;
	/* A worker that shrank it would make our next look at it a SIGBUS. */
	if (fcntl(queue->state_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		goto err_close;
	state = mmap(NULL, sizeof(*queue->state), PROT_READ | PROT_WRITE, MAP_SHARED,
		     queue->state_fd, 0);
	if (state == MAP_FAILED)
		goto err_close;
	queue->state = state;
	return true;

err_close:
	log_error("queue %u: no memory for its state: %m", queue->index);
	fd_close(&queue->state_fd);
	return false;
}

static bool queue_layout(const struct queue *queue, const struct guest_memory *memory,
			 uint64_t features, struct virtqueue_layout *layout)
{
	*layout = (struct virtqueue_layout){ .num = queue->num, .features = features };
	return guest_memory_from_user(memory, queue->desc, &layout->desc) &&
	       guest_memory_from_user(memory, queue->avail, &layout->avail) &&
	       guest_memory_from_user(memory, queue->used, &layout->used);
}

bool queue_start(struct queue *queue, const struct guest_memory *memory, uint64_t features,
		 bool *is_new)
{
	struct virtqueue_layout layout;

	if (queue->vq.running || !queue->enabled || queue->kick < 0 || !queue->num)
		return false;
	if (!queue_make_state(queue))
		return false;
	if (!queue_layout(queue, memory, features, &layout)) {
		log_error("queue %u: its rings are not in guest memory", queue->index);
		return false;
	}
	*is_new = memcmp(&layout, &queue->vq.layout, sizeof(layout)) ||
		  (queue->base_is_new && queue->base != queue->state->last_avail);
	if (virtqueue_start(&queue->vq, &layout, memory, queue->state, queue->call)) {
		log_error("queue %u: QEMU gave an impossible layout", queue->index);
		queue->vq = (struct virtqueue){ 0 };
		return false;
	}
	if (*is_new)
		virtqueue_reset(&queue->vq, queue->base);
	queue->base_is_new = false;
	log_debug("queue %u runs, %u entries, at entry %u%s", queue->index, queue->num,
		  queue->state->last_avail, *is_new ? ", anew" : "");
	return true;
}

void queue_rest(struct queue *queue)
{
	queue_unwatch(queue);
	virtqueue_stop(&queue->vq);
}

void queue_forget(struct queue *queue)
{
	queue_rest(queue);
	fd_close(&queue->kick);
	fd_close(&queue->call);
	if (queue->state)
		munmap(queue->state, sizeof(*queue->state));
	fd_close(&queue->state_fd);
	*queue = (struct queue){ .index = queue->index, .kick = -1, .call = -1, .state_fd = -1 };
}

void queue_watch(struct queue *queue, void (*kicked)(struct loop_source *, uint32_t))
{
	if (queue->watched || !queue->vq.running)
		return;
	queue->watch = (struct loop_source){ queue->kick, kicked };
	queue->watched = !loop_add(&queue->watch);
}

void queue_unwatch(struct queue *queue)
{
	if (queue->watched)
		loop_unwatch(&queue->watch);
	queue->watched = false;
}

void queue_acknowledge_kick(struct queue *queue)
{
	eventfd_t count;

	eventfd_read(queue->kick, &count);
}

void queue_kick_self(struct queue *queue)
{
	eventfd_write(queue->kick, 1);
}
