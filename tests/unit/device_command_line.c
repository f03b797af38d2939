/* SPDX-License-Identifier: MIT */
/*
 * device_command_line.c - the daemon as a program: options, sockets, signals, children
 */
/* links: tests/unit/double/daemon.c wire/ring.c */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/double/daemon.h"

static char program[400];

static void find_program(void)
{
	ssize_t n = readlink("/proc/self/exe", program, 256);

	CHECK(n > 0);
	program[n] = 0;
	for (int i = 0; i < 3; i++)
		*strrchr(program, '/') = 0;
	strcat(program, "/bin/qcu-device");
}

/* Run the daemon with @options to its end; what it says goes to @text.  Its exit status. */
static int run(const char *options, char *text, size_t size)
{
	char command[900];
	size_t n;
	FILE *pipe;
	int status;

	snprintf(command, sizeof(command), "exec 2>&1; exec timeout 10 %s %s", program, options);
	pipe = popen(command, "r");
	CHECK(pipe);
	n = fread(text, 1, size - 1, pipe);
	text[n] = 0;
	status = pclose(pipe);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void mistakes_get_one_line_that_helps(void)
{
	static const struct {
		const char *options, *says;
	} mistakes[] = {
		{ "", "give --vhost-user=PATH" },
		{ "--no-such-option", "no such option" },
		{ "--socket", "its value is missing" },
		{ "--socket=/tmp/x extra", "extra: not an option" },
		{ "--socket=/tmp/x --sessions=0", "from 1 to 255" },
		{ "--socket=/tmp/x --sessions=256", "from 1 to 255" },
		{ "--socket=/tmp/x --sessions=-1", "from 1 to 255" },
		{ "--socket=/tmp/x --sessions=9x", "from 1 to 255" },
		{ "--socket=/tmp/x --spare=3", "from 0 to 2" },
		{ "--socket=/tmp/x --log=loud", "error, warn, info or debug" },
		{ "--socket=/tmp/x --worker=/no/such", "--worker=" },
		{ "--socket=/tmp/x --worker=/bin/true --driver=/no/such.so", "--driver=" },
		{ "--worker=/bin/true --socket=/no/such/directory/x", "is the directory there" },
		{ "--worker=/bin/true --socket=/etc/passwd", "something else of that name" },
		{ "--worker=/bin/true --socket=/tmp/0123456789012345678901234567890123456789012345678901234567890123"
		  "456789012345678901234567890123456789012345678901234567", "shorter" },
	};

	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		char text[2000], *end;

		CHECK(run(mistakes[i].options, text, sizeof(text)) == 1);
		end = strchr(text, '\n');
		if (!end || end[1] || !strstr(text, mistakes[i].says) ||
		    strncmp(text, "qcu-device: ", 12)) {
			printf("qcu-device %s: %s", mistakes[i].options, text);
			exit(1);
		}
	}
}

static void help_and_version_are_told(void)
{
	char text[8000];

	CHECK(run("--help", text, sizeof(text)) == 0 && strstr(text, "--vhost-user=PATH"));
	CHECK(run("--version", text, sizeof(text)) == 0 && strstr(text, "protocol 1."));
}

static void a_socket_in_use_is_not_taken(void)
{
	char options[200], text[2000];
	struct daemon daemon;

	daemon_start(&daemon, NULL);
	snprintf(options, sizeof(options), "--worker=/bin/true --socket=%s", daemon.socket);
	CHECK(run(options, text, sizeof(text)) == 1 && strstr(text, "another program listens"));
	CHECK(!access(daemon.socket, F_OK));
	daemon_stop(&daemon);
}

/* Without workers: one that has just been forked has the socket, too, for a moment. */
static void a_stale_socket_is_replaced(void)
{
	const char *const options[] = { "--spare=0", NULL };
	struct daemon daemon, again;

	daemon_start(&daemon, options);
	kill(daemon.pid, SIGKILL);
	waitpid(daemon.pid, NULL, 0);
	CHECK(!access(daemon.socket, F_OK));
	again = daemon;
	daemon_start_again(&again, NULL);
	daemon_stop(&again);
}

/* The child of @daemon, when there is just one. */
static pid_t only_child(const struct daemon *daemon)
{
	char path[64];
	FILE *children;
	int pid = -1;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", daemon->pid, daemon->pid);
	children = fopen(path, "r");
	if (!children)
		return -1;
	if (fscanf(children, "%d", &pid) != 1)
		pid = -1;
	fclose(children);
	return pid;
}

static void a_worker_inherits_nothing(void)
{
	int secret = open("/etc/passwd", O_RDONLY);
	struct dirent *entry;
	struct daemon daemon;
	char path[300], target[300];
	DIR *fds;
	pid_t worker;

	CHECK(secret >= 0);
	daemon_start(&daemon, NULL);
	close(secret);
	daemon_wait_workers(&daemon, 1);
	usleep(100000); /* past its exec */
	worker = only_child(&daemon);
	snprintf(path, sizeof(path), "/proc/%d/fd", worker);
	fds = worker > 0 ? opendir(path) : NULL;
	while (fds && (entry = readdir(fds))) {
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/%d/fd/%s", worker, entry->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = 0;
		CHECK(strcmp(target, "/etc/passwd"));
		CHECK(atoi(entry->d_name) || !strcmp(target, "/dev/null"));
		CHECK(atoi(entry->d_name) < 10);
	}
	if (fds)
		closedir(fds);
	daemon_stop(&daemon);
}

static void workers_die_with_the_daemon(void)
{
	struct daemon daemon;
	pid_t worker;

	daemon_start(&daemon, NULL);
	daemon_wait_workers(&daemon, 1);
	usleep(100000);
	worker = only_child(&daemon);
	kill(daemon.pid, SIGKILL);
	waitpid(daemon.pid, NULL, 0);
	for (int i = 0; worker > 0 && i < 500; i++) {
		if (kill(worker, 0))
			break;
		usleep(10000);
	}
	CHECK(worker < 0 || kill(worker, 0));
	unlink(daemon.vhost_user);
	unlink(daemon.socket);
	rmdir(daemon.directory);
}

static void once_means_once(void)
{
	const char *const options[] = { "--once", "--spare=0", NULL };
	struct daemon daemon;
	int status;

	daemon_start(&daemon, options);
	CHECK(daemon_workers(&daemon) <= 0);
	close(connect_to(daemon.vhost_user, SOCK_STREAM));
	CHECK(waitpid(daemon.pid, &status, 0) == daemon.pid && !status);
	CHECK(!rmdir(daemon.directory));
}

int main(void)
{
	find_program();
	mistakes_get_one_line_that_helps();
	help_and_version_are_told();
	a_socket_in_use_is_not_taken();
	a_stale_socket_is_replaced();
	a_worker_inherits_nothing();
	workers_die_with_the_daemon();
	once_means_once();
	return 0;
}
