/* SPDX-License-Identifier: MIT */
/*
 * chore.h - a thread of the driver for what the calling thread must not do itself
 *
 * CUDA says that the destructors of user objects run on such a thread.  It is begun with the
 * first chore and does them one after the other.
 */
#ifndef SOFTGPU_CHORE_H
#define SOFTGPU_CHORE_H

/* struct chore - part of what is to be done; @run may free it */
struct chore {
	void (*run)(struct chore *chore);
	struct chore *next;
};

/* chore_post() - from any thread, any lock held */
void chore_post(struct chore *chore);

#endif /* SOFTGPU_CHORE_H */
