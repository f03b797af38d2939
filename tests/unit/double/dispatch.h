/* SPDX-License-Identifier: MIT */
/* dispatch.h - the commands of the double; each but POST wants a reply */
#ifndef TESTS_DOUBLE_DISPATCH_H
#define TESTS_DOUBLE_DISPATCH_H

enum double_call {
	DOUBLE_ECHO = 1,	/* the reply is what came */
	DOUBLE_POST,		/* no reply */
	DOUBLE_COUNT,		/* how many POSTs */
	DOUBLE_SUM,		/* of the bytes of region u64, but for the first 8, which become the sum */
	DOUBLE_SLEEP,		/* u64 microseconds */
	DOUBLE_CRASH,
	DOUBLE_PID,
};

#define DOUBLE_SAME_ADDRESS	(1ull << 63)	/* in a sum: the region is where the guest has it */
#define DOUBLE_GONE		0x5a		/* what a deleted region is filled with */

#endif
