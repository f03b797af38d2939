/* SPDX-License-Identifier: MIT */
/*
 * quiet.h - what is free on a device changes under a test when other programs use it as well, so
 * that a measurement is repeated until it holds once; a fault makes it never hold
 */
#ifndef TESTS_CUDA_QUIET_H
#define TESTS_CUDA_QUIET_H

#include "check.h"

/* HOLDS_ONCE() - a function that measures must return true in one of 40 tries, 5 s in all */
#define HOLDS_ONCE(measure)                                                                        \
	do {                                                                                       \
		int tries_ = 40;                                                                   \
                                                                                                   \
		while (!(measure)) {                                                               \
			CHECK(--tries_ && "true once: " #measure);                                 \
			usleep(125000);                                                            \
		}                                                                                  \
	} while (0)

#endif /* TESTS_CUDA_QUIET_H */
