/* SPDX-License-Identifier: MIT */
/* regions.h - the worker's regions, for tests of what runs calls */
#ifndef TESTS_DOUBLE_REGIONS_H
#define TESTS_DOUBLE_REGIONS_H

#include <stdint.h>

extern uint8_t memory[4096];	/* region 1 */

#endif
