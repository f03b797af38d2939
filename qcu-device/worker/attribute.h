/* SPDX-License-Identifier: MIT */
/* attribute.h - attributes of launches, streams and kernel nodes */
#ifndef QCU_DEVICE_WORKER_ATTRIBUTE_H
#define QCU_DEVICE_WORKER_ATTRIBUTE_H

#include <stdbool.h>

#include "wire/cuda_api.h"

/**
 * attribute_is_plain() - does the value mean the same here as in the guest?
 *
 * Others hold an event or a node of the driver's, as a pointer, which is never
 * believed because a guest said it.
 */
bool attribute_is_plain(CUlaunchAttributeID id);

/** attributes_are_plain() - all of them */
bool attributes_are_plain(const CUlaunchAttribute *attributes, unsigned int n);

#endif
