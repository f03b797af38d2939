/* SPDX-License-Identifier: MIT */
/*
 * made_up.h - calls whose arguments fit their rows and are made up otherwise
 *
 * Names that live, have died and never were, addresses of the device and of regions, small
 * numbers and a few large ones.  Calls that would wait for what no other call does are left out.
 */
#ifndef TESTS_DOUBLE_MADE_UP_H
#define TESTS_DOUBLE_MADE_UP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/call.h"
#include "wire/handle.h"

#define MADE_UP_ARENA	(32 << 10)	/* bytes of a call's arguments, at most */
#define MADE_UP_PTX	512
#define MADE_UP_REGIONS	3		/* that there are, from 0 on */

/** made_up_ptx - two kernels, of nothing and of two parameters; regions are thought to begin with it */
extern const char made_up_ptx[MADE_UP_PTX];

/**
 * struct made_up - a thread of the guest, and the call that it has made
 * @seed: of its random numbers
 * @context: that the call is to be made in
 * @argv: of the call, in @arena
 * @used: bytes of that; @fits: nothing was too large
 */
struct made_up {
	uint64_t seed, context;
	struct arg argv[CALL_MAX_PARAMS];
	bool fits;
	size_t used;
	_Alignas(16) uint8_t arena[MADE_UP_ARENA];
};

/** made_up_call() - any call; CALL_NONE: this one is not to be sent */
enum call_id made_up_call(struct made_up *made);

/** made_up_learn() - it has succeeded, and its reply has this payload */
void made_up_learn(struct made_up *made, const struct call *call, const uint8_t *payload);

/** made_up_know() - later calls may be about this object, and this address; 0: there is none */
void made_up_know(uint64_t name, uint64_t address);

/** made_up_name() - for a new object */
uint64_t made_up_name(enum handle_kind kind);

#endif
