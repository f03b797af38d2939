/* SPDX-License-Identifier: MIT */
/*
 * backend.c - a device with no CUDA behind it, to test the guest's driver
 *
 *     backend SOCKET SESSIONS
 *
 * DOC: Theory of operation
 *
 * It has the daemon's vhost-user and virtqueue code, but plays admin and all
 * workers itself, in one thread.  It keeps to wire/protocol.h, and misbehaves
 * when it is ordered to (backend.h).
 *
 * A doorbell makes it write into each page of each region of the session (the
 * second word becomes the first one's mirror image), so that the guest sees
 * whether its extents are right, and then send an event to each running channel.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/daemon/device.h"
#include "qcu-device/daemon/listen.h"
#include "qcu-device/daemon/loop.h"
#include "qcu-device/daemon/vhost_user.h"
#include "tests/driver/backend.h"

#define PAGE		4096u
#define SLOW_US		300000
#define STORM_EVENTS	100
#define REGION_LISTS	4096u
#define MESSAGE_MAX	(sizeof(struct qcuda_region_add) + \
			 QCUDA_EXTENTS_PER_MSG * sizeof(struct qcuda_extent))

struct region {
	struct region *next;
	uint32_t id;
	uint64_t length, known;
	uint32_t n;
	struct qcuda_extent *extents;
};

/* @regions: by the last bits of their ids; @taken: event buffers that were popped and not used */
struct session {
	bool open, dead;
	enum backend_order order;
	struct region *regions[REGION_LISTS];
	bool running[QCUDA_MAX_CHANNELS];
	uint16_t taken[VIRTQUEUE_MAX_SIZE];
	unsigned n_taken;
};

static struct guest_memory memory;
static uint64_t ring_features;
static unsigned n_sessions;
static struct session sessions[QUEUE_COUNT];	/* 0: the admin queue's event buffers */
static enum backend_order admin_order;
static struct virtqueue_chain held;		/* an admin request that waits for ORDER_NORMAL */
static bool is_held;

static void queue_serve(unsigned index);

static void answer(unsigned index, const struct virtqueue_chain *chain,
		   const struct qcuda_response *response)
{
	struct virtqueue *vq = &queue_get(index)->vq;

	virtqueue_write(vq, chain, response, sizeof(*response));
	virtqueue_push(vq, chain->head, sizeof(*response));
	virtqueue_notify(vq);
}

static void answer_status(unsigned index, const struct virtqueue_chain *chain, uint32_t status)
{
	answer(index, chain, &(struct qcuda_response){ .status = status });
}

/* An answer that is not one: @written bytes of 0xa5 */
static void answer_junk(unsigned index, const struct virtqueue_chain *chain, uint32_t written)
{
	struct virtqueue *vq = &queue_get(index)->vq;
	uint8_t junk[sizeof(struct qcuda_response)];

	memset(junk, 0xa5, sizeof(junk));
	virtqueue_write(vq, chain, junk, written);
	virtqueue_push(vq, chain->head, written);
	virtqueue_notify(vq);
}

/*
 * The driver posts its buffers again without a kick: look for them here.  It does
 * not when it closes the session, so look for that, too.
 */
static bool event_send(unsigned index, uint32_t type, uint32_t id)
{
	const struct qcuda_event event = { .type = type, .id = id };
	struct session *s = &sessions[index];
	struct virtqueue *vq = &queue_get(index)->vq;
	struct virtqueue_chain chain;
	uint16_t head;

	for (int patience = 1000; !s->n_taken && patience; patience--) {
		queue_serve(index);
		if (s->n_taken)
			break;
		queue_serve(0);
		if (index && !s->open)
			return false;
		usleep(1000);
	}
	if (!s->n_taken) {
		log_error("session %u: no event buffer", index);
		return false;
	}
	head = s->taken[--s->n_taken];
	if (!virtqueue_reread(vq, head, &chain))
		virtqueue_write(vq, &chain, &event, sizeof(event));
	virtqueue_push(vq, head, sizeof(event));
	virtqueue_notify(vq);
	return true;
}

static void region_free(struct region *region)
{
	free(region->extents);
	free(region);
}

/* The link that points at region @id, or the last one */
static struct region **region_find(struct session *s, uint32_t id)
{
	struct region **at = &s->regions[id % REGION_LISTS];

	while (*at && (*at)->id != id)
		at = &(*at)->next;
	return at;
}

static uint32_t region_del(struct session *s, uint32_t id)
{
	struct region **at = region_find(s, id), *region = *at;

	if (!region)
		return QCUDA_ERR_ID;
	*at = region->next;
	region_free(region);
	return QCUDA_OK;
}

