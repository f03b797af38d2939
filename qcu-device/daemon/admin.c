/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "qcu-device/common/log.h"
#include "qcu-device/common/version.h"
#include "qcu-device/daemon/admin.h"
#include "qcu-device/daemon/session.h"

/* Chains served before other descriptors get their turn */
#define ADMIN_BUDGET 64

union admin_message {
	struct qcuda_msg msg;
	struct qcuda_hello hello;
	struct qcuda_session_msg session;
};

/*
 * @greeted: HELLO was answered; before that nothing else is allowed
 * @complained: what the driver does wrong is logged once
 * @buffers: heads of event buffers, @n_buffers of them
 * @died: sessions whose death the driver has not been told
 */
static struct {
	bool greeted;
	bool complained;
	struct admin_request hello;
	uint16_t buffers[VIRTQUEUE_MAX_SIZE];
	unsigned n_buffers;
	bool died[QUEUE_COUNT];
} admin;

static struct virtqueue *admin_vq(void)
{
	return &queue_get(0)->vq;
}

static void admin_complain(const char *what)
{
	if (admin.complained)
		return;
	admin.complained = true;
	log_warn("admin queue: %s; said once", what);
}

static void admin_reply(const struct virtqueue_chain *chain, const struct qcuda_response *response)
{
	struct virtqueue *vq = admin_vq();
	bool fits = virtqueue_write(vq, chain, response, sizeof(*response));

	if (!fits)
		admin_complain("a request has no room for its answer");
	virtqueue_push(vq, chain->head, fits ? sizeof(*response) : 0);
	virtqueue_notify(vq);
}

static void admin_reply_status(const struct virtqueue_chain *chain, enum qcuda_status status)
{
	admin_reply(chain, &(struct qcuda_response){ .status = status });
}

void admin_request_begin(struct admin_request *request, const struct virtqueue_chain *chain)
{
	request->state = ADMIN_REQUEST_WAITING;
	request->chain = *chain;
	request->response = (struct qcuda_response){ 0 };
}

void admin_request_answer(struct admin_request *request, enum qcuda_status status)
{
	if (request->state != ADMIN_REQUEST_WAITING)
		return;
	request->state = ADMIN_REQUEST_ANSWERED;
	request->response.status = status;
	admin_request_flush(request);
}

void admin_request_flush(struct admin_request *request)
{
	if (request->state != ADMIN_REQUEST_ANSWERED || !admin_vq()->running)
		return;
	request->state = ADMIN_REQUEST_NONE;
	admin_reply(&request->chain, &request->response);
}

/* Give one event buffer back with @event in it; false if there is none. */
static bool admin_send_event(const struct qcuda_event *event)
{
	struct virtqueue *vq = admin_vq();
	struct virtqueue_chain chain;
	uint16_t head;
	bool fits;

	if (!vq->running || !admin.n_buffers)
		return false;
	head = admin.buffers[--admin.n_buffers];
	fits = !virtqueue_reread(vq, head, &chain) &&
	       virtqueue_write(vq, &chain, event, sizeof(*event));
	if (!fits)
		admin_complain("an event buffer is too small");
	virtqueue_push(vq, head, fits ? sizeof(*event) : 0);
	virtqueue_notify(vq);
	return fits;
}

static void admin_flush_events(void)
{
	for (unsigned i = 1; i < QUEUE_COUNT && admin.n_buffers; i++) {
		const struct qcuda_event event = { .type = QCUDA_EVENT_DIED, .id = i };

		if (admin.died[i] && admin_send_event(&event))
			admin.died[i] = false;
	}
}

static void admin_try_hello(void)
{
	if (admin.hello.state != ADMIN_REQUEST_WAITING || !session_none())
		return;
	admin.greeted = true;
	admin_request_answer(&admin.hello, QCUDA_OK);
}

void admin_session_closed(unsigned session)
{
	admin.died[session] = false;
	admin_try_hello();
}

/*
 * The handlers: the status returned is the answer, unless it is QCUDA_OK; then
 * the chain was kept and the answer comes later.
 */
