/* SPDX-License-Identifier: MIT */
/*
 * warp_join.h - one .sync instruction for lanes in different frames; for warp.c
 */
#ifndef SOFTGPU_WARP_JOIN_H
#define SOFTGPU_WARP_JOIN_H

#include "softgpu/exec.h"

/* warp_waiting_at() - the lanes that wait in the .sync instruction at @pc */
uint32_t warp_waiting_at(const struct warp *w, const struct insn *pc);

/* warp_join() - run that instruction for all of them; @first, one of the groups, is selected */
void warp_join(struct warp *w, struct group *first);

#endif /* SOFTGPU_WARP_JOIN_H */
