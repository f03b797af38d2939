/* SPDX-License-Identifier: MIT */
/*
 * handle.h - the worker's table from the guest's names to real objects
 *
 * The guest chooses the names (wire/handle.h); a name is believed only if this
 * table holds it with the kind that the call wants.  An object may have an
 * owner (the module of a function, the context of a stream): CUDA destroys the
 * one with the other, so the table forgets them together.
 *
 * Looking up takes no lock; entries are published with release and read with
 * acquire.  A guest that destroys an object in one thread and uses it in
 * another gets what the driver gives such a program, in its own worker.
 */
#ifndef QCU_DEVICE_WORKER_HANDLE_H
#define QCU_DEVICE_WORKER_HANDLE_H

#include <stdbool.h>

#include "wire/handle.h"

/** handle_get() - the object that @name names, if it fits @want; NULL and special streams pass */
bool handle_get(enum handle_kind want, uint64_t name, void **object);

/** handle_is_free() - may the guest call a new object of @kind so? */
bool handle_is_free(enum handle_kind kind, uint64_t name);

/**
 * handle_put() - remember @object as @name
 *
 * A name that exists gets another object.  Return: false if out of memory or the
 * name is impossible.
 */
bool handle_put(uint64_t name, void *object, uint64_t owner);

/** handle_drop() - forget @name and all that it owns */
void handle_drop(uint64_t name);

/** handle_drop_owned() - forget all that @name owns */
void handle_drop_owned(uint64_t name);

/** handle_owner() - 0 if there is no such object or it belongs to nobody */
uint64_t handle_owner(uint64_t name);

/** handle_move() - let an object belong to another owner; false if there is no such object */
bool handle_move(uint64_t name, uint64_t owner);

/** handle_name_of() - the newest name of an object that the driver gave back, 0 if it has none */
uint64_t handle_name_of(enum handle_kind kind, void *object);

#endif
