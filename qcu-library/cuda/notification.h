/* SPDX-License-Identifier: MIT */
/* notification.h - what the driver tells the program of its own accord */
#ifndef QCU_LIBRARY_NOTIFICATION_H
#define QCU_LIBRARY_NOTIFICATION_H

#include "qcu-library/cuda/api.h"

/** notification_run() - a WIRE_CALLBACK_ASYNC has come: call the program's function */
void notification_run(const struct wire_callback *callback);

#endif
