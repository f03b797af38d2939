/* SPDX-License-Identifier: MIT */
/*
 * exchange.h - memory that one worker of this virtual machine hands to another
 *
 * DOC: Theory of operation
 *
 * A guest process gives another a file descriptor that stands for memory of the
 * GPU (cuMemExportToShareableHandle).  The descriptor that the host's driver made
 * stays on the host: the exporter's worker leaves it here under a token, 32 random
 * bytes, and the guest's descriptor holds nothing but the token.  Who knows a token
 * of this daemon's gets the descriptor.  A daemon serves one machine, so a token of
 * another machine's opens nothing, whoever has seen it.
 *
 * A descriptor stays until the worker that left it dies.
 */
#ifndef QCU_DEVICE_EXCHANGE_H
#define QCU_DEVICE_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

struct worker;

/** exchange_put() - keep @fd under @token for @owner; false: no room, @fd stays the caller's */
bool exchange_put(const struct worker *owner, const uint8_t *token, int fd);

/** exchange_get() - the descriptor under @token, which stays ours; -1 if there is none */
int exchange_get(const uint8_t *token);

/** exchange_forget() - close what @owner has left */
void exchange_forget(const struct worker *owner);

#endif
