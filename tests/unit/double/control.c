/* SPDX-License-Identifier: MIT */
/* control.c - the end of a session, for tests in which it must not end */
#include <stdio.h>
#include <stdlib.h>

#include "qcu-device/worker/control.h"

void control_end(const char *why)
{
	printf("the session ends: %s\n", why);
	exit(1);
}
