/* SPDX-License-Identifier: MIT */
/*
 * handle.h - the guest's names for CUDA objects, and what it knows of each
 *
 * Faces qcu-device/worker/handle.h.  An object belongs to an owner (the context
 * of a stream, the module of a function) and is forgotten with it.
 */
#ifndef QCU_LIBRARY_HANDLE_H
#define QCU_LIBRARY_HANDLE_H

#include "wire/handle.h"

/** handle_new() - a name for an object to be; 0 if there are no more */
uint64_t handle_new(enum handle_kind kind, uint64_t owner);

/** handle_is() - does @handle name a living object that may stand for @kind? */
bool handle_is(enum handle_kind kind, uint64_t handle);

/** handle_owner() - 0 if there is no such object or it belongs to nobody */
uint64_t handle_owner(uint64_t handle);

/** handle_move() - let an object belong to another owner */
void handle_move(uint64_t handle, uint64_t owner);

/** handle_drop() - forget an object and all that belongs to it; data is freed */
void handle_drop(uint64_t handle);

/**
 * handle_is_orphan() - did this object die because its green context did?
 *
 * Of a name whose place has been given to another object since nothing is known.
 * Source: CUDA Driver API, cuGreenCtxDestroy
 */
bool handle_is_orphan(uint64_t handle);

/** handle_drop_owned() - forget all that belongs to an object */
void handle_drop_owned(uint64_t handle);

/**
 * handle_data() - what handle_set_data() stored, NULL before
 *
 * Good while the object lives: a program that destroys an object in one thread
 * and uses it in another has broken CUDA's rules already.
 */
void *handle_data(uint64_t handle);

/** handle_find() - the same if @handle names a living object that may stand for @kind, else NULL */
void *handle_find(enum handle_kind kind, uint64_t handle);

/**
 * handle_set_data() - attach @data, freed by @destroy with the object
 *
 * The first wins.  Return: what is attached now, which may be another's: then
 * @data is still the caller's.  NULL if there is no such object.
 */
void *handle_set_data(uint64_t handle, void *data, void (*destroy)(void *));

#endif
