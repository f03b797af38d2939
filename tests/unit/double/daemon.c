/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/double/daemon.h"
#include "wire/ring.h"

/* From where this program is: build/CONFIG/tests/unit */
void build_path(char *path, size_t size, const char *what)
{
	char self[256];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	CHECK(n > 0);
	self[n] = 0;
	for (int i = 0; i < 3; i++)
		*strrchr(self, '/') = 0;
	snprintf(path, size, "%s/%s", self, what);
}

static _Noreturn void daemon_exec(const struct daemon *daemon, const char *const *options, int out)
{
	char program[300], worker[300], vhost[128], local[128], option[320];
	const char *argv[16] = { "qcu-device", option, vhost, local };
	int n = 4;

	build_path(program, sizeof(program), "bin/qcu-device");
	build_path(worker, sizeof(worker), "tests/double/qcu-worker");
	snprintf(option, sizeof(option), "--worker=%s", worker);
	snprintf(vhost, sizeof(vhost), "--vhost-user=%s", daemon->vhost_user);
	snprintf(local, sizeof(local), "--socket=%s", daemon->socket);
	while (options && *options && n < 15)
		argv[n++] = *options++;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Or each worker that ends would be in the way for a second */
	setenv("TSAN_OPTIONS", "atexit_sleep_ms=0", 0);
	dup2(out, STDOUT_FILENO);
	execv(program, (char **)argv);
	perror(program);
	_exit(127);
}

void daemon_start_again(struct daemon *daemon, const char *const *options)
{
	char line[16] = "";
	int out[2];

	CHECK(!pipe2(out, O_CLOEXEC));
	daemon->pid = fork();
	CHECK(daemon->pid >= 0);
	if (!daemon->pid)
		daemon_exec(daemon, options, out[1]);
	close(out[1]);
	CHECK(read(out[0], line, sizeof(line) - 1) == 6 && !strcmp(line, "ready\n"));
	close(out[0]);
}

void daemon_start(struct daemon *daemon, const char *const *options)
{
	snprintf(daemon->directory, sizeof(daemon->directory), "/tmp/qcuda-test-XXXXXX");
	CHECK(mkdtemp(daemon->directory));
	snprintf(daemon->vhost_user, sizeof(daemon->vhost_user), "%s/vhost", daemon->directory);
	snprintf(daemon->socket, sizeof(daemon->socket), "%s/socket", daemon->directory);
	daemon_start_again(daemon, options);
}

void daemon_stop(struct daemon *daemon)
{
	int status;

	CHECK(!kill(daemon->pid, SIGTERM));
	CHECK(waitpid(daemon->pid, &status, 0) == daemon->pid);
	CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
	/* It has removed its sockets, so the directory is empty. */
	CHECK(!rmdir(daemon->directory));
}

int daemon_workers(const struct daemon *daemon)
{
	char path[64];
	FILE *children;
	int pid, n = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", daemon->pid, daemon->pid);
	children = fopen(path, "r");
	if (!children) /* a kernel without CONFIG_PROC_CHILDREN */
		return -1;
	while (fscanf(children, "%d", &pid) == 1)
		n++;
	fclose(children);
	return n;
}

void daemon_wait_workers(const struct daemon *daemon, int n)
{
	int now = -1;

	for (int i = 0; i < 500; i++) {
		now = daemon_workers(daemon);
		if (now < 0 || now == n)
			return;
		usleep(10000);
	}
	printf("%d workers, not %d\n", now, n);
	exit(1);
}

int connect_to(const char *path, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	CHECK(!connect(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

static struct channel_shared *shared_of(struct channel_end *end)
{
	return (struct channel_shared *)end->base;
}

void channel_end_init(struct channel_end *end, void *base, uint32_t ring_bytes, int doorbell)
{
	memset(base, 0, CHANNEL_RING_OFFSET);
	*end = (struct channel_end){ base, ring_bytes, 0, 0, doorbell, 0 };
}

/* Here a call always finds room: tests wait before they fill the ring. */
void channel_end_call(struct channel_end *end, int call, const void *data, size_t n, int reply)
{
	struct wire_command command = { .call = call, .context = end->context };
	size_t padded = (n + 7) & ~(size_t)7;
	struct ring ring = { .shared = shared_of(end), .bytes = end->base + CHANNEL_RING_OFFSET,
			     .size = end->ring_bytes, .position = end->head };
	const uint64_t zero = 0;

	command.bytes = sizeof(command) + padded;
	command.flags = reply ? WIRE_WANT_REPLY : 0;
	if (reply)
		command.seq = ++end->seq;
	while (!ring_has_room(&ring, command.bytes))
		sched_yield();
	ring_put(&ring, &command, sizeof(command));
	ring_put(&ring, data, n);
	ring_put(&ring, &zero, padded - n);
	end->head = ring.position;
	if (ring_publish(&ring))
		CHECK(!eventfd_write(end->doorbell, 1));
}

const void *channel_end_wait(struct channel_end *end, int milliseconds)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (atomic_load(&shared_of(end)->replied) != end->seq) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 >
		    milliseconds)
			return NULL;
		sched_yield();
	}
	return end->base + CHANNEL_RING_OFFSET + end->ring_bytes;
}

uint64_t channel_end_value(struct channel_end *end, int call, uint64_t argument)
{
	const struct wire_reply *reply;
	uint64_t value;

	channel_end_call(end, call, &argument, sizeof(argument), 1);
	reply = channel_end_wait(end, 5000);
	CHECK(reply);
	memcpy(&value, reply + 1, sizeof(value));
	return value;
}
