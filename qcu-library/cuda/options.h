/* SPDX-License-Identifier: MIT */
/*
 * options.h - the environment variables that change how the library works
 *
 * QCUDA_SOCKET=PATH	talk to a daemon on this socket instead of /dev/qcuda
 * QCUDA_DEBUG=a,b	tell on stderr:
 *	call		every call that crosses, as strace would
 *	session		connection, channels, death
 * QCUDA_PERF=a,b	switch an optimisation off:
 *	no_async	wait for every call
 *	no_post		wait for asynchronous copies and memsets, too (post.h)
 *	no_inline	small copies go through a region too
 *	no_memo		ask the host each time for what does not change (memo.h)
 *	no_staging	no long-lived staging memory: a region for each copy
 *	no_overlap	do not fill one staging half while the other is copied
 *	no_crew		no threads that help to fill and empty staging memory
 *	no_past_caches	fill staging memory with ordinary stores
 *	no_belt		wait until what was pageable has reached the device, too (belt.c)
 *	no_leave	a synchronous copy to the device is back when all of it has arrived (belt.c)
 *	no_watch	a synchronous copy of pinned memory ends when the host says so (belt.c)
 *	no_windows	pageable memory is never pinned for the host to copy it in place
 *	no_learn	memory gets a window whatever became of those that it had (window.c)
 *	no_trim		send machine code for GPUs that are not here, too (fatbin.c)
 *	no_known	send module images that the host has from another process, too (image.c)
 *	no_upload	a region for each module image, which the host copies once all of it is there (upload.c)
 *	no_spin		sleep at once when a reply is not there
 *	no_yield	poll without giving way to other programs, however long, and whatever the host says
 *			of its CPUs (channel.c)
 * QCUDA_SPIN_US=N	poll for a reply so many microseconds before sleeping: 20000 by default,
 *			50 with two CPUs, 0 with one
 * QCUDA_COPY_THREADS=N	copy through staging memory with N threads: by default half of the CPUs
 *			but two, and six at most
 * QCUDA_REGISTER_AT=N	register such memory with CUDA at its Nth copy (2)
 * QCUDA_TRACE=FILE	write a Chrome trace: calls, when the host ran them, and when the GPU did
 *			what they asked for (timeline.c)
 * QCUDA_TRACE_GPU=0	not the GPU's times: they cost two events for each kernel and copy
 * CUDA_LAUNCH_BLOCKING=1	wait for the end of each kernel (CUDA Programming Guide)
 * QCUDA_STATS=1	at exit, on stderr: what crossed, and what was waited for (stats.c)
 *
 * All are read once, at the first use.
 */
#ifndef QCU_LIBRARY_OPTIONS_H
#define QCU_LIBRARY_OPTIONS_H

#include <stdatomic.h>
#include <stdbool.h>

enum option {
	DEBUG_CALL	= 1 << 0,
	DEBUG_SESSION	= 1 << 1,
	NO_ASYNC	= 1 << 2,
	NO_INLINE	= 1 << 3,
	NO_STAGING	= 1 << 4,
	NO_OVERLAP	= 1 << 5,
	NO_SPIN		= 1 << 6,
	STATS		= 1 << 7,
	NO_MEMO		= 1 << 8,
	NO_CREW		= 1 << 9,
	NO_POST		= 1 << 10,
	NO_WINDOWS	= 1 << 11,
	TIMELINE	= 1 << 12,
	NO_GPU_TIMES	= 1 << 30,
	NO_PAST_CACHES	= 1 << 13,
	NO_YIELD	= 1 << 14,
	NO_KNOWN	= 1 << 15,
	NO_TRIM		= 1 << 16,
	NO_BELT		= 1 << 17,
	NO_UPLOAD	= 1 << 18,
	NO_LEAVE	= 1 << 19,
	NO_WATCH	= 1 << 20,
	NO_LEARN	= 1 << 21,
	LAUNCH_BLOCKING	= 1 << 29,
	OPTIONS_READ	= 1 << 31,	/* for option_set() alone */
};

/** struct options - @set: enum option; written once, @set last */
struct options {
	_Atomic unsigned int set;
	unsigned int spin_us;
	int cpus;
	int copy_threads;
	unsigned long register_at;
};

extern struct options option_values;

/* Reads the environment, once.  Return: option_values.set */
unsigned int options_read(void);

static inline bool option_set(enum option option)
{
	/* Acquire: pairs with the release in options_read(), for the other fields. */
	unsigned int set = atomic_load_explicit(&option_values.set, memory_order_acquire);

	return (__builtin_expect(!set, 0) ? options_read() : set) & (unsigned int)option;
}

/** option_spin_us() - how long a waiting thread polls, microseconds */
static inline unsigned int option_spin_us(void)
{
	option_set(OPTIONS_READ);
	return option_values.spin_us;
}

/** option_cpus() - how many CPUs there are to poll on */
static inline int option_cpus(void)
{
	option_set(OPTIONS_READ);
	return option_values.cpus;
}

/** option_copy_threads() - how many threads may copy at once, the calling one among them */
static inline int option_copy_threads(void)
{
	option_set(OPTIONS_READ);
	return option_values.copy_threads;
}

/** option_register_at() - which copy of a window registers it with CUDA */
static inline unsigned long option_register_at(void)
{
	option_set(OPTIONS_READ);
	return option_values.register_at;
}

/** debug_session() - a line on stderr if QCUDA_DEBUG has "session" */
__attribute__((format(printf, 1, 2))) void debug_session(const char *format, ...);

#endif
