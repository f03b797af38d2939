/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_SHARE_H
#define SOFTGPU_SHARE_H

#include <stdbool.h>
#include <stdint.h>

enum share_kind {
	SHARE_MEMORY = 1,	/* a block: @at is its base, @id its id */
	SHARE_EVENT,		/* @at is its handle, @id its id */
	SHARE_POOL,		/* nothing to be fetched: only a name */
};

/**
 * struct share_name - what one process calls something of another; the bytes of CUDA's handles
 * @socket:	of the process that it is in; random
 * @at, @id:	where it is there, and which of all that were ever there
 * @pool:	the id of the pool that memory came from, 0: none
 * @size:	of memory, in bytes
 * @device:	ordinal of the device that it is on
 * @kind:	enum share_kind
 */
struct share_name {
	char magic[8];
	uint64_t socket;
	uint64_t at, id;
	uint64_t pool;
	uint64_t size;
	uint32_t device;
	uint32_t kind;
	uint64_t unused;
};
_Static_assert(sizeof(struct share_name) == 64, "CUipcMemHandle and its like have 64 bytes");

/**
 * share_name() - from now on other processes may fetch it
 *
 * Fills in @magic and @socket; the rest is the caller's.  Return: false if nobody can be served.
 */
bool share_name(struct share_name *name);

/* share_is_name() - is this the name of such a thing?  Nothing else of it is to be believed. */
bool share_is_name(const struct share_name *name, enum share_kind kind);

/* share_is_mine() - does it name something of this process? */
bool share_is_mine(const struct share_name *name);

/**
 * share_fetch() - the file behind a name, from the process that has it
 *
 * Return: a descriptor (memfd.h) for the caller to close; -1: that
 * process or thing is no more, or it is not what it should be.
 */
int share_fetch(const struct share_name *name);

#endif /* SOFTGPU_SHARE_H */
