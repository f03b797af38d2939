/* SPDX-License-Identifier: MIT */
/* ipc.h - handles of 64 bytes that programs give to each other: a token, for the host */
#ifndef QCU_LIBRARY_IPC_H
#define QCU_LIBRARY_IPC_H

#include "qcu-library/cuda/api.h"

/** ipc_write() - a CUipcMemHandle and its like, for a token */
void ipc_write(void *handle, const struct wire_token *token);

/** ipc_read() - the token in such a handle; false if this is none of ours */
bool ipc_read(const void *handle, struct wire_token *token);

#endif
