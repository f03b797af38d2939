/* SPDX-License-Identifier: MIT */
#include "qcu-device/common/log.h"
#include "qcu-device/daemon/device.h"
#include "qcu-device/daemon/session.h"

/* Chains of a dead session served before other descriptors get their turn */
#define DEAD_BUDGET 64

static struct session sessions[QUEUE_COUNT];
static unsigned sessions_wanted;

void session_init(unsigned count)
{
	sessions_wanted = count;
	for (unsigned i = 0; i < QUEUE_COUNT; i++)
		sessions[i] = (struct session){ .id = i };
}

unsigned session_count(void)
{
	return sessions_wanted;
}

static struct session *session_get(unsigned id)
{
	return id >= 1 && id <= sessions_wanted ? &sessions[id] : NULL;
}

static struct virtqueue *session_vq(const struct session *session)
{
	return &queue_get(session->id)->vq;
}

/* Answer a request of a dead session; an event buffer stays out until the session is closed. */
static void session_refuse(struct session *session, const struct virtqueue_chain *chain)
{
	const struct qcuda_response dead = { .status = QCUDA_ERR_DEAD };
	struct virtqueue *vq = session_vq(session);
	bool fits;

	if (!chain->n_readable)
		return;
	fits = virtqueue_write(vq, chain, &dead, sizeof(dead));
	virtqueue_push(vq, chain->head, fits ? sizeof(dead) : 0);
}

static void session_serve_dead(struct session *session)
{
	struct virtqueue *vq = session_vq(session);
	struct virtqueue_chain chain;
	unsigned budget = DEAD_BUDGET;
	int n = 0;

	while (budget && (n = virtqueue_pop(vq, &chain)) > 0) {
		session_refuse(session, &chain);
		budget--;
	}
	virtqueue_notify(vq);
	if (n < 0)
		queue_rest(queue_get(session->id));
	else if (!budget)
		queue_kick_self(queue_get(session->id));
}

static void session_kicked(struct loop_source *source, uint32_t events)
{
	struct queue *queue = container_of(source, struct queue, watch);

	queue_acknowledge_kick(queue);
	session_serve_dead(&sessions[queue->index]);
}

/* The daemon takes the queue of a worker that died: what that had taken is answered first. */
static void session_take_over(struct session *session)
{
	struct virtqueue *vq = session_vq(session);
	struct virtqueue_chain chain;

	if (!vq->running)
		return;
	virtqueue_recover(vq);
	for (unsigned head = 0; head < vq->layout.num; head++) {
		if (vq->state->out[head] && !virtqueue_reread(vq, head, &chain))
			session_refuse(session, &chain);
	}
	queue_watch(queue_get(session->id), session_kicked);
	session_serve_dead(session);
}

/* Give back every buffer of the queue unused: at most a ring's worth, whatever the guest adds. */
static void session_give_back(struct session *session)
{
	struct virtqueue *vq = session_vq(session);
	struct virtqueue_chain chain;
	unsigned budget = vq->layout.num;

	queue_unwatch(queue_get(session->id));
	session->owes_buffers = !vq->running;
	if (!vq->running)
		return;
	virtqueue_recover(vq);
	for (unsigned head = 0; head < vq->layout.num; head++) {
		if (vq->state->out[head])
			virtqueue_push(vq, head, 0);
	}
	while (budget-- && virtqueue_pop(vq, &chain) > 0)
		virtqueue_push(vq, chain.head, 0);
	virtqueue_notify(vq);
}

static void session_closed(struct session *session)
{
	session_give_back(session);
	session->state = SESSION_CLOSED;
	log_debug("session %u is closed", session->id);
	admin_request_answer(&session->open, session->open_status);
	admin_request_answer(&session->close, QCUDA_OK);
	admin_session_closed(session->id);
}

static void session_died(struct session *session)
{
	session->worker = NULL;
	session->given = false;
	switch (session->state) {
	case SESSION_OPENING:
		session->open_status = QCUDA_ERR_DRIVER;
		session_closed(session);
		break;
	case SESSION_CLOSING:
		session_closed(session);
		break;
	default:
		log_warn("session %u: its worker has died", session->id);
		session->state = SESSION_DEAD;
		session_take_over(session);
		admin_session_died(session->id);
		break;
	}
}

static void session_kill(struct session *session, enum qcuda_status open_status)
{
	session->state = SESSION_CLOSING;
	session->open_status = open_status;
	session->given = false;
	worker_kill(session->worker);
}

