/* SPDX-License-Identifier: MIT */
/* context.h - which context is current, and what is known of contexts */
#ifndef QCU_LIBRARY_CONTEXT_H
#define QCU_LIBRARY_CONTEXT_H

#include "qcu-library/cuda/api.h"

/** context_current() - handle of the calling thread's current context, or 0 */
uint64_t context_current(void);

/** context_check() - session_check(), and CUDA_ERROR_INVALID_CONTEXT if no context is current */
CUresult context_check(void);

/** context_device() - the device of a context; -1 for none */
CUdevice context_device(uint64_t context);

/** context_of() - the context that an object lives in; 0: none that is known */
uint64_t context_of(uint64_t handle);

/** context_home() - what is made in @context belongs to: its parent if it is a green one's */
uint64_t context_home(uint64_t context);

/** context_green() - handle of the green context that @context is of, or 0 */
uint64_t context_green(uint64_t context);

/** context_of_green() - remember a new context of a green one; false without memory */
bool context_of_green(uint64_t context, CUdevice device, uint64_t parent, uint64_t green);

/** context_died() - a context has died, or been emptied: so has everything in it */
void context_died(uint64_t context);

/** contexts_are_several() - has the process ever had more than one? */
bool contexts_are_several(void);

/** context_sleeps() - has the program asked not to spin while it waits for the device? */
bool context_sleeps(uint64_t context);

/**
 * context_note_error() - a call in @context returned @rc
 *
 * Some errors end a context: every later call in it returns them.  The host says
 * so itself in calls that it answers; context_lost() is for those that it does not.
 */
void context_note_error(uint64_t context, CUresult rc);

/** context_ends() - is @rc an error after which a context returns nothing else? */
bool context_ends(CUresult rc);

/**
 * context_is_gone() - is it destroyed, or a primary one that nobody has initialised again?
 *
 * It may be current all the same (CUDA Driver API, cuCtxDestroy, CUDA_ERROR_CONTEXT_IS_DESTROYED).
 */
bool context_is_gone(uint64_t context);

/** context_lost() - the error that ended the context, CUDA_SUCCESS if none has */
CUresult context_lost(uint64_t context);

/**
 * context_epoch() - changes whenever a context dies; never 0
 *
 * What was remembered of an object in some context is worth nothing once the
 * epoch has changed, unless it is known to be of another context.
 */
uint64_t context_epoch(void);

#endif
