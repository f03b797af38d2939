/* SPDX-License-Identifier: MIT */
/*
 * channel.h - the channels of a session: a thread each, which runs its commands
 *
 * wire/channel.h tells the protocol; this is the worker's end of it.
 */
#ifndef QCU_DEVICE_WORKER_CHANNEL_H
#define QCU_DEVICE_WORKER_CHANNEL_H

#include "wire/protocol.h"

struct channel;

/**
 * channel_init() - @poll_us: how long a channel looks for commands before it sleeps
 *
 * -1 chooses: 50, or 10 on a machine of one or two CPUs, where the guest's
 * thread would have to wait for the CPU that the poller has.  Up to sixteen times
 * that where commands then come, see channel.c.
 */
void channel_init(int poll_us);

/*
 * The requests of protocol.h and the doorbell; only the thread that serves
 * control requests calls these.
 */

/**
 * channel_start() - QCUDA_CHANNEL_START
 * @event: eventfd to write for a sleeping guest, the channel's from now on; -1:
 *	it gets an event by the control queue
 */
enum qcuda_status channel_start(const struct qcuda_channel_start *start, int event);

/** channel_stop() - stop channel @id; QCUDA_OK: channel_wait(), then channel_finish() must follow */
enum qcuda_status channel_stop(uint32_t id, struct channel **stopping);

/** channel_wait() - until all its commands have run; any thread, may block long */
void channel_wait(struct channel *channel);

/** channel_finish() - free it; its id may be used again */
void channel_finish(struct channel *channel);

/** channel_listen() - @fd is readable when the guest has rung, until channel_doorbell(); -1: none */
void channel_listen(int fd);

/** channel_doorbell() - the guest has rung: wake the channels that it means */
void channel_doorbell(void);

#endif
