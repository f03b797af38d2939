/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * call.h - the rows of calls.def as data: ids, names, parameters
 *
 * One encoder, one decoder, one tracer and the property tests walk these
 * tables, for every call there is.
 */
#ifndef QCUDA_WIRE_CALL_H
#define QCUDA_WIRE_CALL_H

#include <stddef.h>
#include <stdint.h>

#define CALL_MAX_PARAMS	16

/* A parameter that was NULL has this length */
#define ARG_NONE	SIZE_MAX

/** struct arg - one argument at run time: where its bytes are, and how many */
struct arg {
	void *p;
	size_t n;
};

enum word {
	WORD_IN = 1,	/* bytes to the worker */
	WORD_IN_PTR,	/* the same behind a pointer that may be NULL */
	WORD_STR,
	WORD_IN_BUF,
	WORD_OUT,	/* bytes from the worker; may be NULL */
	WORD_OUT_BUF,
	/* from here on: handles */
	WORD_HANDLE,	/* 8 bytes to the worker: a handle */
	WORD_HANDLES,	/* an array of them */
	WORD_NEW,	/* as HANDLE: the name for what the call creates */
	WORD_DROP,	/* the same: the call destroys it */
};

/** word_is_out() - do the bytes travel from the worker to the guest? */
static inline int word_is_out(enum word word)
{
	return word == WORD_OUT || word == WORD_OUT_BUF;
}

enum when {
	SYNC = 1,	/* the caller waits for the reply */
	WAIT,		/* the same, and errors of earlier ASYNC calls show here */
	ASYNC,		/* posted; its error shows at the next WAIT */
};

struct param {
	uint8_t word;		/* enum word */
	uint8_t kind;		/* enum handle_kind, or 0 */
	uint16_t fixed;		/* bytes of IN, OUT, ...; 0 for buffers and strings */
};

/**
 * struct call - a row
 * @when: enum when
 * @handles: which parameters are handles, of any word: bit i for params[i]
 * @made: which of them are NEW; @dropped: DROP
 * @spelt: as in the row.  Apart, so that what each call needs is in a line of cache
 */
struct call {
	_Alignas(64) const char *name;
	uint8_t when;
	uint8_t n_params;
	uint16_t handles, made, dropped;
	struct param params[CALL_MAX_PARAMS];
	struct {
		const char *type, *name;
	} spelt[CALL_MAX_PARAMS];
};

/* for_each_param() - @i goes through the parameters in a mask */
#define for_each_param(i, mask)                                                        \
	for (unsigned int left_ = (mask), i = left_ ? __builtin_ctz(left_) : 0; left_; \
	     left_ &= left_ - 1, i = left_ ? __builtin_ctz(left_) : 0)

/* Ids are the numbers in the rows; they are never reused. */
#define CALL(id, name, ...) CALL_##name = id,
#define HAND(id, name, ...) CALL_##name = id,
#define WRAP(id, name, ...) CALL_##name = id,
enum call_id {
	CALL_NONE = 0,
#include "wire/calls.def"
};

#define CALL_ID_END	0x1000	/* ids are below this */
#define CALLS_OF_1_0	0x800	/* those of version 1.0 are below this */

/** call_find() - the row of a number that came over the wire, or NULL */
const struct call *call_find(uint32_t id);

/**
 * call_since() - the minor version of the protocol in which a call came
 *
 * 0 for those of the first release; a host of 1.0 would end the session at any other.
 */
static inline unsigned int call_since(uint32_t id)
{
	return id < CALLS_OF_1_0 && id != CALL_take_errors ? 0 : 1;
}

/** call_name() - for messages; "?" for an unknown number */
const char *call_name(uint32_t id);

#endif
