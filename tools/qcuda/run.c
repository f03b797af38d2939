/* SPDX-License-Identifier: MIT */
/*
 * run.c - `qcuda run`: a program in a throw-away virtual machine.
 *
 *	qcuda ---- qcu-device (the GPU)
 *	  |  \____ qcuda      (the host's files: files.c)
 *	  |_______ QEMU ----- process 1 of the guest (tools/guest) ---- the program
 *
 * qcuda is the parent of all; with it they end.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

enum {
	SESSIONS = 64,
	DAEMON_GRACE_MS = 5000, /* to free the GPU's memory */
	TAINT_DIE = 1 << 7, TAINT_WARN = 1 << 9,
};

struct session {
	struct run_options options;
	struct kernel kernel;
	char *program, *cwd, *driver;
	char *directory, *socket; /* the daemon's */
	struct process daemon, files;
	struct vm vm;
	uint64_t start_us, vm_us;
};

static struct session session;

/* Once QEMU is connected nobody needs the socket's name any more. */
static void remove_socket(void)
{
	if (!session.directory)
		return;
	unlink(session.socket);
	rmdir(session.directory);
	free(session.socket);
	free(session.directory);
	session.directory = session.socket = NULL;
}

static void make_socket(struct session *s)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (!runtime || access(runtime, W_OK) != 0)
		runtime = "/tmp";
	s->directory = format("%s/qcuda-XXXXXX", runtime);
	if (!mkdtemp(s->directory))
		die("cannot make a directory in %s: %s", runtime, strerror(errno));
	s->socket = format("%s/gpu", s->directory);
}

static void find_program(struct session *s)
{
	const char *name = s->options.argv[0];
	char *path = program_find(name);

	if (!path && errno == ENOENT)
		die_status(EXIT_NOT_FOUND, "%s: there is no such program", name);
	if (!path)
		die_status(EXIT_NO_EXEC, "%s: cannot be executed: %s", name, strerror(errno));
	s->cwd = getcwd(NULL, 0);
	if (!s->cwd)
		die("the current directory is gone: %s", strerror(errno));
	if (path[0] == '/') {
		s->program = path;
		return;
	}
	s->program = format("%s/%s", s->cwd, path);
	free(path);
}

/* The directories whose files the program may change; never all of them at once */
static void find_writable(struct session *s)
{
	struct run_options *options = &s->options;

	for (size_t i = 0; i < options->nwritable; i++) {
		const char *name = options->writable[i];
		char *path = realpath(name, NULL);
		struct stat st;

		if (!path)
			die("--writable=%s: %s", name, strerror(errno));
		if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode) || !strcmp(path, "/"))
			die("--writable=%s: expected a directory below /", name);
		options->writable[i] = path;
	}
	if (options->discard || !strcmp(s->cwd, "/"))
		return;
	options->writable = grow(options->writable, options->nwritable + 1,
				 sizeof(*options->writable));
	options->writable[options->nwritable++] = s->cwd;
}

static void start(struct session *s, enum accel accel)
{
	int initramfs = initramfs_make(&s->options, &s->kernel, s->program, s->cwd, s->driver);

	if (s->driver) {
		make_socket(s);
		daemon_start(&s->daemon, s->driver, s->socket, SESSIONS,
			     s->options.verbose ? "info" : "error", true);
	}
	s->vm_us = now_us();
	vm_start(&s->vm, &s->options, &s->kernel, accel, initramfs, s->socket);
	files_writable(s->options.writable, s->options.nwritable);
	process_fork(&s->files, files_serve, s->vm.port[GUEST_FILES]);
	close(s->vm.port[GUEST_FILES]);
	close(initramfs);
}

static void stop(struct session *s)
{
	process_end(&s->vm.process, 0);
	process_end(&s->files, 0);
	process_end(&s->daemon, DAEMON_GRACE_MS);
	remove_socket();
}

static void report_times(const struct session *s, const struct outcome *outcome)
{
	double whole = (double)(now_us() - s->start_us) / 1e6;
	double device = (double)(s->vm_us - s->start_us) / 1e6;
	double kernel = (double)(outcome->hello_us - s->vm_us) / 1e6;
	double set_up = (double)(outcome->started_us - outcome->hello_us) / 1e6;
	double program = (double)(outcome->ended_us - outcome->started_us) / 1e6;

	if (!outcome->exited)
		return;
	warn("%.2f s: GPU daemon %.2f, boot %.2f, guest set-up %.2f, program %.2f, end %.2f (%s, %d "
	     "processors)", whole, device, kernel, set_up, program,
	     whole - device - kernel - set_up - program, s->vm.kvm ? "KVM" : "no KVM",
	     s->options.cpus);
}

/* End as the program did, so that our parent sees the same */
static _Noreturn void end_by_signal(int number)
{
	struct rlimit no_core = { 0, 0 };
	sigset_t set;

	fflush(stdout);
	fflush(stderr);
	setrlimit(RLIMIT_CORE, &no_core);
	signal(number, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, number);
	raise(number);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	_exit(128 + number); /* it was one that does not kill */
}

static int conclude(const struct session *s, const struct outcome *outcome)
{
	bool faulty = console_complained() || outcome->tainted & (TAINT_DIE | TAINT_WARN);

	if (outcome->signal)
		end_by_signal(outcome->signal);
	if (outcome->exec_error == ENOENT)
		die_status(EXIT_NOT_FOUND, "%s: not found in the guest, or the interpreter it names "
			   "is not", s->options.argv[0]);
	if (outcome->exec_error)
		die_status(EXIT_NO_EXEC, "%s: cannot be executed in the guest: %s",
			   s->options.argv[0], strerror(outcome->exec_error));
	if (!outcome->exited || (faulty && s->options.check_dmesg)) {
		if (!s->options.verbose)
			console_print();
		if (outcome->failure)
			die("the guest failed: %s", outcome->failure);
		die("%s (its last messages are above)",
		    outcome->exited ? "the guest's kernel reported a fault" :
		    outcome->hello_us ? "the guest's kernel died" : "the guest did not boot");
	}
	if (WIFSIGNALED(outcome->status))
		end_by_signal(WTERMSIG(outcome->status));
	return WEXITSTATUS(outcome->status);
}

/* Nothing came from the guest, though KVM had seemed to work */
static bool kvm_failed(const struct session *s, const struct outcome *outcome)
{
	return s->vm.kvm && s->options.accel == ACCEL_AUTO && !outcome->hello_us &&
	       !outcome->signal;
}

int run(int argc, char **argv)
{
	struct session *s = &session;
	struct outcome outcome = { 0 };

	s->start_us = now_us();
	options_run(&s->options, argc, argv);
	find_program(s);
	find_writable(s);
	kernel_find(&s->kernel, s->options.kernel);
	s->driver = gpu_driver(s->options.gpu);
	atexit(remove_socket);
	start(s, accel_choose(s->options.accel));
	relay(&s->vm, &outcome, s->options.verbose);
	if (kvm_failed(s, &outcome)) {
		warn("the guest does not boot with KVM: trying without");
		stop(s);
		memset(&outcome, 0, sizeof(outcome));
		start(s, ACCEL_TCG);
		relay(&s->vm, &outcome, s->options.verbose);
	}
	stop(s);
	if (s->options.times)
		report_times(s, &outcome);
	return conclude(s, &outcome);
}
