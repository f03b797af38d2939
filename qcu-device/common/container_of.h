/* SPDX-License-Identifier: MIT */
#ifndef QCU_DEVICE_CONTAINER_OF_H
#define QCU_DEVICE_CONTAINER_OF_H

#include <stddef.h>

/** container_of() - the struct of @type whose @member is at @pointer */
#define container_of(pointer, type, member) ((type *)((char *)(pointer) - offsetof(type, member)))

#endif
