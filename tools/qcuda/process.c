/* SPDX-License-Identifier: MIT */
/*
 * process.c - the processes that qcuda starts, and that none outlives it.
 *
 * Each is killed by the kernel when qcuda dies, however it dies
 * (PR_SET_PDEATHSIG), and each is in a process group of its own, so that a
 * Ctrl-C at the terminal reaches qcuda alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

enum { PROCESSES_MAX = 4 };

static struct process *processes[PROCESSES_MAX];

static void child_begin(pid_t parent)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it died before the line above */
		_exit(EXIT_QCUDA);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
}

static void remember(struct process *process)
{
	static bool at_exit;

	if (!at_exit)
		atexit(process_end_all);
	at_exit = true;
	for (int i = 0; i < PROCESSES_MAX; i++) {
		if (!processes[i]) {
			processes[i] = process;
			return;
		}
	}
	die("too many processes");
}

/**
 * process_start() - run a program
 * @argv: argv[0] is its path
 * @keep: file descriptors it inherits under their own numbers, -1 at the end; or NULL
 * @out: its stdout
 * @err: its stderr
 */
void process_start(struct process *process, char *const argv[], const int keep[], int out, int err)
{
	pid_t parent = getpid();

	process->pid = fork();
	if (process->pid < 0)
		die("cannot start %s: %s", argv[0], strerror(errno));
	if (process->pid > 0) {
		remember(process);
		return;
	}
	child_begin(parent);
	for (; keep && *keep >= 0; keep++)
		fcntl(*keep, F_SETFD, 0);
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	/* in this order: @err may be the stdout that is about to be replaced */
	dup2(err, STDERR_FILENO);
	dup2(out, STDOUT_FILENO);
	execv(argv[0], argv);
	dprintf(STDERR_FILENO, "qcuda: cannot start %s: %s\n", argv[0], strerror(errno));
	_exit(EXIT_QCUDA);
}

/* Run body(fd) in a process of its own. */
void process_fork(struct process *process, void (*body)(int), int fd)
{
	pid_t parent = getpid();

	process->pid = fork();
	if (process->pid < 0)
		die("cannot start a process: %s", strerror(errno));
	if (process->pid > 0) {
		remember(process);
		return;
	}
	child_begin(parent);
	body(fd);
	_exit(0);
}

static void forget(struct process *process)
{
	for (int i = 0; i < PROCESSES_MAX; i++)
		if (processes[i] == process)
			processes[i] = NULL;
	process->pid = 0;
}

static bool wait_ms(pid_t pid, int ms)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd fd = { .fd = pidfd, .events = POLLIN };

	if (pidfd < 0)
		return false;
	poll(&fd, 1, ms);
	close(pidfd);
	return waitpid(pid, NULL, WNOHANG) != 0;
}

/* Let @process end by itself for @grace_ms, then kill it; it is gone when this returns. */
void process_end(struct process *process, int grace_ms)
{
	if (process->pid <= 0)
		return;
	if (grace_ms <= 0 || !wait_ms(process->pid, grace_ms)) {
		kill(process->pid, SIGKILL);
		while (waitpid(process->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	forget(process);
}

/* The last started first: QEMU before the daemon that it is connected to */
void process_end_all(void)
{
	for (int i = PROCESSES_MAX - 1; i >= 0; i--)
		if (processes[i])
			process_end(processes[i], 0);
}
