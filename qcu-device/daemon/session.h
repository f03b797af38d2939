/* SPDX-License-Identifier: MIT */
/*
 * session.h - the sessions of a virtual machine, each a queue and a worker
 *
 * DOC: Theory of operation
 *
 * Session i is control queue i and the worker that serves it.  The daemon only
 * changes who serves: it starts and kills the worker, gives it the queue and
 * takes it back.
 *
 *	CLOSED --open--> OPENING --worker ready--> OPEN --worker dies--> DEAD
 *	   ^                |                        |                     |
 *	   |              close                    close                   |
 *	   |                v                        v                     |
 *	   +-worker's death- CLOSING <---------------+                   close
 *	   +---------------------------------------------------------------+
 *
 * A dead session's queue is answered by the daemon (QCUDA_ERR_DEAD), so that
 * nobody in the guest waits for an answer that cannot come.  On the way to
 * CLOSED every buffer of the queue is given back with length 0.
 */
#ifndef QCU_DEVICE_SESSION_H
#define QCU_DEVICE_SESSION_H

#include "qcu-device/daemon/admin.h"
#include "qcu-device/daemon/queue.h"
#include "qcu-device/daemon/worker.h"

enum session_state {
	SESSION_CLOSED,		/* no worker; the queue is not looked at */
	SESSION_OPENING,	/* the worker starts; @open waits for an answer */
	SESSION_OPEN,		/* the worker serves the queue, when that runs */
	SESSION_DEAD,		/* no worker; the daemon serves the queue */
	SESSION_CLOSING,	/* the worker is killed; @open or @close may wait for its death */
};

/**
 * struct session
 * @worker: in OPENING, OPEN and CLOSING, else NULL
 * @given: the worker has the queue (OPEN only)
 * @open, @close: requests of the driver that wait for an answer
 * @owes_buffers: the queue rested when its buffers were to be given back
 * @open_status: what @open will be answered when the session is CLOSED again
 */
struct session {
	enum session_state state;
	unsigned id;
	struct worker *worker;
	bool given;
	bool owes_buffers;
	struct admin_request open;
	struct admin_request close;
	uint32_t open_status;
};

/** session_init() - sessions 1..@count may be opened */
void session_init(unsigned count);

unsigned session_count(void);

/** session_open() - open session @id; @chain will be answered, unless another status is returned */
enum qcuda_status session_open(unsigned id, const struct virtqueue_chain *chain);

/** session_close() - close session @id, likewise */
enum qcuda_status session_close(unsigned id, const struct virtqueue_chain *chain);

/** session_end_all() - close every session, as if the driver had asked */
void session_end_all(void);

/** session_forget_requests() - the driver that asked is gone: answer nothing */
void session_forget_requests(void);

/** session_none() - true if every session is CLOSED */
bool session_none(void);

/** session_flush() - the admin queue runs again: send the answers that had to wait */
void session_flush(void);

/* QEMU's side: queue @id has been started, is to rest, or the memory table has changed. */
void session_queue_started(unsigned id, bool is_new);
void session_queue_stop(unsigned id);
void session_queue_call_changed(unsigned id);
void session_memory_changed(void);

/** session_settled() - true if no worker owes an acknowledgement */
bool session_settled(void);

#endif
