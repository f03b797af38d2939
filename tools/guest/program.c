/* SPDX-License-Identifier: MIT */
/*
 * program.c - the program and its three streams.
 *
 * The program has ordinary pipes, or a terminal (terminal.c); a thread for each
 * carries it to or from a port.  So a closed reader is SIGPIPE, an end of file
 * is an end of file, and a slow reader on the host holds the program up, as at
 * home.
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
#include <sys/ioctl.h>
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
	bool terminal;
	pthread_t thread;
};

static struct output outputs[2];
static struct input input;
static int terminal = -1;

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

/* A terminal's end of file is a character, and not the end */
static bool input_end(struct input *in)
{
	return in->terminal && write_all(in->pipe, "\4", 1);
}

/* After the program has closed its stdin what still comes is thrown away. */
static void *input_pump(void *arg)
{
	struct input *in = arg;
	char *buffer = malloc(PIECE);
	bool wanted = true;
	uint32_t length;

	while (read_all(in->port, &length, sizeof(length))) {
		if (length == 0 && !input_end(in))
			break;
		if (length > PIECE || !read_all(in->port, buffer, length))
			fail("a piece of stdin is broken");
		if (wanted && !write_all(in->pipe, buffer, length)) {
			wanted = false;
			say(&(struct guest_message){ .type = GUEST_STDIN_UNUSED }, NULL);
		}
	}
	if (!in->terminal)
		close(in->pipe);
	free(buffer);
	return NULL;
}

/* @group: a key at the terminal is for all in its foreground */
void program_signal(pid_t pid, int number, bool group)
{
	if (!group || terminal < 0 || ioctl(terminal, TIOCSIG, number) != 0)
		kill(group ? -pid : pid, number);
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
	if (terminal >= 0)
		ioctl(terminal_slave(terminal, spec), TIOCSCTTY, 0);
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

/* Our end of each stream of the program, and its own */
struct ends {
	int ours[3], theirs[3];
};

static void open_streams(struct ends *ends, const struct spec *spec)
{
	int slave, pair[2];

	for (int i = 0; i < 3; i++) {
		open_pipe(pair, spec);
		ends->ours[i] = pair[i == 0];
		ends->theirs[i] = pair[i != 0];
	}
	terminal = terminal_open(spec);
	if (terminal < 0)
		return;
	slave = terminal_slave(terminal, spec);
	for (int i = 0; i < 3; i++) {
		if (!spec->tty[i])
			continue;
		close(ends->theirs[i]); /* that pipe has ended before it began */
		ends->theirs[i] = slave;
		/* what both write there is read once, by the first */
		if (i < 2 || !spec->tty[1])
			ends->ours[i] = terminal;
	}
}

static void close_theirs(const struct ends *ends)
{
	/* the terminal may be there thrice: closing it again does nothing */
	for (int i = 0; i < 3; i++)
		close(ends->theirs[i]);
}

/**
 * program_start() - run what @spec says
 * @exec_error: 0, or the errno of execve(), when there is no program
 *
 * Return: its process id.
 */
pid_t program_start(const struct spec *spec, int *exec_error)
{
	struct ends ends;
	int failed[2];
	pid_t pid;

	open_streams(&ends, spec);
	open_pipe(failed, spec);
	input = (struct input){ .port = port_open(GUEST_STDIN), .pipe = ends.ours[0],
				.terminal = spec->tty[0] };
	for (int i = 0; i < 2; i++) {
		outputs[i].pipe = ends.ours[i + 1];
		outputs[i].port = port_open(GUEST_STDOUT + i);
	}
	pid = fork();
	if (pid < 0)
		fail("cannot fork: %s", strerror(errno));
	if (pid == 0)
		program_exec(spec, ends.theirs, failed[1]);
	close_theirs(&ends);
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