/* Let the worker serve the queue. */
static void session_give(struct session *session)
{
	struct queue *queue = queue_get(session->id);
	struct link_message message = { .type = LINK_QUEUE, .session = session->id };
	int fds[3] = { queue->kick, queue->state_fd, queue->call };

	if (session->given || !queue->vq.running)
		return;
	message.layout = queue->vq.layout;
	message.has_call = queue->call >= 0;
	session->given = true;
	worker_send(session->worker, &message, fds, message.has_call ? 3 : 2);
}

static void session_ready(struct session *session)
{
	if (session->state != SESSION_OPENING)
		return;
	if (session->worker->status != QCUDA_OK) {
		session_kill(session, session->worker->status);
		return;
	}
	session->state = SESSION_OPEN;
	log_debug("session %u is open, worker %d", session->id, session->worker->pid);
	worker_send_memory(session->worker, device_memory());
	session_give(session);
	admin_request_answer(&session->open, QCUDA_OK);
}

static void session_worker_event(struct worker *worker, void *owner, enum worker_event event)
{
	struct session *session = owner;

	if (event == WORKER_IS_READY)
		session_ready(session);
	else if (event == WORKER_HAS_DIED)
		session_died(session);
	device_settle();
}

enum qcuda_status session_open(unsigned id, const struct virtqueue_chain *chain)
{
	struct session *session = session_get(id);

	if (!session || session->state != SESSION_CLOSED)
		return QCUDA_ERR_ID;
	session->worker = worker_take(session_worker_event, session);
	if (!session->worker)
		return QCUDA_ERR_NO_MEMORY;
	session->state = SESSION_OPENING;
	admin_request_begin(&session->open, chain);
	if (session->worker->state == WORKER_READY)
		session_ready(session);
	return QCUDA_OK;
}

enum qcuda_status session_close(unsigned id, const struct virtqueue_chain *chain)
{
	struct session *session = session_get(id);

	if (!session || session->state == SESSION_CLOSED ||
	    session->close.state != ADMIN_REQUEST_NONE)
		return QCUDA_ERR_ID;
	admin_request_begin(&session->close, chain);
	if (session->state == SESSION_DEAD)
		session_closed(session);
	else if (session->state != SESSION_CLOSING)
		session_kill(session, QCUDA_ERR_DEAD);
	return QCUDA_OK;
}

static void session_end(struct session *session)
{
	if (session->state == SESSION_DEAD)
		session_closed(session);
	else if (session->state == SESSION_OPENING || session->state == SESSION_OPEN)
		session_kill(session, QCUDA_ERR_DEAD);
}

void session_end_all(void)
{
	for (unsigned i = 1; i < QUEUE_COUNT; i++)
		session_end(&sessions[i]);
}

void session_forget_requests(void)
{
	for (unsigned i = 1; i < QUEUE_COUNT; i++)
		sessions[i].open.state = sessions[i].close.state = ADMIN_REQUEST_NONE;
}

bool session_none(void)
{
	for (unsigned i = 1; i < QUEUE_COUNT; i++) {
		if (sessions[i].state != SESSION_CLOSED)
			return false;
	}
	return true;
}

void session_flush(void)
{
	for (unsigned i = 1; i < QUEUE_COUNT; i++) {
		admin_request_flush(&sessions[i].open);
		admin_request_flush(&sessions[i].close);
	}
}

void session_queue_started(unsigned id, bool is_new)
{
	struct session *session = &sessions[id];

	if (is_new) {
		/* A new driver: the old one's session, if any, is nobody's now. */
		session->owes_buffers = false;
		session_end(session);
		return;
	}
	if (session->state == SESSION_OPEN)
		session_give(session);
	else if (session->state == SESSION_DEAD)
		session_take_over(session);
	else if (session->owes_buffers)
		session_give_back(session);
}

void session_queue_stop(unsigned id)
{
	struct session *session = &sessions[id];
	const struct link_message stop = { .type = LINK_STOP };

	queue_rest(queue_get(id));
	if (!session->given)
		return;
	session->given = false;
	worker_send(session->worker, &stop, NULL, 0);
}

void session_queue_call_changed(unsigned id)
{
	struct session *session = &sessions[id];
	struct link_message message = { .type = LINK_CALL };
	int call = queue_get(id)->call;

	if (!session->given)
		return;
	message.has_call = call >= 0;
	worker_send(session->worker, &message, &call, message.has_call ? 1 : 0);
}

void session_memory_changed(void)
{
	for (unsigned i = 1; i < QUEUE_COUNT; i++) {
		if (sessions[i].state == SESSION_OPEN)
			worker_send_memory(sessions[i].worker, device_memory());
	}
}

bool session_settled(void)
{
	for (unsigned i = 1; i < QUEUE_COUNT; i++) {
		if (sessions[i].worker && sessions[i].worker->acks_due)
			return false;
	}
	return true;
}
