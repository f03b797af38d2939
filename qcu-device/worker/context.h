/* SPDX-License-Identifier: MIT */
/* context.h - a context made before anybody asked */
#ifndef QCU_DEVICE_WORKER_CONTEXT_H
#define QCU_DEVICE_WORKER_CONTEXT_H

/**
 * context_warm() - make the first device's primary context, if others may have one beside it
 *
 * Before any thread.  The guest's first retain takes it over; should the guest want
 * something else, it is gone then.
 */
void context_warm(void);

#endif