static enum qcuda_status admin_hello(const union admin_message *message,
				     const struct virtqueue_chain *chain)
{
	const struct qcuda_hello *hello = &message->hello;

	if (hello->version_major != QCUDA_VERSION_MAJOR) {
		admin_complain("the guest's driver speaks another version of the protocol");
		return QCUDA_ERR_PROTOCOL;
	}
	if (admin.hello.state != ADMIN_REQUEST_NONE)
		return QCUDA_ERR_PROTOCOL;
	admin.greeted = false;
	admin_request_begin(&admin.hello, chain);
	admin.hello.response.version_minor = version_agreed(hello->version_minor);
	admin.hello.response.value = session_count();
	session_end_all();
	admin_try_hello();
	return QCUDA_OK;
}

static enum qcuda_status admin_open(const union admin_message *message,
				    const struct virtqueue_chain *chain)
{
	return admin.greeted ? session_open(message->session.session, chain) : QCUDA_ERR_PROTOCOL;
}

static enum qcuda_status admin_close(const union admin_message *message,
				     const struct virtqueue_chain *chain)
{
	return admin.greeted ? session_close(message->session.session, chain) : QCUDA_ERR_PROTOCOL;
}

static const struct {
	uint32_t type;
	uint32_t size;
	enum qcuda_status (*handle)(const union admin_message *, const struct virtqueue_chain *);
} admin_handlers[] = {
	{ QCUDA_ADMIN_HELLO, sizeof(struct qcuda_hello), admin_hello },
	{ QCUDA_ADMIN_OPEN, sizeof(struct qcuda_session_msg), admin_open },
	{ QCUDA_ADMIN_CLOSE, sizeof(struct qcuda_session_msg), admin_close },
};

static enum qcuda_status admin_handle(const struct virtqueue_chain *chain)
{
	union admin_message message;

	if (chain->readable < sizeof(message.msg) || chain->readable > sizeof(message) ||
	    !virtqueue_read(admin_vq(), chain, &message, chain->readable) ||
	    message.msg.length != chain->readable)
		return QCUDA_ERR_PROTOCOL;
	for (unsigned i = 0; i < sizeof(admin_handlers) / sizeof(*admin_handlers); i++) {
		if (message.msg.type != admin_handlers[i].type)
			continue;
		log_debug("admin queue: request %#x, session %u", message.msg.type,
			  message.session.session);
		if (message.msg.length != admin_handlers[i].size)
			return QCUDA_ERR_PROTOCOL;
		return admin_handlers[i].handle(&message, chain);
	}
	return QCUDA_ERR_PROTOCOL;
}

/* The ring itself is nonsense: this VM's device is of no use until a new driver comes. */
static void admin_broken(void)
{
	log_error("admin queue: the guest has broken its ring, the device ends");
	admin_queue_stop();
	session_forget_requests();
	session_end_all();
}

static void admin_request(const struct virtqueue_chain *chain)
{
	enum qcuda_status status = admin_handle(chain);

	if (status == QCUDA_ERR_PROTOCOL)
		admin_complain("a request is malformed or out of order");
	if (status != QCUDA_OK)
		admin_reply_status(chain, status);
}

static void admin_serve(void)
{
	struct virtqueue_chain chain;

	for (unsigned budget = ADMIN_BUDGET; budget; budget--) {
		int n = virtqueue_pop(admin_vq(), &chain);

		if (n < 0)
			admin_broken();
		if (n <= 0)
			return;
		if (chain.n_readable) {
			admin_request(&chain);
		} else {
			admin.buffers[admin.n_buffers++] = chain.head;
			admin_flush_events();
		}
	}
	queue_kick_self(queue_get(0));
}

void admin_session_died(unsigned session)
{
	admin.died[session] = true;
	/* The driver posts event buffers again without a kick: look for them. */
	admin_serve();
	admin_flush_events();
}

static void admin_kicked(struct loop_source *source, uint32_t events)
{
	queue_acknowledge_kick(queue_get(0));
	admin_serve();
}

void admin_queue_started(bool is_new)
{
	if (is_new) {
		session_forget_requests();
		session_end_all();
		memset(&admin, 0, sizeof(admin));
	}
	queue_watch(queue_get(0), admin_kicked);
	admin_request_flush(&admin.hello);
	session_flush();
	admin_flush_events();
	admin_serve();
}

void admin_queue_stop(void)
{
	queue_rest(queue_get(0));
}
