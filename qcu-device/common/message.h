/* SPDX-License-Identifier: MIT */
/*
 * message.h - packets with file descriptors over a Unix socket
 *
 * Nothing here blocks.  Every descriptor received is close-on-exec.
 */
#ifndef QCU_DEVICE_MESSAGE_H
#define QCU_DEVICE_MESSAGE_H

#include <stddef.h>
#include <sys/types.h>

#define MESSAGE_MAX_FDS 64

/** struct message_fds - descriptors that came with a message; the receiver owns them */
struct message_fds {
	unsigned n;
	int fd[MESSAGE_MAX_FDS];
};

/**
 * message_send() - send one packet
 * @fds: @n_fds descriptors to go along; they stay the caller's
 *
 * Return: 0, or a negative errno (-EAGAIN: the peer does not read).
 */
int message_send(int socket, const void *data, size_t size, const int *fds, unsigned n_fds);

/**
 * message_receive() - receive a packet, or what a stream has
 * @fds: receives the descriptors that came along; appended to what is there
 *
 * Return: bytes, 0 at the end of the connection, or a negative errno: -EAGAIN
 * nothing there; -EMSGSIZE more bytes or descriptors than fit (the descriptors
 * of that packet are closed).
 */
ssize_t message_receive(int socket, void *data, size_t size, struct message_fds *fds);

/** message_fds_close() - close all that were not taken */
void message_fds_close(struct message_fds *fds);

/** message_fds_take() - the first descriptor, now the caller's; -1 if there is none */
int message_fds_take(struct message_fds *fds);

/** fd_close() - close @fd if it is open, and forget it */
void fd_close(int *fd);

#endif
