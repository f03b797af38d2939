/* SPDX-License-Identifier: MIT */
/* logs.h - messages of the driver's log on their way to functions of the guest program */
#ifndef QCU_DEVICE_WORKER_LOGS_H
#define QCU_DEVICE_WORKER_LOGS_H

#include <stdbool.h>

/** logs_wait() - has the driver logged something in this thread that the guest has not fetched? */
bool logs_wait(void);

#endif
