/* SPDX-License-Identifier: MIT */
/* logs.h - functions of the program that are told what goes wrong */
#ifndef QCU_LIBRARY_LOGS_H
#define QCU_LIBRARY_LOGS_H

#include "qcu-library/cuda/api.h"

/** logs_watched() - is there such a function? */
bool logs_watched(void);

/** logs_fetch() - call them with what waits on the host (CHANNEL_LOGS); makes calls */
void logs_fetch(void);

/** logs_say() - call them because of an error that was found here: the host has not seen @call */
void logs_say(const char *call, CUresult rc);

#endif
