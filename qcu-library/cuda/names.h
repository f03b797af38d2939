/* SPDX-License-Identifier: MIT */
/* names.h - handles by name: the same kernel asked for twice is the same handle */
#ifndef QCU_LIBRARY_NAMES_H
#define QCU_LIBRARY_NAMES_H

#include <pthread.h>
#include <stdint.h>

/** struct names - zero is empty; @lock guards @tree and is the caller's to hold */
struct names {
	pthread_mutex_t lock;
	void *tree;
};

void names_init(struct names *names);
void names_finish(struct names *names);

/** names_get() - the handle of @name, 0 if it has none.  Called with the lock held. */
uint64_t names_get(const struct names *names, const char *name);

/** names_set() - give @name a handle; without memory it is not remembered.  Lock held. */
void names_set(struct names *names, const char *name, uint64_t handle);

#endif
