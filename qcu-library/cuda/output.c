/* SPDX-License-Identifier: MIT */
/*
 * output.c - printf() of kernels
 *
 * Faces qcu-device/worker/output.c.  CUDA C++ Programming Guide, "Formatted
 * Output": it appears when a call waits for the GPU.  The host says with the reply
 * of such a call that there is some.
 */
#include <pthread.h>
#include <stdio.h>

#include "qcu-library/cuda/output.h"
#include "qcu-library/cuda/remote.h"

#define PIECE	(32u << 10)	/* fits a reply */

/* Pieces of two threads do not mix; guards @text. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char text[PIECE];

void output_print(void)
{
	uint32_t bytes;

	pthread_mutex_lock(&lock);
	do {
		bytes = 0;
		if (send_take_output(&bytes, sizeof(text), text) != CUDA_SUCCESS)
			break;
		fwrite(text, 1, bytes < sizeof(text) ? bytes : sizeof(text), stdout);
	} while (bytes == sizeof(text));
	pthread_mutex_unlock(&lock);
}
