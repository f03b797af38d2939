/* SPDX-License-Identifier: MIT */
/* names.h - handles by name: the same kernel asked for twice is the same handle */
#ifndef QCU_LIBRARY_NAMES_H
#define QCU_LIBRARY_NAMES_H

#include <pthread.h>

#include "qcu-library/cuda/api.h"

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

/**
 * struct listing - names that the host lists, as many at a time as fit
 * @of: the module or library whose names these are
 * @ask: for names from number @first on, into @bytes; *count: how many came
 * @take: name number @i
 */
struct listing {
	uint64_t of;
	CUresult (*ask)(uint64_t of, uint32_t first, uint32_t bytes, char *names, uint32_t *count);
	CUresult (*take)(const struct listing *listing, uint32_t i, const char *name);
	void *to;
};

/** names_list() - take the first @limit names, or all there are */
CUresult names_list(const struct listing *listing, uint32_t limit);

#endif
