/* SPDX-License-Identifier: MIT */
/*
 * cage.c - what a worker may do to the host once a guest can reach it
 *
 * DOC: Theory of operation
 *
 * A guest that breaks its worker, through a hole here or in the driver, has the
 * worker's rights.  Seccomp takes from it what reaches beyond itself: to start
 * programs or processes, to signal, trace or read other processes, to talk to
 * a network, to touch mounts, namespaces, modules, clocks, keys.  What is refused
 * fails with EPERM.  And no other process of the same user may trace it or read its
 * memory: it is not dumpable.
 *
 * It is a list of what is denied, not of what is allowed: NVIDIA's library is
 * closed, does its work through ioctls that no filter can tell apart, and a new
 * release may make a call that no list foresaw.  The library may start
 * nvidia-modprobe when it is initialised, so that comes first.
 *
 * Files are still the user's: run the daemon as a user who owns none of worth.
 */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qcu-device/worker/cage.h"

#define REFUSED SCMP_ACT_ERRNO(EPERM)

/* Calls that no session makes; those unknown to this libseccomp's tables are left out */
static const char *const denied[] = {
	/* programs and processes */
	"execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv", "process_vm_writev",
	"process_madvise", "pidfd_getfd", "pidfd_open", "pidfd_send_signal", "tkill", "kcmp",
	"process_mrelease", "setns", "unshare", "personality",
	/* who it is */
	"setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups",
	"setfsuid", "setfsgid", "capset",
	/* files by other ways than their names */
	"open_by_handle_at", "name_to_handle_at", "mknod", "mknodat", "chroot", "pivot_root",
	"mount", "umount", "umount2", "mount_setattr", "move_mount", "open_tree", "fsopen",
	"fsconfig", "fsmount", "fspick", "quotactl", "swapon", "swapoff",
	/* the kernel */
	"init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot",
	"bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
	"io_uring_register", "add_key", "request_key", "keyctl", "syslog", "acct", "iopl", "ioperm",
	"settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "sethostname",
	"setdomainname", "vhangup", "lookup_dcookie",
};

static int deny(scmp_filter_ctx filter, const char *name)
{
	int call = seccomp_syscall_resolve_name(name);

	/* Negative: unknown, or not a call of this architecture */
	return call < 0 ? 0 : seccomp_rule_add(filter, REFUSED, call, 0);
}

static int deny_list(scmp_filter_ctx filter)
{
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++) {
		int rc = deny(filter, denied[i]);

		if (rc)
			return rc;
	}
	return 0;
}

/* Signals to this process only: abort() must work */
static int deny_signals(scmp_filter_ctx filter)
{
	static const int calls[] = {
		SCMP_SYS(kill), SCMP_SYS(tgkill), SCMP_SYS(rt_sigqueueinfo),
		SCMP_SYS(rt_tgsigqueueinfo),
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int rc = seccomp_rule_add(filter, REFUSED, calls[i], 1,
					  SCMP_A0(SCMP_CMP_NE, (scmp_datum_t)getpid(), 0));

		if (rc)
			return rc;
	}
	return 0;
}

/* Threads, but no processes.  glibc tries clone() when the kernel has no clone3(). */
static int deny_processes(scmp_filter_ctx filter)
{
	int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);

	return rc ? rc : seccomp_rule_add(filter, REFUSED, SCMP_SYS(clone), 1,
					  SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
}

static int deny_networks(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, REFUSED, SCMP_SYS(socket), 1,
				SCMP_A0(SCMP_CMP_NE, AF_UNIX, 0));
}

static int fill(scmp_filter_ctx filter)
{
	/* TSYNC: the driver's threads are there already, and are meant too */
	int rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

	if (!rc)
		rc = deny_list(filter);
	if (!rc)
		rc = deny_signals(filter);
	if (!rc)
		rc = deny_processes(filter);
	if (!rc)
		rc = deny_networks(filter);
	return rc;
}

int cage_enter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int rc;

	if (!filter)
		return -ENOMEM;
	rc = fill(filter);
	if (!rc)
		rc = seccomp_load(filter);
	seccomp_release(filter);
	if (!rc && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		rc = -errno;
	return rc;
}
