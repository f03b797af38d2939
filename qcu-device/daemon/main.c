/* SPDX-License-Identifier: MIT */
/*
 * main.c - qcu-device: the host's end of a virtual machine's GPU
 *
 * DOC: Theory of operation
 *
 * One daemon a VM, one thread (and one that hashes, image.h), no CUDA: it must not
 * die, since QEMU cannot come back to a vhost-user device cleanly.  Whatever can go wrong goes wrong in a
 * worker, a process per session:
 *
 *	QEMU --vhost-user--> vhost_user.c --> device.c --> queue.c
 *	                                        |   \
 *	   admin queue: HELLO, OPEN, CLOSE   admin.c \
 *	                                        |     \
 *	   who serves control queue i        session.c <
 *	                                        |
 *	   fork, link, death                 worker.c --link.h--> qcu-worker
 *	                                        |
 *	   a process without a VM            socket.c
 */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qcu-device/common/log.h"
#include "qcu-device/common/version.h"
#include "qcu-device/daemon/image.h"
#include "qcu-device/daemon/listen.h"
#include "qcu-device/daemon/loop.h"
#include "qcu-device/daemon/options.h"
#include "qcu-device/daemon/session.h"
#include "qcu-device/daemon/socket.h"
#include "qcu-device/daemon/vhost_user.h"
#include "qcu-device/daemon/worker.h"

static void signal_ready(struct loop_source *source, uint32_t events)
{
	struct signalfd_siginfo info;

	if (read(source->fd, &info, sizeof(info)) == sizeof(info))
		loop_stop();
}

static void signal_init(void)
{
	static struct loop_source source;
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	source.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	source.ready = signal_ready;
	if (source.fd < 0 || loop_add(&source))
		die("signalfd: %m");
}

/* A queue takes four descriptors, a worker two: more than the usual 1024. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	struct worker_config workers;
	struct options options;
	int vm = -1, local = -1;

	log_init("qcu-device", LOG_LEVEL_WARN);
	options_parse(&options, argc, argv);
	log_init("qcu-device", options.log);
	raise_descriptor_limit();
	loop_init();
	signal_init();
	if (options.vhost_user)
		vm = listen_open(options.vhost_user, SOCK_STREAM);
	if (options.socket)
		local = listen_open(options.socket, SOCK_SEQPACKET);
	version_minor = options.protocol_minor;
	workers = (struct worker_config){
		.path = options.worker,
		.driver = options.driver,
		.poll_us = options.poll_us,
		.protocol_minor = options.protocol_minor,
		.limit = options.sessions,
		.spare = options.spare,
		.cage = options.cage,
		.crowd = options.crowd,
	};
	image_init((uint64_t)options.images << 20);
	worker_init(&workers);
	session_init(options.sessions);
	vhost_user_init(vm, options.sessions, options.once);
	if (local >= 0)
		socket_init(local);
	puts("ready");
	fflush(stdout);
	loop_run();
	listen_remove_all();
	worker_finish();
	return 0;
}
