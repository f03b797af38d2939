/* SPDX-License-Identifier: MIT */
/*
 * output.c - printf() and assert() of kernels
 *
 * Faces qcu-device/worker/output.c.  CUDA C++ Programming Guide, "Formatted
 * Output" and "Assertion": it appears when a call waits for the GPU.  The host says
 * with the reply of such a call that there is some.
 */
#include <pthread.h>
#include <stdio.h>

#include "qcu-library/cuda/output.h"
#include "qcu-library/cuda/remote.h"
#include "wire/channel.h"

#define PIECE	(32u << 10)	/* fits a reply */

/* Pieces of two threads do not mix; guards @text. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char text[PIECE];

static void print(CUresult (*take)(uint32_t *, uint32_t, char *), FILE *to)
{
	uint32_t bytes;

	pthread_mutex_lock(&lock);
	do {
		bytes = 0;
		if (take(&bytes, sizeof(text), text) != CUDA_SUCCESS)
			break;
		fwrite(text, 1, bytes < sizeof(text) ? bytes : sizeof(text), to);
	} while (bytes == sizeof(text));
	pthread_mutex_unlock(&lock);
}

void output_print(uint32_t waits)
{
	if (waits & CHANNEL_OUTPUT)
		print(send_take_output, stdout);
	if (waits & CHANNEL_ERRORS)
		print(send_take_errors, stderr);
}
