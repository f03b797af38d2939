/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * codec.h - arguments to bytes and back, for every row of calls.def
 *
 * A request's payload is, per parameter: u64 length (all ones for a NULL
 * pointer), and for what travels to the worker the bytes, padded to 8.  A
 * reply's payload is the bytes of every OUT parameter that was not NULL, each
 * padded to 8, and is there only if the call succeeded.
 *
 * The codec checks that lengths fit the message.  That they fit the call (a
 * CUdeviceptr has 8 bytes, a buffer as many as the row says) is the business
 * of the thunks that the rows make (qcu-device/worker/dispatch.c).
 */
#ifndef QCUDA_WIRE_CODEC_H
#define QCUDA_WIRE_CODEC_H

#include <stdbool.h>
#include <sys/uio.h>

#include "wire/call.h"

#define CODEC_MAX_IOV	(3 * CALL_MAX_PARAMS)
#define CODEC_SHORT	64	/* a value up to so many bytes is no piece of its own */

/** struct request - a payload to be sent, as pieces; @gathered has the lengths and the short values */
struct request {
	struct iovec iov[CODEC_MAX_IOV];
	uint64_t gathered[CALL_MAX_PARAMS * (1 + CODEC_SHORT / 8)];
	int n_iov;
	size_t bytes;		/* of the payload; a multiple of 8 */
	size_t reply_bytes;	/* of the payload of a successful reply */
};

/** request_encode() - false if the sizes overflow; the pieces point into @argv and @request */
bool request_encode(struct request *request, const struct call *call, const struct arg *argv);

/**
 * request_decode() - find the arguments in a payload
 * @payload: private memory, 8-byte aligned; inputs will point into it
 * @reply: where outputs will point, 8-byte aligned, @reply_cap bytes, zeroed as used
 * @reply_bytes: out: bytes of the outputs together
 *
 * Return: false if the payload is not exactly what the row describes or the
 * outputs do not fit.
 */
bool request_decode(const struct call *call, void *payload, size_t bytes, struct arg *argv,
		    void *reply, size_t reply_cap, size_t *reply_bytes);

/** reply_decode() - copy outputs to where @argv points; false if @bytes is not their size */
bool reply_decode(const struct call *call, const struct arg *argv, const void *payload,
		  size_t bytes);

#endif
