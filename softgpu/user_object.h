/* SPDX-License-Identifier: MIT */
#ifndef SOFTGPU_USER_OBJECT_H
#define SOFTGPU_USER_OBJECT_H

#include "softgpu/api.h"

#include <stdbool.h>

struct graph;

/* Both with graph_lock(): */

/* user_hold_drop_all() - give back what a graph holds */
void user_hold_drop_all(struct graph *graph);

/* user_hold_copy_all() - a copy of a graph holds the same; false: no memory */
bool user_hold_copy_all(const struct graph *graph, struct graph *copy);

#endif /* SOFTGPU_USER_OBJECT_H */
