/* SPDX-License-Identifier: MIT */
/*
 * growth.cu - many programs at once: what they achieve together, and how evenly
 *
 *	growth [COUNTS [SECONDS [NAME [COMMAND...]]]]
 *
 * COUNTS is a list like 1,2,4,8,16: how many programs work at the same time, for SECONDS.  Only the
 * figures with NAME in theirs ("": all).  Each of them is this
 * program again, run by COMMAND if there is one: with "qcuda run --" each is in a virtual machine
 * of its own.
 *
 * Theory of operation
 *
 * All programs are started at once and stay; each gets ready, says so, and waits for orders on its
 * standard input.  To measure N, the first N are told what to do and for how long; the others
 * sleep.  Each does it until the time is over by its own clock and answers with its rate, having
 * checked what it did.  The figure is the sum of the rates, its fairness the fastest's by the
 * slowest's (1 is perfect).
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

#define COPY_BYTES	(16u << 20)
#define WINDOWS		3

static const struct work {
	const char *name, *unit;
} works[] = { { "to_device", "GB/s" }, { "to_host", "GB/s" }, { "launch", "k/s" },
	      { "launch_and_synchronize", "k/s" } };

/* -- the program that works -- */

__global__ void count(unsigned int *counter)
{
	atomicAdd(counter, 1);
}

class worker {
	unsigned int *counter, launches = 0;
	unsigned char *host, *back;
	void *device;

	void launch(int n)
	{
		for (int i = 0; i < n; i++)
			count<<<1, 1>>>(counter);
		launches += n;
		NEED(cudaDeviceSynchronize());
	}

	/* Does a piece of the work; returns how much that was, in billions of bytes or thousands */
	double piece(const std::string &what)
	{
		if (what == "to_device")
			NEED(cudaMemcpy(device, host, COPY_BYTES, cudaMemcpyHostToDevice));
		else if (what == "to_host")
			NEED(cudaMemcpy(back, device, COPY_BYTES, cudaMemcpyDeviceToHost));
		else if (what == "launch")
			launch(200);
		else
			launch(1);
		if (what == "to_device" || what == "to_host")
			return COPY_BYTES / 1e9;
		return what == "launch" ? 0.2 : 0.001;
	}

	void check()
	{
		unsigned int counted;

		NEED(cudaMemcpy(&counted, counter, sizeof(counted), cudaMemcpyDeviceToHost));
		if (counted == launches && !memcmp(host, back, COPY_BYTES))
			return;
		fprintf(stderr, "%u launches counted of %u, or a copy came back changed\n", counted,
			launches);
		exit(1);
	}

public:
	worker()
	{
		NEED(cudaMalloc(&counter, sizeof(*counter)));
		NEED(cudaMemset(counter, 0, sizeof(*counter)));
		NEED(cudaMalloc(&device, COPY_BYTES));
		NEED(cudaMallocHost((void **)&host, COPY_BYTES));
		NEED(cudaMallocHost((void **)&back, COPY_BYTES));
		for (unsigned int i = 0, seed = getpid(); i < COPY_BYTES; i++) {
			seed = seed * 1664525u + 1013904223u;
			host[i] = seed >> 24;
		}
		for (const work &w : works)
			piece(w.name);
		check();
	}

	/* The rate of @what, over @seconds */
	double rate(const std::string &what, double seconds)
	{
		double began = now(), done = 0, took;

		do {
			done += piece(what);
			took = now() - began;
		} while (took < seconds);
		check();
		return done / took;
	}
};

static int serve()
{
	worker me;
	char what[64];
	double seconds;

	puts("ready");
	fflush(stdout);
	while (scanf("%63s %lf", what, &seconds) == 2) {
		printf("%.6g\n", me.rate(what, seconds));
		fflush(stdout);
	}
	return 0;
}

/* -- the program that gives orders -- */

struct program {
	pid_t pid;
	FILE *to, *from;
};

static program start(char **command)
{
	int to[2], from[2];
	program p;

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC) || (p.pid = fork()) < 0) {
		perror("growth");
		exit(1);
	}
	if (!p.pid) {
		dup2(to[0], 0);
		dup2(from[1], 1);
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	close(to[0]);
	close(from[1]);
	p.to = fdopen(to[1], "w");
	p.from = fdopen(from[0], "r");
	return p;
}

static std::string answer(const program &p)
{
	char line[256];

	if (!fgets(line, sizeof(line), p.from)) {
		fprintf(stderr, "growth: a program has ended too early\n");
		exit(1);
	}
	return line;
}

/* What the first @n programs do together in each window, and the fastest's rate by the slowest's */
static void measure(const work &w, const std::vector<program> &programs, int n, double seconds)
{
	std::vector<double> totals, unevenness;
	std::string name = std::string("growth.") + w.name;

	for (int window = 0; window < WINDOWS; window++) {
		double total = 0, most = 0, least = 1e30;

		for (int i = 0; i < n; i++) {
			fprintf(programs[i].to, "%s %g\n", w.name, seconds);
			fflush(programs[i].to);
		}
		for (int i = 0; i < n; i++) {
			double rate = atof(answer(programs[i]).c_str());

			total += rate;
			most = std::max(most, rate);
			least = std::min(least, rate);
		}
		totals.push_back(total);
		unevenness.push_back(most / least);
	}
	figure(name + "." + std::to_string(n), w.unit, totals);
	if (n > 1)
		figure(name + ".uneven." + std::to_string(n), "x", unevenness);
}

static std::vector<int> numbers(const char *list)
{
	std::vector<int> all;

	for (char *end; *list; list = *end ? end + 1 : end)
		all.push_back(std::max(1, (int)strtol(list, &end, 10)));
	return all;
}

int main(int argc, char **argv)
{
	std::vector<int> counts = numbers(argc > 1 ? argv[1] : "1,2,4,8,16");
	double seconds = argc > 2 ? atof(argv[2]) : 0.3;
	const char *only = argc > 3 ? argv[3] : "";
	std::vector<char *> command(argv + std::min(argc, 4), argv + argc);
	std::vector<program> programs;
	char order[] = "serve", self[4096] = "";
	int status, failed = 0;

	if (argc == 2 && !strcmp(argv[1], order))
		return serve();
	if (counts.empty() || readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return 2;
	command.insert(command.end(), { self, order, NULL });
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < *std::max_element(counts.begin(), counts.end()); i++)
		programs.push_back(start(command.data()));
	for (const program &p : programs)
		while (answer(p) != "ready\n")
			;
	for (const work &w : works)
		for (int n : counts)
			if (wanted(only, w.name))
				measure(w, programs, n, seconds);
	for (const program &p : programs)
		fclose(p.to);
	for (const program &p : programs)
		failed |= waitpid(p.pid, &status, 0) < 0 || status;
	return failed;
}
