/* SPDX-License-Identifier: MIT */
/*
 * admin.h - the admin queue: HELLO, OPEN, CLOSE, and the news that a worker died
 */
#ifndef QCU_DEVICE_ADMIN_H
#define QCU_DEVICE_ADMIN_H

#include "qcu-device/common/virtqueue.h"
#include "wire/protocol.h"

enum admin_request_state {
	ADMIN_REQUEST_NONE,	/* free */
	ADMIN_REQUEST_WAITING,	/* came; the answer is not known yet */
	ADMIN_REQUEST_ANSWERED,	/* the answer is known but the queue rests */
};

/** struct admin_request - a request whose answer takes time */
struct admin_request {
	enum admin_request_state state;
	struct virtqueue_chain chain;
	struct qcuda_response response;
};

/** admin_request_begin() - keep @chain in @request, which is free */
void admin_request_begin(struct admin_request *request, const struct virtqueue_chain *chain);

/** admin_request_answer() - answer @request, now or when the queue runs; nothing if it is free */
void admin_request_answer(struct admin_request *request, enum qcuda_status status);

/** admin_request_flush() - send an answer that had to wait */
void admin_request_flush(struct admin_request *request);

/** admin_session_died() - tell the driver, as soon as it has posted an event buffer */
void admin_session_died(unsigned session);

/** admin_session_closed() - no need to tell of its death any more; maybe HELLO can be answered */
void admin_session_closed(unsigned session);

/** admin_queue_started() - queue 0 runs; @is_new: with a new driver, all of the old is forgotten */
void admin_queue_started(bool is_new);
void admin_queue_stop(void);

#endif
