/* SPDX-License-Identifier: MIT */
/*
 * qcuda_test.c - the guest's half of the driver's tests
 *
 *     qcuda_test NAME	run one test: exit status 0, 1 or 77 (skipped)
 *     qcuda_test	list the names, in the order in which they should run
 *
 * Each test stands alone in a process, as root, with /proc, /sys and /dev
 * mounted and qcuda.ko loaded from /modules.  The device is tests/driver/backend
 * on the host, which misbehaves to order (backend.h).  A line on the console
 * that begins with "HOST " asks tests/driver/run for something.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/driver/guest.h"

/* After the last of lifecycle_tests, QEMU 7.2 neither unplugs nor powers off */
static const struct driver_test *const subjects[] = {
	session_tests, pin_tests, watch_tests, account_tests,
	channel_tests, chaos_tests, host_tests, lifecycle_tests,
};

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	srandom(getpid());
	for (unsigned i = 0; i < sizeof(subjects) / sizeof(*subjects); i++)
		for (const struct driver_test *test = subjects[i]; test->name; test++) {
			if (argc < 2) {
				puts(test->name);
			} else if (!strcmp(argv[1], test->name)) {
				test->run();
				return 0;
			}
		}
	return argc < 2 ? 0 : 2;
}
