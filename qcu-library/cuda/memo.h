/* SPDX-License-Identifier: MIT */
/*
 * memo.h - answers of the host that do not change, remembered
 *
 * Attributes of kernels, occupancy, what a stream or a context is: programs and NVIDIA's
 * libraries ask for them again and again, some before every launch.
 */
#ifndef QCU_LIBRARY_MEMO_H
#define QCU_LIBRARY_MEMO_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/call.h"

#define MEMO_KEY_WORDS	10

/** struct memo - a question: the call, its arguments, and all that its answer depends on */
struct memo {
	uint64_t key[MEMO_KEY_WORDS];
	uint64_t epoch;
	const struct call *call;	/* NULL: its answer is not remembered */
};

/** memo_is_constant() - is the answer to this call one to remember? */
bool memo_is_constant(enum call_id id);

/**
 * memo_recall() - the answer, if the same was asked before
 * @memo: gets the question, for memo_keep(); its @call is NULL before
 *
 * The handles in @argv must have been checked: they live.
 */
bool memo_recall(struct memo *memo, enum call_id id, const struct arg *argv);

/** memo_keep() - the host has answered; unless something has changed since memo_recall() */
void memo_keep(const struct memo *memo, const struct arg *argv);

/** memo_note() - the call has been made: does it change any answer? */
void memo_note(enum call_id id);

#endif
