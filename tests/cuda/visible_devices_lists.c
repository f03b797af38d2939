/* SPDX-License-Identifier: MIT */
/*
 * CUDA_VISIBLE_DEVICES is a list of numbers and UUIDs, which may be cut short; what follows one that
 * is no device does not count.
 */
#include "check.h"
#include <sys/wait.h>

#define LENGTH 48

/* In a process of its own, as the driver looks at the list once */
static int count_devices(const char *visible, char *uuid)
{
	int pipes[2], count = -1, status;
	struct cudaDeviceProp prop;
	char text[LENGTH] = "GPU";
	pid_t pid;

	CHECK(!pipe(pipes));
	pid = fork();
	CHECK(pid >= 0);
	if (!pid) {
		if (visible)
			setenv("CUDA_VISIBLE_DEVICES", visible, 1);
		else
			unsetenv("CUDA_VISIBLE_DEVICES");
		if (cudaGetDeviceCount(&count) != cudaSuccess)
			count = 0;	/* NVIDIA's leaves it alone then */
		if (count && cudaGetDeviceProperties(&prop, 0) != cudaSuccess)
			_exit(1);
		for (int i = 0; count && i < 16; i++)
			sprintf(text + strlen(text), "%s%02x",
				i == 0 || i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
				(unsigned char)prop.uuid.bytes[i]);
		_exit(write(pipes[1], text, LENGTH) != LENGTH ||
		      write(pipes[1], &count, sizeof(count)) != sizeof(count));
	}
	close(pipes[1]);
	CHECK(read(pipes[0], uuid, LENGTH) == LENGTH);
	CHECK(read(pipes[0], &count, sizeof(count)) == sizeof(count));
	close(pipes[0]);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	return count;
}

static void show(const char *what, const char *visible)
{
	char uuid[LENGTH];

	printf("%s: %d\n", what, count_devices(visible, uuid));
}

int main(void)
{
	char first[LENGTH], again[LENGTH], list[2 * LENGTH];
	int all = count_devices(NULL, first);

	CHECK(all >= 1);
	CHECK(count_devices("0", again) == 1 && !strcmp(first, again));
	CHECK(count_devices(first, again) == 1 && !strcmp(first, again));
	snprintf(list, sizeof(list), "%s,-1,0", first);
	show("its whole UUID, then none", list);
	snprintf(list, sizeof(list), "%.12s", first);
	show("the start of its UUID", list);
	show("0", "0");
	show("0,-1", "0,-1");
	show("0,999,0", "0,999,0");
	show("-1", "-1");
	show("-1,0", "-1,0");
	show("999", "999");
	show("a UUID that is nobody's", "GPU-01234567-0123-4567-89ab-0123456789ab");
	show("nothing", "");
	return finish();
}
