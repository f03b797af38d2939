/* SPDX-License-Identifier: MIT */
/*
 * control.h - the control requests of a session, and the two ways they come
 *
 * DOC: Theory of operation
 *
 * The main thread of the worker serves the daemon's link, the doorbell and the
 * control requests.  It must always answer the daemon soon, so it never blocks:
 * what may wait for the GPU (deleting a region, stopping a channel) is a job in
 * a thread of its own, and its answer comes when it is done.
 *
 * control.c has one table of handlers.  control_queue.c brings requests from the
 * virtqueue, control_socket.c from a socket; each knows how to answer its own.
 */
#ifndef QCU_DEVICE_WORKER_CONTROL_H
#define QCU_DEVICE_WORKER_CONTROL_H

#include "qcu-device/common/link.h"
#include "qcu-device/common/message.h"
#include "qcu-device/worker/job.h"
#include "wire/protocol.h"

struct channel;
struct region;

#define CONTROL_MESSAGE_MAX                                                                        \
	(sizeof(struct qcuda_region_add) + QCUDA_EXTENTS_PER_MSG * sizeof(struct qcuda_extent))

/**
 * struct control_request - a request until its answer is sent; malloc'ed
 * @answer: sends @response and frees the request; main thread
 * @chain: control_queue.c: where the answer goes
 * @job, @channel, @region: control.c: what is under way
 */
struct control_request {
	void (*answer)(struct control_request *request);
	struct qcuda_response response;
	struct virtqueue_chain chain;
	struct control_request *next;
	struct job job;
	struct channel *channel;
	struct region *region;
};

/**
 * control_handle() - do what @message asks for; request->answer is called now or later
 * @message: private copy, aligned for any struct of protocol.h
 * @fds: that came along; NULL for a request from the virtqueue
 */
void control_handle(struct control_request *request, const void *message, size_t size,
		    struct message_fds *fds);

/** control_end() - the session ends here and now; @why goes to the log, if not NULL; any thread */
_Noreturn void control_end(const char *why);

/* control_queue.c */

/** control_queue_set_memory() - replace the memory table; takes over what is in @memory */
void control_queue_set_memory(struct guest_memory *memory);

/** control_queue_start() - serve the queue; the descriptors are ours from now on */
void control_queue_start(const struct virtqueue_layout *layout, int kick, int call, int state);
void control_queue_stop(void);
void control_queue_set_call(int call);

/** control_queue_kick() - the kick descriptor to wait for, or -1 */
int control_queue_kick(void);

/** control_queue_ready() - it is readable: the guest has rung the doorbell or sent requests */
void control_queue_ready(void);

/** control_queue_event() - tell the guest that channel @id has news; any thread */
void control_queue_event(uint32_t id);

/** control_queue_memory() - the memory table; main thread */
const struct guest_memory *control_queue_memory(void);

/* control_socket.c */

/** control_socket_start() - serve @connection; @driver_status is the answer to HELLO */
void control_socket_start(int connection, enum qcuda_status driver_status);

/**
 * control_socket_connection(), control_socket_doorbell() - what to wait for, or -1
 * @busy: set if a request is under way: wait for the hang-up only
 */
int control_socket_connection(bool *busy);
int control_socket_doorbell(void);

void control_socket_ready(void);
void control_socket_rung(void);

#endif
