/* SPDX-License-Identifier: MIT */
/*
 * program.c - the program and its three streams.
 *
 * The program has ordinary pipes; a thread for each carries it to or from a
 * port.  So a closed reader is SIGPIPE, an end of file is an end of file, and
 * a slow reader on the host holds the program up, as at home.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "tools/guest/init.h"

enum { PIECE = 32 << 10, DRAIN_SECONDS = 5 };

struct output {
	int pipe, port;
	pthread_t thread;
	atomic_bool unread;
	_Atomic uint64_t bytes;
};

struct input {
	int port, pipe;
	pthread_t thread;
};

static struct output outputs[2];
static struct input input;

static void *output_pump(void *arg)
{
	struct output *output = arg;
	char *buffer = malloc(PIECE);

	while (!output->unread) {
		ssize_t n = read(output->pipe, buffer, PIECE);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (!write_all(output->port, buffer, (size_t)n))
			break;
		output->bytes += (uint64_t)n;
	}
	close(output->pipe);
	free(buffer);
	return NULL;
}

/* After the program has closed its stdin what still comes is thrown away. */
static void *input_pump(void *arg)
{
	struct input *in = arg;
	char *buffer = malloc(PIECE);
	bool wanted = true;
	uint32_t length;

	while (read_all(in->port, &length, sizeof(length)) && length > 0) {
		if (length > PIECE || !read_all(in->port, buffer, length))
			fail("a piece of stdin is broken");
		if (wanted && !write_all(in->pipe, buffer, length)) {
			wanted = false;
			say(&(struct guest_message){ .type = GUEST_STDIN_UNUSED }, NULL);
		}
	}
	close(in->pipe);
	free(buffer);
	return NULL;
}

/* The host reads @stream (1 or 2) no more: the program's next write gets SIGPIPE. */
void program_unread(int stream)
{
	if (stream == 1 || stream == 2)
		outputs[stream - 1].unread = true;
}

static void open_pipe(int ends[2], const struct spec *spec)
{
	if (pipe2(ends, O_CLOEXEC) != 0)
		fail("cannot make a pipe: %s", strerror(errno));
	/* /dev/stdout and friends open the pipe anew: the program must own it */
	if (fchown(ends[0], spec->uid, spec->gid) != 0 || fchown(ends[1], spec->uid, spec->gid) != 0)
		fail("cannot own a pipe: %s", strerror(errno));
}

static void become_user(const struct spec *spec)
{
	if (setgroups(spec->ngroups, spec->groups) != 0 ||
	    setresgid(spec->gid, spec->gid, spec->gid) != 0 ||
	    setresuid(spec->uid, spec->uid, spec->uid) != 0)
		fail("cannot become user %u", spec->uid);
}

static _Noreturn void program_exec(const struct spec *spec, const int streams[3], int failed)
{
	sigset_t none;
	int error;

	setsid();
	for (int i = 0; i < 3; i++)
		dup2(streams[i], i);
	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	umask(spec->umask);
	become_user(spec);
	if (chdir(spec->cwd) == 0)
		execve(spec->path, spec->argv, spec->envp);
	error = errno;
	write_all(failed, &error, sizeof(error));
	_exit(127);
}

static void start_pumps(void)
{
	int error = 0;

	for (int i = 0; i < 2; i++)
		error |= pthread_create(&outputs[i].thread, NULL, output_pump, &outputs[i]);
	error |= pthread_create(&input.thread, NULL, input_pump, &input);
	if (error)
		fail("cannot start a thread");
}

/**
 * program_start() - run what @spec says
 * @exec_error: 0, or the errno of execve(), when there is no program
 *
 * Return: its process id.
 */
pid_t program_start(const struct spec *spec, int *exec_error)
{
	int in[2], out[2], err[2], failed[2];
	pid_t pid;

	open_pipe(in, spec);
	open_pipe(out, spec);
	open_pipe(err, spec);
	open_pipe(failed, spec);
	input = (struct input){ .port = port_open(GUEST_STDIN), .pipe = in[1] };
	outputs[0].pipe = out[0];
	outputs[0].port = port_open(GUEST_STDOUT);
	outputs[1].pipe = err[0];
	outputs[1].port = port_open(GUEST_STDERR);

	pid = fork();
	if (pid < 0)
		fail("cannot fork: %s", strerror(errno));
	if (pid == 0)
		program_exec(spec, (int[]){ in[0], out[1], err[1] }, failed[1]);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	close(failed[1]);
	if (!read_all(failed[0], exec_error, sizeof(*exec_error)))
		*exec_error = 0; /* closed by a successful exec */
	close(failed[0]);
	start_pumps();
	return pid;
}

/*
 * The program is dead.  What it left running would keep its pipes open and has
 * no machine to live in any more: it is killed, then the pipes run dry.  A
 * process that cannot die (a driver holds it) must not hold up the rest.
 */
void program_finish(uint64_t bytes[2])
{
	struct timespec until;

	kill(-1, SIGKILL);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += DRAIN_SECONDS;
	for (int i = 0; i < 2; i++) {
		pthread_timedjoin_np(outputs[i].thread, NULL, &until);
		bytes[i] = outputs[i].bytes;
	}
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}
