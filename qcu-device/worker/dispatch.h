/* SPDX-License-Identifier: MIT */
/*
 * dispatch.h - from the bytes of a command to a call of the host's driver
 *
 * Faces qcu-library/cuda/remote.c.  The channel's thread owns one struct
 * dispatch and hands it every command it has copied out of the ring.
 */
#ifndef QCU_DEVICE_WORKER_DISPATCH_H
#define QCU_DEVICE_WORKER_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct dispatch;

/**
 * dispatch_init_process() - load and initialise the driver at @driver_path
 *
 * Once in a worker, also in the warm spare that has no session yet.
 * @warm: make a context ready, see context.h
 * @caged: kernels must not reach the memory of this process (driver_reaches_process())
 *
 * Return: 0 or an enum qcuda_status.
 */
int dispatch_init_process(const char *driver_path, bool warm, bool caged);

/** dispatch_create() - the state of the thread of @channel; NULL without memory */
struct dispatch *dispatch_create(uint32_t channel);

/** dispatch_destroy() - NULL is fine */
void dispatch_destroy(struct dispatch *dispatch);

/**
 * dispatch_command() - run one command
 * @command: a private copy of @bytes bytes, 8-byte aligned, with a struct
 *	wire_command whose length has been checked
 * @reply: private, 8-byte aligned; gets a struct wire_reply and what follows
 *
 * Return: bytes of the reply, 0 if the command wants none, negative if the
 * guest broke the protocol (logged, with the call's name): the session ends.
 */
ssize_t dispatch_command(struct dispatch *dispatch, const void *command, size_t bytes,
			 void *reply, size_t reply_cap);

/** dispatch_printed() - after a command: what the guest is to fetch, enum channel_output */
uint32_t dispatch_printed(const struct dispatch *dispatch);

/**
 * dispatch_is_personal() - does the driver keep something for the calling thread?
 *
 * Work that is not known to be done on its own default stream, or a mode or attributes
 * that its commands have set: what another thread of the guest must not find.
 */
bool dispatch_is_personal(const struct dispatch *dispatch);

/**
 * dispatch_hand_on() - the commands from now on are those of another thread of the guest
 * @served: by another thread here, for which the driver keeps nothing yet
 */
void dispatch_hand_on(struct dispatch *dispatch, bool served);

/**
 * dispatch_region_gone() - the region at @base is about to be unmapped
 *
 * When this returns the driver and the GPU use nothing of it any more.
 */
void dispatch_region_gone(void *base, size_t length);

#endif
