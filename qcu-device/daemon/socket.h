/* SPDX-License-Identifier: MIT */
/*
 * socket.h - sessions of processes that are not in a VM: a connection each
 */
#ifndef QCU_DEVICE_SOCKET_H
#define QCU_DEVICE_SOCKET_H

/** socket_init() - @listener: a listening SOCK_SEQPACKET socket, owned from now on */
void socket_init(int listener);

#endif
