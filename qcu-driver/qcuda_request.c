// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * qcuda_request.c - one message to the device and its answer
 *
 * A request has two owners: whoever sends it, and the queue as long as the
 * device may still write the answer.  A sender that is killed drops its
 * reference and goes; the ring drops the other when the buffer comes back or
 * the device is reset.
 */
#include <linux/slab.h>
#include <linux/virtio.h>

#include "qcuda_internal.h"

#define CREATE_TRACE_POINTS
#include "qcuda_trace.h"

/**
 * qcuda_request_create() - a request with nothing but its header filled in
 * @type: of the message
 * @length: of the fixed part of the message, in bytes
 *
 * Context: Process context.  May sleep.
 * Return: the request, for qcuda_request_put(); NULL without memory.
 */
struct qcuda_request *qcuda_request_create(enum qcuda_msg_type type, size_t length)
{
	struct qcuda_request *req = kzalloc(sizeof(*req), GFP_KERNEL_ACCOUNT);

	if (!req)
		return NULL;
	req->token.kind = QCUDA_TOKEN_REQUEST;
	refcount_set(&req->refs, 1);
	init_completion(&req->done);
	req->message.msg.type = cpu_to_le32(type);
	req->message.msg.length = cpu_to_le32(length);
	return req;
}

/**
 * qcuda_request_extents() - let extents follow the message
 * @req: a request not sent yet
 * @extents: stays the caller's; must live as long as the session
 * @n: how many
 */
void qcuda_request_extents(struct qcuda_request *req, const struct qcuda_extent *extents,
			   unsigned int n)
{
	req->extents = extents;
	req->extents_bytes = n * sizeof(*extents);
	le32_add_cpu(&req->message.msg.length, req->extents_bytes);
}

/**
 * qcuda_request_put() - drop one reference
 * @req: a request, or NULL
 *
 * Context: Any context.
 */
void qcuda_request_put(struct qcuda_request *req)
{
	if (req && refcount_dec_and_test(&req->refs))
		kfree(req);
}

/**
 * qcuda_request_add() - put the request into a ring
 * @req: the request
 * @vq: where
 *
 * Context: The queue's lock is held.
 * Return: 0, -ENOSPC if there is no room, or another negative errno.
 */
int qcuda_request_add(struct qcuda_request *req, struct virtqueue *vq)
{
	size_t length = le32_to_cpu(req->message.msg.length) - req->extents_bytes;
	struct scatterlist *sgs[ARRAY_SIZE(req->sg)];
	unsigned int out = 0;

	sg_init_one(&req->sg[0], &req->message, length);
	sgs[out++] = &req->sg[0];
	if (req->extents) {
		sg_init_one(&req->sg[1], req->extents, req->extents_bytes);
		sgs[out++] = &req->sg[1];
	}
	sg_init_one(&req->sg[2], &req->response, sizeof(req->response));
	sgs[out] = &req->sg[2];
	return virtqueue_add_sgs(vq, sgs, out, 1, &req->token, GFP_ATOMIC);
}

/**
 * qcuda_request_finish() - note the outcome and tell whoever waits
 * @req: the request; if it has an outcome already, nothing happens
 * @q: its queue
 * @error: 0 if the device has answered, else why it will not
 * @written: bytes the device has written
 *
 * Context: The queue's lock is held, interrupts are off.
 */
void qcuda_request_finish(struct qcuda_request *req, struct qcuda_queue *q, int error, u32 written)
{
	if (req->finished)
		return;
	req->finished = true;
	req->error = error;
	req->written = written;
	trace_qcuda_reply(q, req);
	if (req->answered)
		req->answered(req);
	complete_all(&req->done);
}

/* What a status means to a process.  The driver names only what exists, so that
 * "no such id, or in use" is always the latter.
 */
static int status_to_errno(u32 status)
{
	switch (status) {
	case QCUDA_OK:
		return 0;
	case QCUDA_ERR_ID:
		return -EBUSY;
	case QCUDA_ERR_RANGE:
		return -EINVAL;
	case QCUDA_ERR_NO_MEMORY:
		return -ENOMEM;
	case QCUDA_ERR_DRIVER:
		return -ENXIO;
	case QCUDA_ERR_DEAD:
		return -EPIPE;
	default:
		return -EIO;
	}
}

/**
 * qcuda_request_result() - what became of a request
 * @req: a request whose @done is complete; @refused is set here
 *
 * The length of the answer is checked before its contents.  An answer without a
 * known status says nothing about what the device has done.
 *
 * Return: 0 or a negative errno.
 */
int qcuda_request_result(struct qcuda_request *req)
{
	u32 status;

	if (req->error)
		return req->error;
	if (req->written != sizeof(req->response))
		return -EIO;
	status = le32_to_cpu(READ_ONCE(req->response.status));
	req->refused = status > QCUDA_OK && status < QCUDA_ERR_DEAD;
	return status_to_errno(status);
}

/**
 * qcuda_request_call() - send a request and wait for the answer
 * @q: where to send it
 * @req: the request; stays the caller's
 *
 * Context: Process context.  Sleeps until answered, or until a fatal signal.
 * Return: 0 or a negative errno; -EINTR leaves the outcome unknown.
 */
int qcuda_request_call(struct qcuda_queue *q, struct qcuda_request *req)
{
	qcuda_queue_send(q, req);
	if (wait_for_completion_state(&req->done, QCUDA_TASK_WAITS))
		return -EINTR;
	return qcuda_request_result(req);
}
