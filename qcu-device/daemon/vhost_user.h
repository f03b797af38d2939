/* SPDX-License-Identifier: MIT */
/*
 * vhost_user.h - QEMU's end of the device: the vhost-user protocol
 */
#ifndef QCU_DEVICE_VHOST_USER_H
#define QCU_DEVICE_VHOST_USER_H

#include <stdbool.h>

/**
 * vhost_user_init() - @listener: a listening stream socket, owned from now on
 * @sessions: how many control queues QEMU may have
 * @once: end the loop when QEMU disconnects
 */
void vhost_user_init(int listener, unsigned sessions, bool once);

/** vhost_user_connected() - talk to QEMU over @fd, owned from now on (also the fuzzer's way in) */
void vhost_user_connected(int fd);

#endif
