/* SPDX-License-Identifier: MIT */
/*
 * control_queue.c - control requests from the session's virtqueue
 *
 * DOC: Theory of operation
 *
 * Requests are taken, handled and answered by the main thread.  Events are sent
 * by the channels' threads themselves, since a guest waits for them; so the queue
 * and the event buffers are under a lock.  With no event buffer at hand, or while
 * the queue rests (VM paused), an event is remembered as one bit per channel:
 * several for one channel are one.
 *
 * The driver posts event buffers again without a kick, so whoever needs one looks
 * into the ring; requests that he finds there he leaves to the main thread.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/worker/channel.h"
#include "qcu-device/worker/control.h"

#define PENDING_BITS	64u	/* in a word of queue.pending */

/*
 * Under @lock: @vq, @buffers, @pending, @taken; @memory is written under it, and
 * only by the main thread, which may read it without.
 * @taken: requests out of the ring for the main thread, first to last
 * @waiting: answers that came while the queue rested; main thread only
 */
static struct {
	pthread_mutex_t lock;
	struct guest_memory memory;
	struct virtqueue vq;
	uint16_t buffers[VIRTQUEUE_MAX_SIZE];
	unsigned n_buffers;
	uint64_t pending[QCUDA_MAX_CHANNELS / PENDING_BITS];
	int kick;
	int call;
	struct control_request *taken;
	struct control_request **taken_end;
	struct control_request *waiting;
} queue = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.kick = -1,
	.call = -1,
	.taken_end = &queue.taken,
};

int control_queue_kick(void)
{
	return queue.vq.running ? queue.kick : -1;
}

const struct guest_memory *control_queue_memory(void)
{
	return &queue.memory;
}

/* Under the lock: one chain out of the ring; false if there is none. */
static bool queue_take(void)
{
	struct control_request *request = calloc(1, sizeof(*request));
	int n;

	if (!request)
		control_end("no memory for a request");
	n = virtqueue_pop(&queue.vq, &request->chain);
	if (n < 0)
		control_end("its control queue is nonsense");
	if (n && request->chain.n_readable) {
		*queue.taken_end = request;
		queue.taken_end = &request->next;
		return true;
	}
	if (n)
		queue.buffers[queue.n_buffers++] = request->chain.head;
	free(request);
	return n;
}

/* Under the lock: true if there is an event buffer now. */
static bool buffer_find(void)
{
	while (!queue.n_buffers) {
		if (!queue_take())
			return false;
		if (queue.taken)
			eventfd_write(queue.kick, 1);
	}
	return true;
}

/* Under the lock: true if the event was sent. */
static bool event_send(uint32_t channel)
{
	const struct qcuda_event event = { .type = QCUDA_EVENT_CHANNEL, .id = channel };
	struct virtqueue_chain chain;
	uint16_t head;
	bool fits;

	if (!queue.vq.running || !buffer_find())
		return false;
	head = queue.buffers[--queue.n_buffers];
	fits = !virtqueue_reread(&queue.vq, head, &chain) &&
	       virtqueue_write(&queue.vq, &chain, &event, sizeof(event));
	virtqueue_push(&queue.vq, head, fits ? sizeof(event) : 0);
	return fits;
}

/* Under the lock: send what had to wait, as far as there are buffers. */
static void events_send(void)
{
	for (uint32_t i = 0; i < QCUDA_MAX_CHANNELS / PENDING_BITS; i++) {
		uint64_t *pending = &queue.pending[i];

		for (; *pending; *pending &= *pending - 1)
			if (!event_send(i * PENDING_BITS + __builtin_ctzll(*pending)))
				return;
	}
}

/* Under the lock. */
static void events_flush(void)
{
	events_send();
	virtqueue_notify(&queue.vq);
}

void control_queue_event(uint32_t channel)
{
	pthread_mutex_lock(&queue.lock);
	queue.pending[channel / PENDING_BITS] |= 1ull << channel % PENDING_BITS;
	events_flush();
	pthread_mutex_unlock(&queue.lock);
}

