/* SPDX-License-Identifier: MIT */
/*
 * wakeups.cu - what it costs this machine to wake a thread, without CUDA and without qCUDA
 *
 *	wakeups [PERCENT [NAME]]
 *
 * What calls.cu calls round_trip_from_idle cannot be less: after a pause the worker of the program
 * sleeps, and so does the CPU that it will run on.  Here a thread asks another that sleeps, after
 * the same pause, and polls for the answer in memory, as the library does.  PERCENT of the usual
 * repetitions; only the figures with NAME in theirs.
 *
 *	wakeup.eventfd		the other sleeps in poll() of an eventfd: the way of qCUDA's workers
 *	wakeup.eventfd_two	two sleep in poll() of it, one of them answers: a worker's channel and
 *				its main thread
 *	wakeup.futex		it sleeps on a futex
 *	wakeup.cpu_awake	as eventfd, with its CPU kept from idling: a thread of the lowest
 *				priority runs there
 *	wakeup.there_and_back	as eventfd, but who asks sleeps, too, and is woken by another
 *	wakeup.same_cpu		so, both on one CPU: nothing but two changes of threads
 *	wakeup.write		how long the write() to the eventfd of a sleeper takes the writer
 */
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "measure.h"

#define PAUSE_MS 5	/* as in calls.cu */

static int samples;
static const char *only;

enum way { EVENTFD, FUTEX, SLEEP_TOO };

/* struct pair - who asks, and who sleeps until asked */
struct pair {
	enum way way = EVENTFD;
	int bell = eventfd(0, 0), back = eventfd(0, 0), bystander_stop = eventfd(0, 0);
	std::atomic<unsigned int> asked{ 0 }, answered{ 0 };
	std::atomic<bool> stop{ false };

	~pair()
	{
		close(bell);
		close(back);
		close(bystander_stop);
	}

	void wake()
	{
		if (way == FUTEX)
			syscall(SYS_futex, &asked, FUTEX_WAKE, 1, NULL, NULL, 0);
		else
			eventfd_write(bell, 1);
	}

	void sleep(unsigned int seen)
	{
		struct pollfd fd = { bell, POLLIN, 0 };
		eventfd_t count;

		if (way == FUTEX) {
			syscall(SYS_futex, &asked, FUTEX_WAIT, seen, NULL, NULL, 0);
			return;
		}
		poll(&fd, 1, -1);
		eventfd_read(bell, &count);
	}

	void serve()
	{
		unsigned int seen = 0;

		while (!stop) {
			while (asked == seen && !stop)
				sleep(seen);
			seen = asked;
			answered = seen;
			if (way == SLEEP_TOO)
				eventfd_write(back, 1);
		}
	}

	/* Is woken each time, and leaves it to the other */
	void stand_by()
	{
		struct pollfd fds[] = { { bell, POLLIN, 0 }, { bystander_stop, POLLIN, 0 } };

		do
			poll(fds, 2, -1);
		while (!fds[1].revents);
	}

	void finish()
	{
		stop = true;
		++asked;
		wake();
	}

	void ask()
	{
		unsigned int mine = ++asked;
		eventfd_t count;

		wake();
		if (way == SLEEP_TOO)
			eventfd_read(back, &count);
		while (answered != mine)
			__builtin_ia32_pause();
	}
};

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* The @n-th CPU that this program may run on, or the last of them */
static int nth_cpu(const cpu_set_t *allowed, int n)
{
	int last = 0;

	for (int cpu = 0; cpu < CPU_SETSIZE && n >= 0; cpu++)
		if (CPU_ISSET(cpu, allowed)) {
			last = cpu;
			n--;
		}
	return last;
}

/* Keeps a CPU from its idle states, and gives it to anybody who wants it */
static void occupy(int cpu, const std::atomic<bool> *stop)
{
	struct sched_param none = {};

	pin(cpu);
	pthread_setschedparam(pthread_self(), SCHED_IDLE, &none);
	while (!*stop)
		__builtin_ia32_pause();
}

/*
 * @answerer: CPU of the thread that answers, @asker: of the one that asks, -1: any.  @ask does it
 * once; what it takes is the figure.
 */
template <typename Ask>
static void measure(const char *name, struct pair *pair, int asker, int answerer, Ask ask)
{
	std::vector<double> micros;
	cpu_set_t allowed;

	sched_getaffinity(0, sizeof(allowed), &allowed);

	std::thread thread([=] {
		if (answerer >= 0)
			pin(answerer);
		pair->serve();
	});

	if (asker >= 0)
		pin(asker);
	for (int i = 0; i < samples; i++) {
		std::this_thread::sleep_for(std::chrono::milliseconds(PAUSE_MS));

		double start = now();

		ask();
		micros.push_back((now() - start) * 1e6);
	}
	pair->finish();
	thread.join();
	sched_setaffinity(0, sizeof(allowed), &allowed);
	figure(name, "us", micros);
}

static void measure(const char *name, enum way way, int asker, int answerer)
{
	struct pair pair;

	if (!wanted(only, name))
		return;
	pair.way = way;
	measure(name, &pair, asker, answerer, [&] { pair.ask(); });
}

static void measure_two(const char *name)
{
	struct pair pair;

	if (!wanted(only, name))
		return;

	std::thread bystander([&] { pair.stand_by(); });

	measure(name, &pair, -1, -1, [&] { pair.ask(); });
	eventfd_write(pair.bystander_stop, 1);
	bystander.join();
}

static void measure_awake(const char *name, int cpu)
{
	std::atomic<bool> stop{ false };

	if (!wanted(only, name))
		return;

	std::thread occupier([&] { occupy(cpu, &stop); });

	measure(name, EVENTFD, -1, cpu);
	stop = true;
	occupier.join();
}

/* The write alone: the answer is waited for where it does not count */
static void measure_write(const char *name)
{
	std::vector<double> micros;
	struct pair pair;

	if (!wanted(only, name))
		return;

	std::thread thread([&] { pair.serve(); });

	for (int i = 0; i < samples; i++) {
		std::this_thread::sleep_for(std::chrono::milliseconds(PAUSE_MS));

		unsigned int mine = ++pair.asked;
		double start = now();

		pair.wake();
		micros.push_back((now() - start) * 1e6);
		while (pair.answered != mine)
			__builtin_ia32_pause();
	}
	pair.finish();
	thread.join();
	figure(name, "us", micros);
}

int main(int argc, char **argv)
{
	int percent = argc > 1 ? atoi(argv[1]) : 100;
	cpu_set_t allowed;
	int one, other;

	only = argc > 2 ? argv[2] : NULL;
	samples = std::max(200 * percent / 100, 10);
	sched_getaffinity(0, sizeof(allowed), &allowed);
	one = nth_cpu(&allowed, CPU_COUNT(&allowed) / 2);
	other = nth_cpu(&allowed, CPU_COUNT(&allowed) / 2 + 1);
	measure("wakeup.eventfd", EVENTFD, -1, -1);
	measure_two("wakeup.eventfd_two");
	measure("wakeup.futex", FUTEX, -1, -1);
	measure_awake("wakeup.cpu_awake", other);
	measure("wakeup.there_and_back", SLEEP_TOO, -1, -1);
	measure("wakeup.same_cpu", SLEEP_TOO, one, one);
	measure_write("wakeup.write");
	return 0;
}
