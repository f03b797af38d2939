/* SPDX-License-Identifier: MIT */
/*
 * guest.h - a guest whose commands go straight to the worker's dispatcher
 *
 * The driver is the test's: what it has not put into it is not there, but for cuCtxSetCurrent().
 */
#ifndef TESTS_DOUBLE_GUEST_H
#define TESTS_DOUBLE_GUEST_H

#include <cuda.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/types.h>

#include "qcu-device/worker/dispatch.h"
#include "wire/call.h"

#define REPLY_CAP 8192

extern struct dispatch *dispatch;
extern uint8_t reply[REPLY_CAP];
extern uint64_t current;		/* the context of the commands */
extern CUcontext current_context;	/* the driver's, which the dispatcher has set */
extern jmp_buf ends;			/* where the session does, if control_end() is called */

/** post() - one call; returns what dispatch_command() does, @rc: the answer's CUresult */
ssize_t post(uint32_t id, const struct arg *argv, int *rc);

/** leave() - one call that wants no answer */
ssize_t leave(uint32_t id, const struct arg *argv);

/** renew() - dispatch_refuse() ends a session: go on with a new one */
void renew(void);

#endif
