/* SPDX-License-Identifier: MIT */
/*
 * init.c - process 1 of the guest that `qcuda run` boots: insert the modules,
 * put the file tree together, run one program, say how it ended.
 *
 * It never powers the machine off: the host kills QEMU when it has heard the
 * last message, which is quicker and cannot hang.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tools/guest/init.h"

static int control = -1;
static pthread_mutex_t control_lock = PTHREAD_MUTEX_INITIALIZER;

void say(const struct guest_message *message, const char *text)
{
	struct guest_message copy = *message;

	copy.length = text ? (uint32_t)strlen(text) : 0;
	pthread_mutex_lock(&control_lock);
	write_all(control, &copy, sizeof(copy));
	if (text)
		write_all(control, text, copy.length);
	pthread_mutex_unlock(&control_lock);
}

/* The guest is of no use: tell the host (by the console, if that is all there is) and wait. */
_Noreturn void fail(const char *format, ...)
{
	char text[GUEST_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (control >= 0)
		say(&(struct guest_message){ .type = GUEST_FAILED }, text);
	else
		dprintf(STDERR_FILENO, "qcuda guest failed: %s\n", text);
	for (;;)
		pause();
}

static uint64_t tainted(void)
{
	FILE *file = fopen("/proc/sys/kernel/tainted", "re");
	unsigned long long value = 0;

	if (file) {
		if (fscanf(file, "%llu", &value) != 1)
			value = 0;
		fclose(file);
	}
	return value;
}

static void obey(pid_t program)
{
	struct guest_message message;

	if (!read_all(control, &message, sizeof(message)))
		fail("the host is gone");
	if (message.type == GUEST_SIGNAL)
		program_signal(program, (int)message.arg, message.group);
	else if (message.type == GUEST_UNREAD)
		program_unread((int)message.arg);
}

/* Reap whatever has died; true, and its status, when the program is among it */
static bool reap(pid_t program, int *status)
{
	int any;

	for (;;) {
		pid_t pid = waitpid(-1, &any, WNOHANG);

		if (pid <= 0)
			return false;
		if (pid == program) {
			*status = any;
			return true;
		}
	}
}

static int wait_for(pid_t program, int children)
{
	struct pollfd fds[] = { { .fd = control, .events = POLLIN },
				{ .fd = children, .events = POLLIN } };
	struct signalfd_siginfo info;
	int status;

	for (;;) {
		poll(fds, 2, -1);
		if (fds[0].revents)
			obey(program);
		if (fds[1].revents && read(children, &info, sizeof(info)) > 0 &&
		    reap(program, &status))
			return status;
	}
}

int main(void)
{
	struct guest_message last = { .type = GUEST_EXIT };
	struct spec spec = { 0 };
	sigset_t child;
	int children, error;
	pid_t program;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	children = signalfd(-1, &child, SFD_CLOEXEC);

	spec_load(&spec, GUEST_SPEC);
	root_early();
	root_modules(&spec);
	control = port_open(GUEST_CONTROL);
	say(&(struct guest_message){ .type = GUEST_HELLO }, NULL);
	if (spec.device && access(spec.device, F_OK) != 0)
		fail("its driver found no GPU: there is no %s", spec.device);
	root_assemble(&spec);
	if (spec.hostname)
		sethostname(spec.hostname, strlen(spec.hostname));

	program = program_start(&spec, &error);
	if (error) {
		say(&(struct guest_message){ .type = GUEST_NO_EXEC, .arg = (uint32_t)error }, NULL);
	} else {
		say(&(struct guest_message){ .type = GUEST_STARTED }, NULL);
		last.arg = (uint32_t)wait_for(program, children);
		program_finish(last.bytes);
		root_sync(&spec);
		last.tainted = tainted();
		say(&last, NULL);
	}
	for (;;)
		pause();
}
