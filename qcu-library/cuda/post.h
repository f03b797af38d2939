/* SPDX-License-Identifier: MIT */
/*
 * post.h - calls that are posted although their rows say SYNC
 *
 * A row that is SYNC waits for the host's opinion.  Where this process knows that the
 * host can have no other, because it knows the memory and the stream that the call is
 * about, nobody need wait: post_NAME() for every WRAP and HAND row.  To a host that
 * knows nothing of this (wire/protocol.h, 1.3), and where a stream captures, it is
 * send_NAME().
 */
#ifndef QCU_LIBRARY_POST_H
#define QCU_LIBRARY_POST_H

#include "qcu-library/cuda/args.h"
#include "qcu-library/cuda/remote.h"

#define WRAP(id, name, when, ...)                                   \
	static inline CUresult post_##name(PARAMS(__VA_ARGS__))     \
	{                                                           \
		struct arg argv_[] = ARGS(__VA_ARGS__);             \
		return remote_post(id, argv_);                      \
	}
#define HAND(id, name, when, ...) WRAP(id, name, when, __VA_ARGS__)
#include "wire/calls.def"

#endif
