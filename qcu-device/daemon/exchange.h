/* SPDX-License-Identifier: MIT */
/*
 * exchange.h - what one worker of this virtual machine hands to another
 *
 * DOC: Theory of operation
 *
 * A guest process gives another a file descriptor (cuMemExportToShareableHandle) or 64
 * bytes (cuIpcGetMemHandle) that stand for something on the GPU.  The descriptor or the
 * bytes that the host's driver made stay on the host: the exporter's worker leaves
 * them here under a token, 32 bytes that cannot be guessed, and the guest has nothing but
 * the token.  Who knows a token of this daemon's gets what is under it.  A daemon serves
 * one machine, so a token of another machine's opens nothing, whoever has seen it.
 *
 * An item stays until the worker that left it drops it or dies.  A worker may leave so many,
 * all together so many more; but a few of each worker's are taken however much the others
 * have left.
 */
#ifndef QCU_DEVICE_EXCHANGE_H
#define QCU_DEVICE_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

struct link_item;

/**
 * struct exchange_owner - what one worker has left; zeros: nothing
 * @entries: all of it
 * @fds: how many of them have a descriptor
 * @notes: how many have none
 */
struct exchange_owner {
	struct exchange_entry *entries;
	unsigned fds;
	unsigned notes;
};

/**
 * exchange_put() - keep a copy of @item for @owner, with @fd or, if that is -1, without
 *
 * Return: false: no room, or the token is taken; @fd stays the caller's.
 */
bool exchange_put(struct exchange_owner *owner, const struct link_item *item, int fd);

/**
 * exchange_get() - what is under @item's token
 * @item: receives the note
 * @fd: receives the descriptor, which stays ours, or -1
 *
 * Return: false if there is nothing.
 */
bool exchange_get(struct link_item *item, int *fd);

/** exchange_drop() - forget what @owner has left under this token; false if that is nothing */
bool exchange_drop(struct exchange_owner *owner, const uint8_t *token);

/** exchange_forget() - forget all that @owner has left */
void exchange_forget(struct exchange_owner *owner);

#endif
