/* SPDX-License-Identifier: MIT */
/*
 * order.h - commands of different channels in the order the program gave them
 *
 * Each command carries a ticket: the number of asynchronous commands that the
 * session had posted before it (channel.h).  order_wait() waits until as many
 * have run; an asynchronous command then runs and says order_done().
 */
#ifndef QCU_DEVICE_WORKER_ORDER_H
#define QCU_DEVICE_WORKER_ORDER_H

#include <stdint.h>

void order_wait(uint64_t ticket);
void order_done(uint64_t ticket);

#endif
