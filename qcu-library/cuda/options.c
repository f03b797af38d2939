/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qcu-library/cuda/crew.h"
#include "qcu-library/cuda/options.h"

/*
 * With CPUs to spare a wait spins as long as most copies and kernels take, as NVIDIA's driver
 * does: a sleeping thread is woken through an interrupt, which costs a copy of 4 MiB a tenth of
 * its speed and more in a VM.
 */
#define SPIN_US_MANY_CPUS	20000
#define SPIN_US_TWO_CPUS	50

/* Registering costs more than one copy gains by it. */
#define REGISTER_AT		2

struct options option_values;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static const struct {
	const char *variable, *word;
	enum option option;
} words[] = {
	{ "QCUDA_DEBUG", "call", DEBUG_CALL },
	{ "QCUDA_DEBUG", "session", DEBUG_SESSION },
	{ "QCUDA_PERF", "no_async", NO_ASYNC },
	{ "QCUDA_PERF", "no_post", NO_POST },
	{ "QCUDA_PERF", "no_inline", NO_INLINE },
	{ "QCUDA_PERF", "no_staging", NO_STAGING },
	{ "QCUDA_PERF", "no_overlap", NO_OVERLAP },
	{ "QCUDA_PERF", "no_spin", NO_SPIN },
	{ "QCUDA_PERF", "no_yield", NO_YIELD },
	{ "QCUDA_PERF", "no_memo", NO_MEMO },
	{ "QCUDA_PERF", "no_crew", NO_CREW },
	{ "QCUDA_PERF", "no_past_caches", NO_PAST_CACHES },
	{ "QCUDA_PERF", "no_windows", NO_WINDOWS },
	{ "QCUDA_PERF", "no_known", NO_KNOWN },
	{ "QCUDA_PERF", "no_upload", NO_UPLOAD },
	{ "QCUDA_PERF", "no_trim", NO_TRIM },
	{ "QCUDA_PERF", "no_belt", NO_BELT },
	{ "QCUDA_PERF", "no_leave", NO_LEAVE },
	{ "QCUDA_PERF", "no_watch", NO_WATCH },
	{ "QCUDA_PERF", "no_learn", NO_LEARN },
	{ "QCUDA_STATS", "1", STATS },
	{ "QCUDA_TRACE_GPU", "0", NO_GPU_TIMES },
};

/* Is @word one of the comma-separated words of @list? */
static bool listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (list && *list) {
		size_t here = strcspn(list, ",");

		if (here == n && !strncmp(list, word, n))
			return true;
		list += here + (list[here] == ',');
	}
	return false;
}

static int count_cpus(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? (int)sysconf(_SC_NPROCESSORS_ONLN) :
							 CPU_COUNT(&set);
}

static void read_environment(void)
{
	const char *spin = getenv("QCUDA_SPIN_US"), *threads = getenv("QCUDA_COPY_THREADS");
	const char *register_at = getenv("QCUDA_REGISTER_AT");
	const char *blocking = getenv("CUDA_LAUNCH_BLOCKING");
	unsigned int set = OPTIONS_READ;
	int cpus = count_cpus();

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (listed(getenv(words[i].variable), words[i].word))
			set |= words[i].option;
	option_values.copy_threads = threads ? atoi(threads) : crew_size(cpus);
	option_values.register_at = register_at ? strtoul(register_at, NULL, 0) : REGISTER_AT;
	if (set & NO_CREW)
		option_values.copy_threads = 1;
	/* One processor: whoever polls keeps the other from working. */
	option_values.spin_us = cpus > 2 ? SPIN_US_MANY_CPUS : cpus == 2 ? SPIN_US_TWO_CPUS : 0;
	if (spin)
		option_values.spin_us = strtoul(spin, NULL, 0);
	if (set & NO_SPIN)
		option_values.spin_us = 0;
	option_values.cpus = cpus;
	if (blocking && atoi(blocking))
		set |= LAUNCH_BLOCKING;
	if (getenv("QCUDA_TRACE"))
		set |= TIMELINE;
	atomic_store_explicit(&option_values.set, set, memory_order_release);
}

unsigned int options_read(void)
{
	pthread_once(&once, read_environment);
	return atomic_load_explicit(&option_values.set, memory_order_acquire);
}

void debug_session(const char *format, ...)
{
	char line[512];
	va_list ap;
	int n;

	if (!option_set(DEBUG_SESSION))
		return;
	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (n >= 0)
		fprintf(stderr, "qcuda[%d]: %s\n", (int)getpid(), line);
}
