/* SPDX-License-Identifier: MIT */
/*
 * DOC: Theory of operation
 *
 * Faces qcu-device/worker/timeline.c and timeline_gpu.c.  The file is a Chrome trace
 * ("Trace Event Format", JSON array): chrome://tracing and ui.perfetto.dev show it.  The
 * program has a row for each thread, with its calls; the worker a row for each channel,
 * with the commands as it ran them; the GPU a row for each stream, with kernels, copies and
 * graphs as it did them.  An arrow goes from a call to its command, and its length is the
 * crossing; another from a command to what the GPU made of it, and that is how long it
 * was queued.
 *
 * Calls are written as they end.  What the worker ran, and the GPU, the worker keeps, and it
 * is fetched now and then, and when the program ends.  Both sides number the commands of a
 * channel, so they need not be told apart on the wire.  A host that knows nothing of
 * the GPU's times says so, and there are none.
 *
 * The file has one clock, this machine's CLOCK_MONOTONIC.  The host's is asked ROUNDS
 * times at the start; of the quickest answer, half of the way there and back is taken
 * to be the way there.  Over a socket both clocks are one: an offset within what the
 * way took is none.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "qcu-library/cuda/channel.h"
#include "qcu-library/cuda/session.h"
#include "qcu-library/cuda/thread.h"
#include "qcu-library/cuda/timeline.h"
#include "wire/handle.h"

#define ROUNDS		32
#define RECORDS		1024	/* fit a reply */
#define FETCH_EVERY	25000	/* calls: the worker keeps more commands than that */
#define STREAMS		64	/* that have been named in the file */

/* Guards the file and what is written into it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *file;
static int64_t host_ahead;	/* nanoseconds; written before @file */
static unsigned int calls;	/* since the worker was asked last */
static uint32_t streams[STREAMS], n_streams;

uint64_t timeline_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + t.tv_nsec;
}

/* How far the host's clock is ahead of this one; false if the host keeps no timeline */
static bool measure_offset(int64_t *ahead)
{
	const uint32_t on = option_set(NO_GPU_TIMES) ? WIRE_TIMELINE_COMMANDS :
						       WIRE_TIMELINE_COMMANDS | WIRE_TIMELINE_GPU;
	uint64_t quickest = UINT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t began = timeline_now_ns(), host, way;

		if (send_timeline_clock(on, &host) != CUDA_SUCCESS)
			return false;
		way = timeline_now_ns() - began;
		if (way >= quickest)
			continue;
		quickest = way;
		*ahead = (int64_t)(host - (began + way / 2));
	}
	if (llabs(*ahead) <= (int64_t)quickest)
		*ahead = 0;
	return true;
}

/* Nanoseconds as the format wants them: microseconds */
#define MICROS		"%llu.%03llu"
#define AS_MICROS(ns)	(unsigned long long)(ns) / 1000, (unsigned long long)(ns) % 1000

static void start(void)
{
	const char *path = getenv("QCUDA_TRACE");
	FILE *opened = path ? fopen(path, "we") : NULL;

	if (!opened) {
		fprintf(stderr, "qcuda: cannot write a trace to %s: %s\n", path, strerror(errno));
		return;
	}
	measure_offset(&host_ahead);
	fprintf(opened,
		"[\n{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":1,\"args\":{\"name\":\"program\"}},\n"
		"{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":2,\"args\":{\"name\":\"worker\"}},\n"
		"{\"name\":\"process_name\",\"ph\":\"M\",\"pid\":3,\"args\":{\"name\":\"GPU\"}}");
	pthread_mutex_lock(&lock);
	file = opened;
	pthread_mutex_unlock(&lock);
}

void timeline_start(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	if (option_set(TIMELINE))
		pthread_once(&once, start);
}

void timeline_forked(void)
{
	if (file)
		__fpurge(file);
	file = NULL;
}

static void write_executed(const struct wire_executed *one)
{
	uint64_t began = one->began - host_ahead, ended = one->ended - host_ahead;

	fprintf(file, ",\n{\"name\":\"%s\",\"cat\":\"worker\",\"ph\":\"X\",\"pid\":2,\"tid\":%u,\"ts\":" MICROS
		",\"dur\":" MICROS ",\"args\":{\"command\":%llu}}",
		call_name(one->call), one->channel, AS_MICROS(began), AS_MICROS(ended - began),
		(unsigned long long)one->command);
	fprintf(file, ",\n{\"name\":\"crossing\",\"cat\":\"crossing\",\"ph\":\"f\",\"bp\":\"e\",\"id\":\"%u.%llu\""
		",\"pid\":2,\"tid\":%u,\"ts\":" MICROS "}",
		one->channel, (unsigned long long)one->command, one->channel, AS_MICROS(began));
}

/* The row of a stream has its number; the default streams' are those of CUDA, below 3 */
static void name_stream(uint32_t row, uint64_t stream)
{
	static const char *const usual[] = { "default stream", "legacy stream", "per-thread stream" };

	for (uint32_t i = 0; i < n_streams; i++)
		if (streams[i] == row)
			return;
	if (n_streams == STREAMS)
		return;
	streams[n_streams++] = row;
	fprintf(file, ",\n{\"name\":\"thread_name\",\"ph\":\"M\",\"pid\":3,\"tid\":%u,\"args\":{\"name\":\"", row);
	if (handle_is_special(stream))
		fprintf(file, "%s\"}}", usual[stream]);
	else
		fprintf(file, "stream %u\"}}", handle_index(stream));
}