static void request_answer(struct control_request *request)
{
	struct virtqueue *vq = &queue.vq;
	bool fits;

	if (!vq->running) {
		request->next = queue.waiting;
		queue.waiting = request;
		return;
	}
	pthread_mutex_lock(&queue.lock);
	fits = virtqueue_write(vq, &request->chain, &request->response, sizeof(request->response));
	virtqueue_push(vq, request->chain.head, fits ? sizeof(request->response) : 0);
	virtqueue_notify(vq);
	pthread_mutex_unlock(&queue.lock);
	free(request);
}

static void answers_flush(void)
{
	struct control_request *request = queue.waiting;

	queue.waiting = NULL;
	while (request) {
		struct control_request *next = request->next;

		request_answer(request);
		request = next;
	}
}

void control_queue_set_memory(struct guest_memory *memory)
{
	struct guest_memory old = queue.memory;

	pthread_mutex_lock(&queue.lock);
	queue.memory = *memory;
	if (queue.vq.running && !virtqueue_remap(&queue.vq))
		control_end("its control queue is no longer in guest memory");
	pthread_mutex_unlock(&queue.lock);
	guest_memory_finish(&old);
}

static struct virtqueue_state *state_map(int fd)
{
	struct stat st;
	void *state;

	if (fstat(fd, &st) || st.st_size < (off_t)sizeof(struct virtqueue_state))
		return NULL;
	state = mmap(NULL, sizeof(struct virtqueue_state), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		     0);
	return state == MAP_FAILED ? NULL : state;
}

void control_queue_start(const struct virtqueue_layout *layout, int kick, int call, int state_fd)
{
	struct virtqueue_state *state = state_map(state_fd);

	fd_close(&state_fd);
	if (!state)
		control_end("no memory for the state of its control queue");
	pthread_mutex_lock(&queue.lock);
	if (queue.vq.state)
		munmap(queue.vq.state, sizeof(*state));
	fd_close(&queue.kick);
	fd_close(&queue.call);
	queue.kick = kick;
	queue.call = call;
	channel_listen(kick);
	if (virtqueue_start(&queue.vq, layout, &queue.memory, state, call))
		control_end("its control queue is not in guest memory");
	events_flush();
	pthread_mutex_unlock(&queue.lock);
	answers_flush();
	/* Kicks before this went to nobody. */
	eventfd_write(queue.kick, 1);
}

void control_queue_stop(void)
{
	pthread_mutex_lock(&queue.lock);
	virtqueue_stop(&queue.vq);
	pthread_mutex_unlock(&queue.lock);
}

void control_queue_set_call(int call)
{
	pthread_mutex_lock(&queue.lock);
	fd_close(&queue.call);
	queue.call = call;
	virtqueue_set_call(&queue.vq, call);
	pthread_mutex_unlock(&queue.lock);
}

static void queue_request(struct control_request *request)
{
	static _Alignas(16) uint8_t message[CONTROL_MESSAGE_MAX];
	uint64_t size = request->chain.readable;

	request->answer = request_answer;
	if (size > sizeof(message) || !virtqueue_read(&queue.vq, &request->chain, message, size))
		size = 0; /* which no message has */
	control_handle(request, message, size, NULL);
}

/* Everything in the ring, at most a ring's worth; the requests among it. */
static struct control_request *queue_take_all(void)
{
	struct control_request *requests;
	unsigned budget = VIRTQUEUE_MAX_SIZE;

	pthread_mutex_lock(&queue.lock);
	while (budget && queue_take())
		budget--;
	if (!budget)
		eventfd_write(queue.kick, 1);
	events_flush();
	requests = queue.taken;
	queue.taken = NULL;
	queue.taken_end = &queue.taken;
	pthread_mutex_unlock(&queue.lock);
	return requests;
}

void control_queue_ready(void)
{
	struct control_request *request;
	eventfd_t count;

	/* First: a kick that comes from here on must be seen the next time. */
	eventfd_read(queue.kick, &count);
	channel_doorbell();
	request = queue_take_all();
	while (request) {
		struct control_request *next = request->next;

		queue_request(request);
		request = next;
	}
}