static uint32_t region_add(struct session *s, const struct qcuda_region_add *add, bool more)
{
	const struct qcuda_extent *extents = (const struct qcuda_extent *)(add + 1);
	struct region **at = region_find(s, add->region), *region = *at;

	if (!region != !more || add->msg.length != sizeof(*add) + add->n_extents * sizeof(*extents))
		return QCUDA_ERR_PROTOCOL;
	if (!region) {
		region = *at = calloc(1, sizeof(*region));
		region->id = add->region;
		region->length = add->length;
	}
	region->extents = realloc(region->extents, (region->n + add->n_extents) * sizeof(*extents));
	for (uint32_t i = 0; i < add->n_extents; i++) {
		if (!extents[i].length || (extents[i].gpa | extents[i].length) % PAGE ||
		    !guest_memory_at(&memory, extents[i].gpa, extents[i].length))
			return QCUDA_ERR_RANGE;
		region->extents[region->n++] = extents[i];
		region->known += extents[i].length;
	}
	return region->known > region->length ? QCUDA_ERR_RANGE : QCUDA_OK;
}

static void region_mirror(const struct region *region)
{
	for (uint32_t i = 0; i < region->n; i++) {
		uint8_t *p = guest_memory_at(&memory, region->extents[i].gpa,
					     region->extents[i].length);

		for (uint64_t at = 0; at < region->extents[i].length; at += PAGE)
			((uint64_t *)(p + at))[1] = ~((uint64_t *)(p + at))[0];
	}
}

static void session_clear(unsigned index)
{
	struct session *s = &sessions[index];

	for (unsigned i = 0; i < REGION_LISTS; i++) {
		while (s->regions[i])
			region_del(s, s->regions[i]->id);
	}
	*s = (struct session){ 0 };
}

/* As the protocol says: every buffer comes back before CLOSE is answered. */
static void session_close(unsigned index, bool keep)
{
	struct virtqueue *vq = &queue_get(index)->vq;
	struct virtqueue_chain chain;

	session_clear(index);
	if (keep)
		return;
	for (unsigned head = 0; head < vq->layout.num; head++) {
		if (vq->state->out[head])
			virtqueue_push(vq, head, 0);
	}
	while (virtqueue_pop(vq, &chain) > 0)
		virtqueue_push(vq, chain.head, 0);
	virtqueue_notify(vq);
}

static void session_doorbell(unsigned index)
{
	struct session *s = &sessions[index];

	for (unsigned i = 0; i < REGION_LISTS; i++) {
		for (struct region *region = s->regions[i]; region; region = region->next)
			region_mirror(region);
	}
	for (unsigned i = 0; i < QCUDA_MAX_CHANNELS; i++) {
		if (s->running[i])
			event_send(index, QCUDA_EVENT_CHANNEL, i);
	}
}

static void order_take(struct session *s, uint64_t vaddr)
{
	enum backend_order order = (vaddr - ORDER_ADDRESS) / ORDER_STRIDE;

	log_info("order %d", order);
	if (order >= ORDER_CONTROL_MUTE) {
		s->order = order;
		return;
	}
	admin_order = order;
	if (order == ORDER_NORMAL && is_held) {
		is_held = false;
		answer_status(0, &held, QCUDA_OK);
	}
}

/* Carry the request out; its status */
static uint32_t control_execute(struct session *s, const void *message)
{
	const struct qcuda_msg *msg = message;
	const struct qcuda_region_add *add = message;
	const struct qcuda_region_del *del = message;
	const struct qcuda_channel_start *start = message;
	const struct qcuda_channel_stop *stop = message;
	uint32_t status;

	switch (msg->type) {
	case QCUDA_REGION_ADD:
	case QCUDA_REGION_MORE:
		status = region_add(s, add, msg->type == QCUDA_REGION_MORE);
		if (status)
			region_del(s, add->region);
		return status;
	case QCUDA_REGION_DEL:
		return region_del(s, del->region);
	case QCUDA_CHANNEL_START:
		if (start->channel >= QCUDA_MAX_CHANNELS || s->running[start->channel])
			return QCUDA_ERR_ID;
		if (!start->ring_bytes || !*region_find(s, start->region))
			return QCUDA_ERR_RANGE;
		s->running[start->channel] = true;
		return QCUDA_OK;
	case QCUDA_CHANNEL_STOP:
		if (stop->channel >= QCUDA_MAX_CHANNELS || !s->running[stop->channel])
			return QCUDA_ERR_ID;
		s->running[stop->channel] = false;
		return QCUDA_OK;
	default:
		return QCUDA_ERR_PROTOCOL;
	}
}

