/* SPDX-License-Identifier: MIT */
/*
 * listen.h - the Unix sockets that others come to
 */
#ifndef QCU_DEVICE_LISTEN_H
#define QCU_DEVICE_LISTEN_H

/**
 * listen_open() - listen at @path; @type: SOCK_STREAM or SOCK_SEQPACKET
 *
 * A socket that a daemon left behind is replaced; one that is in use is not.
 * Who may connect is a matter of the umask and the directory.  Dies on errors.
 */
int listen_open(const char *path, int type);

/** listen_remove_all() - remove the sockets from the file system */
void listen_remove_all(void);

#endif
