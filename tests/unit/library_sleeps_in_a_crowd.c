/* SPDX-License-Identifier: MIT */
/* Who waits polls, but not for long when the host says that it has too few CPUs for that */
/* links: qcu-library/cuda_library.c tests/unit/double/host.c */
#include "tests/unit/double/host.h"

/* Does a thread sleep that waits for an answer for 20 ms? */
static bool sleeps(bool crowded)
{
	unsigned before;

	host_crowded = crowded;
	host_delay_us = 0;
	CHECK(!cuStreamSynchronize(NULL));	/* which says it */
	before = host_sleepers;
	host_delay_us = 20000;
	CHECK(!cuStreamSynchronize(NULL));
	return host_sleepers > before;
}

/* A thread that has to wait for a CPU may find the answer when it looks again, and need not sleep. */
static bool sleeps_in_a_crowd(void)
{
	for (int i = 0; i < 100; i++)
		if (sleeps(true))
			return true;
	return false;
}

int main(void)
{
	setenv("QCUDA_SPIN_US", "60000000", 1);
	host_start();
	CHECK(!sleeps(false));
	CHECK(sleeps_in_a_crowd());
	CHECK(sleeps_in_a_crowd());
	CHECK(!sleeps(false));
	return 0;
}
