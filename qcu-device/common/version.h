/* SPDX-License-Identifier: MIT */
/* version.h - which minor version of the protocol this host speaks (wire/protocol.h) */
#ifndef QCU_DEVICE_COMMON_VERSION_H
#define QCU_DEVICE_COMMON_VERSION_H

/**
 * version_minor - the newest; set at the start, before there are threads
 *
 * It is QCUDA_VERSION_MINOR, but for `qcu-device --protocol-minor=N`, which plays an older host to
 * try guests with: all that came later it does without.
 */
extern unsigned int version_minor;

/** version_agreed() - the lesser of this host's and the guest's */
unsigned int version_agreed(unsigned int of_guest);

#endif
