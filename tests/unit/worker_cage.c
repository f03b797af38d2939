/* SPDX-License-Identifier: MIT */
/* links: qcu-device/worker/cage.c */
/*
 * worker_cage.c - what a caged worker cannot do, in all its threads, and what it still can
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qcu-device/worker/cage.h"

#define CHECK(condition)							\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);	\
			_exit(1);						\
		}								\
	} while (0)

#define REFUSED(call)	CHECK((call) == -1 && errno == EPERM)

static pthread_barrier_t caged;

static void cannot_reach_others(void)
{
	char *const argv[] = { (char *)"true", NULL };
	char byte;
	struct iovec here = { &byte, 1 }, there = { &byte, 1 };

	REFUSED(execv("/bin/true", argv));
	REFUSED(fork());
	REFUSED(syscall(SYS_vfork));
	REFUSED(kill(getppid(), 0));
	REFUSED(kill(0, 0));
	REFUSED(kill(-1, 0));
	REFUSED(syscall(SYS_tgkill, getppid(), getppid(), 0));
	REFUSED(syscall(SYS_tkill, getppid(), 0));
	REFUSED(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
	REFUSED(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
	REFUSED(syscall(SYS_pidfd_open, getppid(), 0));
	REFUSED(socket(AF_INET, SOCK_STREAM, 0));
	REFUSED(socket(AF_INET6, SOCK_DGRAM, 0));
	REFUSED(socket(AF_NETLINK, SOCK_RAW, 0));
	REFUSED(unshare(CLONE_NEWUSER));
	REFUSED(setuid(getuid()));
	REFUSED(chroot("/"));
}

static void *nothing(void *argument)
{
	return argument;
}

/* What a session does: memory, files, threads, its own sockets, and to die */
static void can_still_work(void)
{
	pthread_t thread;
	void *result;
	int pair[2];

	CHECK(!pthread_create(&thread, NULL, nothing, &caged));
	CHECK(!pthread_join(thread, &result) && result == &caged);
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	CHECK(memfd_create("memory", 0) >= 0);
	CHECK(open("/dev/null", O_RDWR) >= 0);
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	CHECK(!kill(getpid(), 0));
}

/* A thread of before, as the driver has them */
static void *early_thread(void *unused)
{
	pthread_barrier_wait(&caged);
	cannot_reach_others();
	return NULL;
}

int main(void)
{
	pthread_t early;
	int status;
	pid_t pid = fork();

	if (!pid) {
		pthread_barrier_init(&caged, NULL, 2);
		CHECK(!pthread_create(&early, NULL, early_thread, NULL));
		CHECK(!cage_enter());
		pthread_barrier_wait(&caged);
		cannot_reach_others();
		can_still_work();
		pthread_join(early, NULL);
		abort();
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	return 0;
}
