/* SPDX-License-Identifier: MIT */
/*
 * host.h - a host within the test's own process, under the guest's libcuda
 *
 * Takes the place of qcu-library/cuda/transport.c: regions are the guest's own
 * memory, a thread for each channel decodes the commands and answers them.  A test
 * may give answers of its own, count what came, slow the host down, or kill it.
 */
#ifndef TESTS_DOUBLE_HOST_H
#define TESTS_DOUBLE_HOST_H

#include <cuda.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "tests/unit/check.h"
#include "wire/call.h"
#include "wire/payload.h"
#include "wire/protocol.h"

/* What a command is answered with; outputs in @argv are zeroes until it writes them */
typedef CUresult host_answer(struct arg *argv);

/* By call id; NULL: success.  To be set before the first call. */
extern host_answer *host_answers[CALL_ID_END];

/* The context of the command that is being answered; of use to a test with one thread */
extern _Atomic uint64_t host_context;

/* Commands that came, by call id */
extern _Atomic unsigned host_count[CALL_ID_END];

extern _Atomic unsigned host_channels;	/* running */
extern _Atomic unsigned host_regions;	/* shared at present */
extern _Atomic unsigned host_delay_us;	/* before each answer */
extern _Atomic unsigned host_sleepers;	/* threads that went to sleep until an answer came, so far */
extern _Atomic bool host_crowded;	/* what it says of its CPUs, before the next command runs */

/** host_crossings() - commands of every kind that came so far */
unsigned host_crossings(void);

/** host_die() - from now on the worker is gone; who waits is woken */
void host_die(void);

/** host_hole() - where @bytes of addresses are free in this process: a place for device memory */
uint64_t host_hole(size_t bytes);

/** host_span() - the guest memory that a span names; the test fails if it names none */
void *host_span(const struct wire_span *span);

/** host_watches() - memory can be watched; to be called before host_start() */
void host_watches(void);

/** host_channels_suffice() - there will be no more of them: threads that come share */
void host_channels_suffice(void);

/** host_memory_changes() - regions that are watched and have the byte at @addr are stale */
void host_memory_changes(const void *addr);

/** host_start() - cuInit(), and the first device's primary context is current */
void host_start(void);

#endif
