/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * A process without a VM can share with the worker only memory that has a file
 * behind it.  Memory that the program got elsewhere (malloc, a stack, .data) and
 * registers with CUDA is therefore moved into a memfd, at its own address:
 *
 *	populate	every page is there and writable, or the call fails
 *	protect		writers of the old pages are held (userfaultfd)
 *	copy		old pages to the file, through a second mapping of it
 *	mremap		that mapping takes the address, in one step
 *	release		held writers go on, in the new pages
 *
 * Readers are never held.  A writer in user space waits for the copy of one
 * piece (PIECE bytes); a system call of another thread that writes there at this
 * very moment may fail with EFAULT.  Where the kernel has no userfaultfd with
 * write protection, or the memory is a private file mapping, which cannot be
 * protected so, writers are not held: what another thread writes during the copy
 * of that piece may be lost.  CUDA makes no promise for a program that does
 * that while cuMemHostRegister() runs.
 *
 * It runs on a thread of its own: the pages may be the caller's stack, and a
 * stack that is being written cannot be copied.
 *
 * Rejected: ptrace or signals to stop the other threads (visible to the program);
 * mprotect (the program's writers would see SIGSEGV).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "qcu-library/cuda/replace.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE	23
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY	1
#endif

#define PIECE	((size_t)32 << 20)

struct job {
	char *addr;
	size_t length;
	int fd;
	int rc;
};

/**
 * struct view - what the kernel's list of mappings says about a range
 * @writable: up to here it is memory that can be written
 * @shared: some of it is a shared mapping
 * @seen: and surely seen by another process: it has a file, or, where the list has
 *	counts, somebody else has mapped one of its pages
 */
struct view {
	uintptr_t writable;
	bool shared, seen;
};

static void look(const char *list, uintptr_t start, uintptr_t end, struct view *view)
{
	FILE *maps = fopen(list, "re");
	bool within = false;
	char line[512], mode[5], name[16];
	unsigned long from, to, kib;

	view->writable = start;
	while (maps && fgets(line, sizeof(line), maps)) {
		int n = sscanf(line, "%lx-%lx %4s %*x %*s %*u %15s", &from, &to, mode, name);

		if (n >= 3) {
			within = from < end && to > start && mode[3] == 's';
			view->shared |= within;
			view->seen |= within && (n < 4 || strncmp(name, "/dev/zero", 9));
			if (from <= view->writable && to > view->writable && mode[1] == 'w')
				view->writable = to;
		} else if (within && (sscanf(line, "Shared_Clean: %lu", &kib) == 1 ||
				      sscanf(line, "Shared_Dirty: %lu", &kib) == 1)) {
			view->seen |= kib > 0;
		}
	}
	if (maps)
		fclose(maps);
}

/*
 * May the range be replaced?  What another process sees, too, may not: to replace
 * it here would part them.  Anonymous shared memory whose pages nobody else has
 * mapped is as good as private; to ask for that is slow, so only where there is some.
 */
static int check(uintptr_t start, uintptr_t end, bool may_be_shared)
{
	struct view view = { 0 };

	look("/proc/self/maps", start, end, &view);
	if (view.writable < end)
		return -EFAULT;
	if (view.shared && !view.seen && !may_be_shared)
		look("/proc/self/smaps", start, end, &view);
	return view.seen && !may_be_shared ? -EOPNOTSUPP : 0;
}

/* Every page present and the process's own */
static int populate(char *addr, size_t length)
{
	if (!madvise(addr, length, MADV_POPULATE_WRITE))
		return 0;
	if (errno != EINVAL)
		return -EFAULT;
	/* Linux before 5.14 */
	for (size_t i = 0; i < length; i += 4096)
		__atomic_fetch_or(addr + i, 0, __ATOMIC_RELAXED);
	return 0;
}

/* Hold writers of the range; returns the descriptor whose closing releases them, or -1. */
static int protect(char *addr, size_t length)
{
	struct uffdio_range range = { (uintptr_t)addr, length };
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .range = range, .mode = UFFDIO_REGISTER_MODE_WP };
	struct uffdio_writeprotect wp = { .range = range, .mode = UFFDIO_WRITEPROTECT_MODE_WP };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (fd < 0)
		return -1;
	if (!ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &reg) &&
	    !ioctl(fd, UFFDIO_WRITEPROTECT, &wp))
		return fd;
	close(fd);
	return -1;
}

/*
 * Whole pages, with what of other objects is in them, while other threads may hold
 * writes back: AddressSanitizer and ThreadSanitizer cannot know that this is right.
 */
__attribute__((noinline, no_sanitize("address"), no_sanitize("thread")))
static void copy_pages(uint64_t *to, const uint64_t *from, size_t bytes)
{
	for (size_t i = 0; i < bytes / sizeof(*to); i++)
		to[i] = from[i];
}

static int replace_piece(char *addr, size_t length, int fd, off_t offset)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	char *copy = mmap(NULL, length, PROT_READ | PROT_WRITE, flags, fd, fd < 0 ? 0 : offset);
	int held, rc = 0;

	if (copy == MAP_FAILED)
		return -ENOMEM;
	held = protect(addr, length);
	copy_pages((uint64_t *)copy, (uint64_t *)addr, length);
	if (mremap(copy, length, length, MREMAP_MAYMOVE | MREMAP_FIXED, addr) == MAP_FAILED) {
		rc = -errno;
		munmap(copy, length);
	}
	if (held >= 0)
		close(held);
	return rc;
}

static int replace(char *addr, size_t length, int fd)
{
	int rc = populate(addr, length);

	for (size_t done = 0; !rc && done < length; done += PIECE)
		rc = replace_piece(addr + done, length - done < PIECE ? length - done : PIECE, fd,
				   done);
	return rc;
}

static void *run(void *argument)
{
	struct job *job = argument;

	/* *job may lie in the pages: it is written before and after, not between. */
	job->rc = replace(job->addr, job->length, job->fd);
	return NULL;
}

int pages_replace(void *addr, size_t length, int fd)
{
	struct job job = { .addr = addr, .length = length, .fd = fd };
	sigset_t all, before;
	pthread_t thread;
	int rc;

	/* Memory that this library has shared before is its own to take back. */
	rc = check((uintptr_t)addr, (uintptr_t)addr + length, fd < 0);
	if (rc)
		return rc;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&thread, NULL, run, &job);
	if (!rc)
		pthread_join(thread, NULL);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc ? -rc : job.rc;
}

int pages_replace_here(void *addr, size_t length)
{
	return replace(addr, length, -1);
}