static void give_back_a_free_head(unsigned index)
{
	struct virtqueue *vq = &queue_get(index)->vq;
	unsigned head = vq->layout.num - 1;

	while (head && vq->state->out[head])
		head--;
	virtqueue_push(vq, head, 4);
	virtqueue_notify(vq);
}

static void control_die(unsigned index)
{
	sessions[index].dead = true;
	event_send(0, QCUDA_EVENT_DIED, index);
}

static void control_storm(unsigned index)
{
	for (unsigned i = 0; i < STORM_EVENTS; i++)
		event_send(index, rand() % 4, rand() % (rand() % 3 ? 80 : 1 << 30));
	for (unsigned i = 0; i < STORM_EVENTS; i++)
		event_send(0, 3 + rand() % 4, rand() % 300);
}

static void control_misbehave(unsigned index, enum backend_order order,
			      const struct virtqueue_chain *chain, const void *message)
{
	switch (order) {
	case ORDER_CONTROL_SLOW:
		usleep(SLOW_US);
		break;
	case ORDER_CONTROL_STORM:
		control_storm(index);
		break;
	case ORDER_CONTROL_GARBAGE:
		return answer_junk(index, chain, sizeof(struct qcuda_response));
	case ORDER_CONTROL_SHORT:
		return answer_junk(index, chain, 3);
	case ORDER_CONTROL_EMPTY:
		return answer_junk(index, chain, 0);
	case ORDER_CONTROL_REFUSE:
		return answer_status(index, chain, QCUDA_ERR_RANGE);
	case ORDER_CONTROL_DEAD:
		return answer_status(index, chain, QCUDA_ERR_DEAD);
	case ORDER_CONTROL_DIE:
		return control_die(index);
	case ORDER_CONTROL_BAD_ID:
		return give_back_a_free_head(index);
	default:
		return;
	}
	answer_status(index, chain, control_execute(&sessions[index], message));
}

static void control_request(unsigned index, const struct virtqueue_chain *chain)
{
	struct session *s = &sessions[index];
	union {
		struct qcuda_msg msg;
		struct qcuda_region_add add;
		uint8_t bytes[MESSAGE_MAX];
	} message;
	enum backend_order order = s->order;

	if (s->dead)
		return;
	if (!s->open || chain->readable > sizeof(message) ||
	    !virtqueue_read(&queue_get(index)->vq, chain, &message, chain->readable) ||
	    message.msg.length != chain->readable) {
		log_error("session %u: a request that breaks the protocol", index);
		return answer_status(index, chain, QCUDA_ERR_PROTOCOL);
	}
	s->order = ORDER_NORMAL;
	if (order != ORDER_NORMAL)
		return control_misbehave(index, order, chain, &message);
	answer_status(index, chain, control_execute(s, &message));
	if (message.msg.type == QCUDA_REGION_ADD && message.add.vaddr >= ORDER_ADDRESS &&
	    message.add.vaddr < ORDER_ADDRESS + 64 * ORDER_STRIDE)
		order_take(s, message.add.vaddr);
}

static void admin_hello(const struct virtqueue_chain *chain, enum backend_order order)
{
	const struct qcuda_response response = { .value = n_sessions,
						 .version_minor = QCUDA_VERSION_MINOR };

	for (unsigned i = 1; i <= n_sessions; i++)
		session_clear(i);
	if (order == ORDER_HELLO_VERSION)
		answer_status(0, chain, QCUDA_ERR_PROTOCOL);
	else if (order != ORDER_HELLO_MUTE)
		answer(0, chain, &response);
}

static void admin_open(uint32_t index, const struct virtqueue_chain *chain,
		       enum backend_order order)
{
	uint32_t status = QCUDA_OK;

	if (index < 1 || index > n_sessions || sessions[index].open)
		status = QCUDA_ERR_ID;
	else if (order == ORDER_OPEN_REFUSE)
		status = QCUDA_ERR_NO_MEMORY;
	else if (order == ORDER_OPEN_DRIVER)
		status = QCUDA_ERR_DRIVER;
	else
		sessions[index].open = true;
	if (order == ORDER_OPEN_SLOW)
		usleep(SLOW_US);
	if (order == ORDER_OPEN_SHORT)
		return answer_junk(0, chain, 4);
	is_held = order == ORDER_OPEN_MUTE;
	if (is_held)
		held = *chain;
	else
		answer_status(0, chain, status);
}

static void admin_close(uint32_t index, const struct virtqueue_chain *chain,
			enum backend_order order)
{
	if (index < 1 || index > n_sessions || !sessions[index].open)
		return answer_status(0, chain, QCUDA_ERR_ID);
	if (order == ORDER_CLOSE_REFUSE)
		return answer_status(0, chain, QCUDA_ERR_NO_MEMORY);
	session_close(index, order == ORDER_CLOSE_KEEP);
	is_held = order == ORDER_CLOSE_MUTE;
	if (is_held)
		held = *chain;
	else
		answer_status(0, chain, QCUDA_OK);
}

