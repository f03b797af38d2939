/* SPDX-License-Identifier: MIT */
/*
 * exchange.h - descriptors handed to and taken from other workers of this virtual machine
 *
 * Faces qcu-device/daemon/exchange.h.
 */
#ifndef QCU_DEVICE_WORKER_EXCHANGE_H
#define QCU_DEVICE_WORKER_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "qcu-device/common/link.h"
#include "qcu-device/common/message.h"

/**
 * exchange_put() - leave @fd, which stays the caller's, with the daemon under @token
 *
 * Context: any thread but the main one, which brings the answer.
 * Return: false if the daemon has no room for it.
 */
bool exchange_put(const uint8_t *token, int fd);

/** exchange_get() - what is under @token, the caller's to close; -1: nothing.  Context: as above */
int exchange_get(const uint8_t *token);

/** exchange_answered() - LINK_EXCHANGED has come; takes the descriptor.  Context: main thread */
void exchange_answered(const struct link_message *message, struct message_fds *fds);

#endif
