/* SPDX-License-Identifier: MIT */
/* cage.h - what a worker may do to the host once a guest can reach it */
#ifndef QCU_DEVICE_CAGE_H
#define QCU_DEVICE_CAGE_H

/**
 * cage_enter() - give up, for all threads and for ever, what a session does not need
 *
 * Call it once the driver has been initialised, and before a guest is listened to.
 *
 * Return: 0 or -errno; then nothing may have been given up
 */
int cage_enter(void);

#endif