static bool admin_order_is_for(uint32_t type)
{
	switch (type) {
	case QCUDA_ADMIN_HELLO:
		return admin_order == ORDER_HELLO_MUTE || admin_order == ORDER_HELLO_VERSION;
	case QCUDA_ADMIN_OPEN:
		return admin_order >= ORDER_OPEN_MUTE && admin_order <= ORDER_OPEN_SHORT;
	default:
		return admin_order >= ORDER_CLOSE_MUTE && admin_order <= ORDER_CLOSE_KEEP;
	}
}

static void admin_request(const struct virtqueue_chain *chain)
{
	union {
		struct qcuda_msg msg;
		struct qcuda_session_msg session;
		struct qcuda_hello hello;
	} message;
	enum backend_order order = ORDER_NORMAL;

	if (chain->readable > sizeof(message) ||
	    !virtqueue_read(&queue_get(0)->vq, chain, &message, chain->readable))
		return answer_status(0, chain, QCUDA_ERR_PROTOCOL);
	if (admin_order_is_for(message.msg.type)) {
		order = admin_order;
		admin_order = ORDER_NORMAL;
	}
	if (message.msg.type == QCUDA_ADMIN_HELLO)
		admin_hello(chain, order);
	else if (message.msg.type == QCUDA_ADMIN_OPEN)
		admin_open(message.session.session, chain, order);
	else if (message.msg.type == QCUDA_ADMIN_CLOSE)
		admin_close(message.session.session, chain, order);
	else
		answer_status(0, chain, QCUDA_ERR_PROTOCOL);
}

static void queue_serve(unsigned index)
{
	struct session *s = &sessions[index];
	struct virtqueue_chain chain;

	while (virtqueue_pop(&queue_get(index)->vq, &chain) > 0) {
		if (!chain.n_readable)
			s->taken[s->n_taken++] = chain.head;
		else if (index)
			control_request(index, &chain);
		else
			admin_request(&chain);
	}
}

static void queue_kicked(struct loop_source *source, uint32_t events)
{
	struct queue *queue = container_of(source, struct queue, watch);

	queue_acknowledge_kick(queue);
	log_debug("queue %u is kicked", queue->index);
	queue_serve(queue->index);
	if (queue->index)
		session_doorbell(queue->index);
}

/* What follows is device.h, for the daemon's vhost_user.c. */
int device_set_memory(const struct guest_range *range, unsigned n)
{
	guest_memory_finish(&memory);
	for (unsigned i = 0; i < n; i++) {
		if (guest_memory_add(&memory, &range[i]))
			die("a range of guest memory cannot be mapped");
	}
	for (unsigned i = 0; i <= n_sessions; i++) {
		if (queue_get(i)->vq.running)
			virtqueue_remap(&queue_get(i)->vq);
	}
	return 0;
}

int device_add_memory(const struct guest_range *range)
{
	return guest_memory_add(&memory, range);
}

int device_remove_memory(uint64_t gpa, uint64_t size)
{
	return guest_memory_remove(&memory, gpa, size) ? 0 : -1;
}

void device_set_features(uint64_t features)
{
	ring_features = features & (1ull << VIRTIO_RING_F_EVENT_IDX |
				    1ull << VIRTIO_RING_F_INDIRECT_DESC);
}

void device_queue_changed(struct queue *queue)
{
	bool is_new;

	if (!queue_start(queue, &memory, ring_features, &is_new))
		return;
	if (is_new)
		session_clear(queue->index);
	queue_watch(queue, queue_kicked);
	queue_kick_self(queue);
}

void device_queue_stop(struct queue *queue)
{
	queue_rest(queue);
}

void device_queue_call_changed(struct queue *queue)
{
	queue->vq.call = queue->call;
}

bool device_settled(void)
{
	return true;
}

void device_init(void (*settled)(void))
{
	queue_init();
}

void device_reset(void)
{
	for (unsigned i = 0; i <= n_sessions; i++) {
		session_clear(i);
		queue_forget(queue_get(i));
	}
	guest_memory_finish(&memory);
	is_held = false;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		die("usage: backend SOCKET SESSIONS");
	log_init("backend", getenv("VERBOSE") ? LOG_LEVEL_DEBUG : LOG_LEVEL_WARN);
	n_sessions = strtoul(argv[2], NULL, 10);
	signal(SIGPIPE, SIG_IGN);
	loop_init();
	vhost_user_init(listen_open(argv[1], SOCK_STREAM), n_sessions, false);
	puts("ready");
	fflush(stdout);
	loop_run();
	return 0;
}
