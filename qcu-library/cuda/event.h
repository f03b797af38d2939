/* SPDX-License-Identifier: MIT */
/* event.h - what is known of an event */
#ifndef QCU_LIBRARY_EVENT_H
#define QCU_LIBRARY_EVENT_H

#include "wire/cuda_api.h"

/**
 * event_check_launch() - may an attribute of a launch into @stream have it recorded?
 *
 * Only if it measures no time and is of this process.
 *
 * Return: CUDA_ERROR_INVALID_VALUE if not; else what cuEventRecord() would say.
 * Source: CUDA Driver API, CUlaunchAttributeID
 */
CUresult event_check_launch(CUevent event, CUstream stream);

#endif
