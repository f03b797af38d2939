/* SPDX-License-Identifier: MIT */
/*
 * vm.c - the QEMU process: a q35 machine with no disk, no network and no
 * screen.  Its console and its five serial ports are socket pairs, so no file
 * or path joins us to it.
 *
 * Guest memory is a shared memfd, which is what lets the daemon reach it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tools/qcuda/qcuda.h"

enum { ARGUMENTS_MAX = 96, QUEUES = 64, QUEUE_SIZE = 256 };

struct arguments {
	char *argv[ARGUMENTS_MAX];
	int n;
};

/* @text belongs to @arguments from now on */
static void add(struct arguments *arguments, char *text)
{
	if (arguments->n + 1 >= ARGUMENTS_MAX)
		die("too many arguments for QEMU");
	arguments->argv[arguments->n++] = text;
}

static void add2(struct arguments *arguments, const char *option, char *value)
{
	add(arguments, format("%s", option));
	add(arguments, value);
}

static char *find_qemu(void)
{
	const char *given = getenv("QCUDA_QEMU");
	char *found = program_find(given ? given : "qemu-system-x86_64");

	if (found)
		return found;
	if (given)
		die("QCUDA_QEMU=%s: there is no such program", given);
	die("qemu-system-x86_64 is not installed: apt-get install qemu-system-x86, or set "
	    "QCUDA_QEMU to one");
}

static void add_machine(struct arguments *a, const struct run_options *options, enum accel accel)
{
	unsigned long long mib = options->memory >> 20;

	add2(a, "-machine", format("q35,memory-backend=mem"));
	add2(a, "-object", format("memory-backend-memfd,id=mem,size=%lluM,share=on", mib));
	add2(a, "-m", format("%lluM", mib));
	/*
	 * For a machine that can have only one processor TCG makes no barriers and no atomic
	 * instructions, as if nobody else looked at its memory; a vhost-user device does, and wake-ups
	 * are lost (QEMU c914d46d0a64, in 8.1, brought the barriers back).
	 */
	add2(a, "-smp", format("%d,maxcpus=%d", options->cpus, options->cpus > 1 ? options->cpus : 2));
	if (accel == ACCEL_KVM) {
		add2(a, "-accel", format("kvm"));
		add2(a, "-cpu", format("host"));
	} else {
		add2(a, "-accel", format("tcg,thread=multi"));
		/*
		 * QEMU 7.2 may spoil the flags after a cmpxchg16b: Linux 6.12 died of it in
		 * 9 of 30 boots, and in none of 40 without that instruction.
		 *
		 * TCG does a `rep movsb` and a `rep stosb` byte by byte.  The kernel and the C library
		 * use them for what is large if the processor says that they are fast.
		 */
		add2(a, "-cpu", format("max,-cx16,-erms,-fsrm"));
	}
	add(a, format("-nodefaults"));
	add(a, format("-no-user-config"));
	add(a, format("-no-reboot"));
	add2(a, "-display", format("none"));
	add2(a, "-sandbox", format("on,obsolete=deny,elevateprivileges=deny,spawn=deny"));
}

/*
 * TCG's time stamp counters are the host's and go alike, which a kernel does not believe of several
 * processors without being told (Linux, unsynchronized_tsc()).  It would read the HPET whenever
 * somebody asks for the time: a system call, and QEMU's lock.  What Linux has found unstable here it
 * does not list.
 */
static bool tsc_is_stable(void)
{
	FILE *list = fopen("/sys/devices/system/clocksource/clocksource0/available_clocksource", "re");
	char line[256] = "";

	if (list) {
		if (!fgets(line, sizeof(line), list))
			line[0] = 0;
		fclose(list);
	}
	return !strncmp(line, "tsc ", 4) || strstr(line, " tsc ");
}

/*
 * loglevel 5 keeps a healthy boot nearly silent and still shows every WARNING;
 * an oops ends the guest, for nothing after it can be believed.  The self-tests
 * of the ciphers, which nobody uses here, take 0.3 s without KVM.
 *
 * Without KVM on a busy host the guest may not run for a long while, which it
 * cannot tell from a broken timer or a processor that is stuck: it must not
 * look for either.
 */
static void add_kernel(struct arguments *a, const struct run_options *options,
		       const struct kernel *kernel, enum accel accel, int initramfs)
{
	bool emulated = accel != ACCEL_KVM;

	add2(a, "-kernel", format("%s", kernel->image));
	add2(a, "-initrd", format("/proc/self/fd/%d", initramfs));
	add2(a, "-append", format("console=ttyS0 loglevel=%d oops=panic panic=-1 "
				  "cryptomgr.notests no_timer_check%s%s", options->verbose ? 7 : 5,
				  emulated ? " nowatchdog rcupdate.rcu_cpu_stall_suppress=1" : "",
				  emulated && tsc_is_stable() ? " tsc=reliable" : ""));
}

static void add_ports(struct arguments *a, const int theirs[GUEST_PORT_END])
{
	add2(a, "-chardev", format("socket,id=console,fd=%d", theirs[0]));
	add2(a, "-serial", format("chardev:console"));
	add2(a, "-device", format("virtio-serial-pci,max_ports=%d", GUEST_PORT_END));
	for (int i = 1; i < GUEST_PORT_END; i++) {
		add2(a, "-chardev", format("socket,id=port%d,fd=%d", i, theirs[i]));
		add2(a, "-device", format("virtserialport,chardev=port%d,nr=%d", i, i));
	}
}

static void add_gpu(struct arguments *a, const char *socket)
{
	add2(a, "-chardev", format("socket,id=qcuda,path=%s", socket));
	add2(a, "-device", format("vhost-user-fs-pci,chardev=qcuda,tag=qcuda,"
				  "num-request-queues=%d,queue-size=%d", QUEUES, QUEUE_SIZE));
}

/**
 * vm_start() - start the virtual machine
 * @initramfs: a file descriptor
 * @socket: where the daemon listens, or NULL for a machine without a GPU
 */
void vm_start(struct vm *vm, const struct run_options *options, const struct kernel *kernel,
	      enum accel accel, int initramfs, const char *socket)
{
	struct arguments a = { .n = 0 };
	int keep[GUEST_PORT_END + 2], theirs[GUEST_PORT_END], pair[2], errors[2];

	for (int i = 0; i < GUEST_PORT_END; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
			die("cannot make a socket pair: %s", strerror(errno));
		vm->port[i] = pair[0];
		keep[i] = theirs[i] = pair[1];
	}
	keep[GUEST_PORT_END] = initramfs;
	keep[GUEST_PORT_END + 1] = -1;
	if (pipe2(errors, O_CLOEXEC) != 0)
		die("cannot make a pipe: %s", strerror(errno));
	vm->errors = errors[0];
	vm->kvm = accel == ACCEL_KVM;

	add(&a, find_qemu());
	add_machine(&a, options, accel);
	add_kernel(&a, options, kernel, accel, initramfs);
	add_ports(&a, theirs);
	if (socket)
		add_gpu(&a, socket);
	add(&a, NULL);
	process_start(&vm->process, a.argv, keep, errors[1], errors[1]);
	close(errors[1]);
	for (int i = 0; a.argv[i]; i++)
		free(a.argv[i]);
	for (int i = 0; i < GUEST_PORT_END; i++)
		close(theirs[i]);
}
