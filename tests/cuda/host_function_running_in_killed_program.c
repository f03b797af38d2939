/* SPDX-License-Identifier: MIT */
/* kill -9 while a host function runs: the program ends, and the next one has the GPU */
#include <signal.h>
#include <sys/wait.h>

#include "check.h"

static int pipe_ends[2];

static void CUDART_CB tell_and_stay(void *data)
{
	if (write(pipe_ends[1], "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static void child(void)
{
	cudaStream_t stream;

	CUDA(cudaStreamCreate(&stream));
	CUDA(cudaLaunchHostFunc(stream, tell_and_stay, NULL));
	cudaStreamSynchronize(stream);
	_exit(1);
}

static void CUDART_CB count(void *data)
{
	++*(int *)data;
}

int main(void)
{
	int status, ran = 0;
	pid_t pid;
	char byte;

	/* Before the first use of CUDA here, so that the child may use it */
	CHECK(!pipe(pipe_ends));
	pid = fork();
	if (!pid)
		child();
	close(pipe_ends[1]);
	CHECK(read(pipe_ends[0], &byte, 1) == 1);
	CHECK(!kill(pid, SIGKILL));
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

	CUDA(cudaLaunchHostFunc(0, count, &ran));
	CUDA(cudaDeviceSynchronize());
	CHECK(ran == 1);
	return finish();
}