/* A kernel's name, as it may stand in JSON */
static void write_name(const struct wire_gpu_work *work)
{
	char name[sizeof(work->name)];

	memcpy(name, work->name, sizeof(name));
	name[sizeof(name) - 1] = 0;
	for (char *c = name; *c; c++)
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			*c = '?';
	fprintf(file, ",\n{\"name\":\"%s\"", *name ? name : call_name(work->call));
}

static void write_gpu_work(const struct wire_gpu_work *work)
{
	uint32_t row = handle_is_special(work->stream) ? (uint32_t)work->stream :
							 handle_index(work->stream) + HANDLE_SPECIAL_MAX;
	uint64_t began = work->began - host_ahead, asked = work->asked - host_ahead;

	name_stream(row, work->stream);
	write_name(work);
	fprintf(file, ",\"cat\":\"gpu\",\"ph\":\"X\",\"pid\":3,\"tid\":%u,\"ts\":" MICROS ",\"dur\":" MICROS
		",\"args\":{\"channel\":%u,\"command\":%llu}}",
		row, AS_MICROS(began), AS_MICROS(work->ended - work->began), work->channel,
		(unsigned long long)work->command);
	fprintf(file, ",\n{\"name\":\"queued\",\"cat\":\"queued\",\"ph\":\"s\",\"id\":\"g%u.%llu\""
		",\"pid\":2,\"tid\":%u,\"ts\":" MICROS "}",
		work->channel, (unsigned long long)work->command, work->channel, AS_MICROS(asked));
	fprintf(file, ",\n{\"name\":\"queued\",\"cat\":\"queued\",\"ph\":\"f\",\"bp\":\"e\",\"id\":\"g%u.%llu\""
		",\"pid\":3,\"tid\":%u,\"ts\":" MICROS "}",
		work->channel, (unsigned long long)work->command, row, AS_MICROS(began));
}

/* What the GPU has been through with since the last time */
static void fetch_gpu(void)
{
	struct wire_gpu_work *works = calloc(RECORDS, sizeof(*works));
	uint32_t n = works ? RECORDS : 0;

	while (n == RECORDS) {
		n = 0;
		if (send_timeline_gpu(&n, RECORDS, works) != CUDA_SUCCESS || n > RECORDS)
			break;
		pthread_mutex_lock(&lock);
		for (uint32_t i = 0; file && i < n; i++)
			write_gpu_work(&works[i]);
		pthread_mutex_unlock(&lock);
	}
	free(works);
}

/* What the worker has run since the last time */
static void fetch(void)
{
	struct wire_executed *executed = calloc(RECORDS, sizeof(*executed));
	uint32_t n = executed ? RECORDS : 0;

	while (n == RECORDS) {
		n = 0;
		if (send_timeline_take(&n, RECORDS, executed) != CUDA_SUCCESS || n > RECORDS)
			break;
		pthread_mutex_lock(&lock);
		for (uint32_t i = 0; file && i < n; i++)
			write_executed(&executed[i]);
		pthread_mutex_unlock(&lock);
	}
	free(executed);
	if (!option_set(NO_GPU_TIMES))
		fetch_gpu();
}

static bool is_own(enum call_id id)
{
	return id == CALL_timeline_clock || id == CALL_timeline_take || id == CALL_timeline_gpu;
}

void timeline_write(const struct flight *flight)
{
	uint64_t ended = timeline_now_ns();
	bool due = false;

	if (is_own(flight->id))
		return;
	pthread_mutex_lock(&lock);
	if (file) {
		uint32_t channel = flight->channel->id;
		int thread = gettid();

		fprintf(file, ",\n{\"name\":\"%s\",\"cat\":\"call\",\"ph\":\"X\",\"pid\":1,\"tid\":%d,\"ts\":" MICROS
			",\"dur\":" MICROS ",\"args\":{\"channel\":%u,\"command\":%llu,\"posted\":%s}}",
			flight->call->name, thread, AS_MICROS(flight->began),
			AS_MICROS(ended - flight->began), channel,
			(unsigned long long)flight->command, flight->want_reply ? "false" : "true");
		fprintf(file, ",\n{\"name\":\"crossing\",\"cat\":\"crossing\",\"ph\":\"s\",\"id\":\"%u.%llu\""
			",\"pid\":1,\"tid\":%d,\"ts\":" MICROS "}",
			channel, (unsigned long long)flight->command, thread,
			AS_MICROS(flight->began));
		due = ++calls >= FETCH_EVERY;
		if (due)
			calls = 0;
	}
	pthread_mutex_unlock(&lock);
	if (due)
		fetch();
}

/* At exit; the thread may have a context that is gone, and needs none for this. */
__attribute__((destructor)) static void finish(void)
{
	if (!file || session_is_forked())
		return;
	thread_self()->n_contexts = 0;
	fetch();
	pthread_mutex_lock(&lock);
	fprintf(file, "\n]\n");
	fclose(file);
	file = NULL;
	pthread_mutex_unlock(&lock);
}
