/* SPDX-License-Identifier: MIT */
/*
 * worker.h - the daemon's side of its worker processes
 *
 * DOC: Theory of operation
 *
 * A worker is forked and executed with nothing of the daemon's but one link
 * (link.h).  One spare is kept warm: it has loaded the CUDA driver before
 * anybody asked, because that takes longer than everything else.
 *
 * The daemon never waits for a worker.  What a worker does comes as a call of
 * its owner's function: it is ready, it has acknowledged, it has died.  Death is
 * seen by a pidfd; only then is the process reaped, its owner told, and struct
 * worker freed.  worker_kill() merely makes that happen soon.
 */
#ifndef QCU_DEVICE_WORKER_H
#define QCU_DEVICE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "qcu-device/common/link.h"
#include "qcu-device/daemon/exchange.h"
#include "qcu-device/daemon/loop.h"

enum worker_state {
	WORKER_STARTING,	/* loads the driver; may be sent only LINK_SOCKET */
	WORKER_READY,		/* may be sent anything */
	WORKER_KILLED,		/* SIGKILL is under way; may not be sent anything */
};

enum worker_event {
	WORKER_IS_READY,	/* worker->status says how well */
	WORKER_HAS_ACKED,	/* worker->acks_due was counted down */
	WORKER_HAS_DIED,	/* the owner must forget it: freed after the call */
};

struct worker;
typedef void (*worker_owner)(struct worker *worker, void *owner, enum worker_event event);

/**
 * struct worker
 * @status: enum qcuda_status of loading the driver, once ready
 * @acks_due: LINK_ACKs to come; @ack_deadline (CLOCK_MONOTONIC seconds) for the first
 * @left: for other workers
 * @owner, @notify: who is told; a spare has none
 */
struct worker {
	enum worker_state state;
	int pid;
	struct loop_source death;
	struct loop_source link;
	uint32_t status;
	unsigned acks_due;
	int64_t ack_deadline;
	struct exchange_owner left;
	void *owner;
	worker_owner notify;
	struct worker *next;
};

/* What the spare has ready */
enum worker_spare {
	SPARE_NONE	= 0,	/* there is none */
	SPARE_DRIVER	= 1,
	SPARE_CONTEXT	= 2,	/* the driver, and the first device's primary context */
};

/**
 * struct worker_config - how workers are started
 * @path: of the qcu-worker program
 * @driver: path of the libcuda.so.1 to load
 * @poll_us: how long a channel polls before it sleeps, -1: the worker's default
 * @crowd: workers notice when CPUs are few, and sleep then while they wait for the GPU
 * @protocol_minor: the newest minor version they speak
 * @limit: workers that may be in use at once
 * @spare: what to keep warm
 * @cage: they give up what reaches beyond them
 */
struct worker_config {
	const char *path;
	const char *driver;
	int poll_us;
	unsigned protocol_minor;
	unsigned limit;
	enum worker_spare spare;
	bool cage;
	bool crowd;
};

/** worker_init() - set-up; starts the spare */
void worker_init(const struct worker_config *config);

/** worker_take() - a worker for @owner, maybe already WORKER_READY; NULL: too many, or no memory */
struct worker *worker_take(worker_owner notify, void *owner);

/**
 * worker_send() - send @message; one that wants an ack is counted in acks_due
 *
 * A worker that does not read is killed: its owner will hear of its death.
 */
void worker_send(struct worker *worker, const struct link_message *message, const int *fds,
		 unsigned n_fds);

/** worker_send_memory() - send the memory table */
void worker_send_memory(struct worker *worker, const struct guest_memory *memory);

/** worker_kill() - WORKER_HAS_DIED will follow; harmless if repeated */
void worker_kill(struct worker *worker);

/** worker_finish() - at exit: kill all, wait a second for them to go */
void worker_finish(void);

#endif
